"""What of replicas needs attention is said with what helps; what is well says nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from spatial_admin.connections.standby import ReplicaState
from spatial_admin.services.database.judge_replicas import judge_replicas

NOBODY = cast(Any, SimpleNamespace(replicas=[], slots=[], standby=SimpleNamespace(waited_for="")))


@pytest.mark.parametrize(
    ("state", "lag_s", "error", "said", "helps"),
    [
        pytest.param("out of reach", 200.0, "connection refused", "out of reach: connection refused", "Start it",
                     id="a server that is gone"),
        pytest.param("promoted, and not the primary", 5.0, None, "goes its own way and is not read",
                     "Make it a replica of the primary anew", id="two primaries"),
        pytest.param("too old", 133.0, None, "is 2 min 13 s old: readers are not sent to it", "replay that is paused",
                     id="replay is paused"),
        pytest.param("too old", None, None, "nobody knows how old", "replay that is paused", id="never dated"),
    ],
)  # fmt: skip
def test_a_reader_that_is_not_well_is_named(
    state: str, lag_s: float | None, error: str | None, said: str, helps: str
) -> None:
    (found,) = judge_replicas(NOBODY, [ReplicaState("replica 2", state, lag_s, 0, error)])
    assert found.what.startswith("Replica 2 of DATABASE_REPLICA_URL ")
    assert said in found.what
    assert helps in found.action


@pytest.mark.parametrize(
    ("state", "lag_s"),
    [
        pytest.param("in use", 0.4, id="in use"),
        pytest.param("too old", 12.0, id="late for a moment, which happens"),
        pytest.param("out of reach", None, id="not asked yet by this process"),
    ],
)
def test_a_reader_that_is_well_is_not_named(state: str, lag_s: float | None) -> None:
    assert list(judge_replicas(NOBODY, [ReplicaState("replica 1", state, lag_s, 0, None)])) == []
