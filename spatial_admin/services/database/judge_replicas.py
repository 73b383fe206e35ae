"""What of replicas needs somebody's attention: those that the primary feeds, and those that readers are sent to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from spatial_admin.connections.standby import ReplicaState
from spatial_admin.services.database.attention import Attention
from spatial_admin.services.database.describe_server import Server
from spatial_admin.services.shared.words_of_measure import bytes_of, duration

LAG_S: Final = 30.0
LAG_BYTES: Final = 64 * 1024 * 1024
KEPT_BYTES: Final = 2 * 1024**3

# Who reads the log from a slot, by its kind.
READERS: Final = {"physical": "its replica", "logical": "its subscriber"}


def judge_replicas(server: Server, readers: Sequence[ReplicaState]) -> Iterator[Attention]:
    """What readers found, then what the primary knows of whom it feeds (not of one that has stopped)."""
    yield from _of_readers(readers)
    for row in server.replicas:
        if (row.lag_s or 0) > LAG_S or (row.behind or 0) > LAG_BYTES:
            late = f", {duration(row.lag_s)}" if row.lag_s is not None else ""
            yield Attention(
                f"The replica {row.name} is {bytes_of(row.behind or 0)} of log behind{late}.",
                "Look for a long query on it that stops replay, and at its disk and network. Readers are sent to the "
                "primary meanwhile.",
            )
    for row in server.slots:
        drop = f"SELECT pg_drop_replication_slot('{row.name}')"
        if not row.active and (row.kept or 0) > KEPT_BYTES:
            yield Attention(
                f"The replication slot {row.name} is not in use and keeps {bytes_of(row.kept)} of log on the disk.",
                f"Start {READERS[row.kind]}, or {drop}, before the disk is full.",
                is_bad=True,
            )


def _of_readers(readers: Sequence[ReplicaState]) -> Iterator[Attention]:
    for replica in readers:
        if replica.state == "out of reach" and replica.error is not None:
            yield Attention(
                f"{_named(replica)} is out of reach: {replica.error}",
                "Start it, or look at its network and its password. The primary answers its readers meanwhile.",
            )
        elif replica.state == "promoted, and not the primary":
            yield Attention(
                f"{_named(replica)} was promoted while another primary answers: it goes its own way and is not read.",
                "Make it a replica of the primary anew, or take it out of DATABASE_REPLICA_URL (docs/replicas.md).",
                is_bad=True,
            )
        elif replica.state == "too old" and (replica.lag_s is None or replica.lag_s > LAG_S):
            age = "nobody knows how old" if replica.lag_s is None else f"{duration(replica.lag_s)} old"
            yield Attention(
                f"{_named(replica)} is {age}: readers are not sent to it.",
                "Look for a replay that is paused, a long query on it, and at its disk and network.",
            )


def _named(replica: ReplicaState) -> str:
    return f"{replica.name.capitalize()} of DATABASE_REPLICA_URL"
