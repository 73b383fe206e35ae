"""Fixtures of races: guards that can be taken away."""

from __future__ import annotations

import pytest

from spatial_admin import edit_queue
from tests.concurrency.guards_off import GuardsOff
from tests.database import TestCluster, name_of


@pytest.fixture
def guards_off(database_url: str, cluster: TestCluster, monkeypatch: pytest.MonkeyPatch) -> GuardsOff:
    """Switches that take guards away from the test's database and process."""
    return GuardsOff(cluster.admin_url(name_of(database_url)), monkeypatch)


@pytest.fixture(autouse=True)
def _no_crowds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Races are about those who meet: nobody who comes new waits because somebody was beaten there a moment ago."""
    monkeypatch.setattr(edit_queue, "CROWDED_S", 0.0)
