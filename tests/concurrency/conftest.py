"""Fixtures of races: guards that can be taken away."""

from __future__ import annotations

import pytest

from tests.concurrency.guards_off import GuardsOff
from tests.database import TestCluster, name_of


@pytest.fixture
def guards_off(database_url: str, cluster: TestCluster, monkeypatch: pytest.MonkeyPatch) -> GuardsOff:
    """Switches that take guards away from the test's database and process."""
    return GuardsOff(cluster.admin_url(name_of(database_url)), monkeypatch)
