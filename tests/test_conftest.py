"""The fixtures themselves: a test that passes over a wrong database would prove nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from tests.database import TestCluster


def test_application_role_cannot_change_history(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("DELETE FROM parcel_version"))


def test_each_test_gets_a_database_of_its_own(cluster: TestCluster) -> None:
    first, second = cluster.clone(), cluster.clone()
    assert first != second
    cluster.drop(first)
    cluster.drop(second)


def test_clone_is_migrated_and_seeded(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM role")).scalar() == 4
        assert connection.execute(text("SELECT count(*) FROM level")).scalar() == 3
        assert connection.execute(text("SELECT count(*) FROM parcel")).scalar() == 0
