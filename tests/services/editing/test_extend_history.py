"""Years of history: every version finds its partition, also when nobody made one; the guards hold in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from spatial_admin.errors import Contention
from spatial_admin.services.database.check_database import check_database
from spatial_admin.services.editing import extend_history as module
from spatial_admin.services.editing.extend_history import extend_history
from spatial_admin.services.parcels.recall_parcels import AsOf, recalled_feature
from spatial_admin.transaction import snapshot
from tests.concurrency.audit import audit
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, move, save, store_lots, update
from tests.database import TestCluster, name_of

GRID = Grid()
# The partition that each version of a parcel lies in.
WHERE_EACH_LIES = "SELECT version, tableoid::regclass::text FROM parcel_version WHERE parcel_id = %s ORDER BY version"
PARTITIONS = "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'parcel_version'::regclass ORDER BY 1"


@pytest.fixture
def owner(database_url: str, cluster: TestCluster) -> Iterator[Colleague]:
    """Somebody who owns the tables, and so may name an edit and its time."""
    with Colleague(cluster.owner_url(name_of(database_url))) as colleague:
        yield colleague


def year_of_end(owner: Colleague) -> int:
    """The first year that has no partition of its own."""
    (row,) = owner.run("SELECT extract(year FROM history_is_made_until() AT TIME ZONE 'UTC')::int")
    owner.commit()
    return int(row[0])


def live_through(owner: Colleague, name: str, times: list[str]) -> None:
    """Give a parcel one version at each of the times, as the service does: it names the edit and states the time."""
    sql = "INSERT INTO edit (key, comment, operations, request_hash) VALUES (gen_random_uuid(), 'years', '[]', '') RETURNING id"
    (row,) = owner.run(sql)
    owner.run("SELECT set_config('spatial_admin.edit', %s, true)", str(row[0]))
    for at in times:
        owner.run("UPDATE parcel SET land_use = %s, begin_lifespan_version = %s WHERE parcel_id = %s", at, at, name)
    owner.run("UPDATE edit SET receipt = '{}' WHERE id = %s", row[0])
    owner.commit()


def test_versions_over_the_ends_of_years_lie_each_in_its_own_and_meet_to_the_microsecond(
    engine: Engine, owner: Colleague, app: Flask
) -> None:
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1, 0)})
    end = year_of_end(owner)
    live_through(
        owner,
        "a",
        [
            f"{end - 2}-12-31 23:59:59.999999Z",
            f"{end - 1}-01-01 00:00Z",
            f"{end}-01-01 00:00Z",
            f"{end + 3}-06-01 00:00Z",
        ],
    )
    lies = [place.removeprefix("parcel_history.parcel_version_") for _, place in owner.run(WHERE_EACH_LIES, "a")]
    assert lies[1:] == [str(end - 2), str(end - 1), "rest", "rest"]
    assert audit(engine) == []
    owner.commit()
    with app.app_context():
        assert list(_wrong()) == ["history by year"]
        assert extend_history() == [f"parcel_version_{end}_to_{end + 3}"]
        assert extend_history() == []
        save([update("a", number="7")], {"a": 5})  # after the version before, and so in the same year
        assert _wrong() == {}
        assert [place.rpartition("_")[2] for _, place in owner.run(WHERE_EACH_LIES, "a")][3:] == [str(end + 3)] * 3
        with snapshot() as session:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            for year, version in ((end - 1, 3), (end, 4)):
                at = session.connection().exec_driver_sql(f"SELECT '{year}-01-01 00:00Z'::timestamptz").scalar_one()
                with pytest.MonkeyPatch.context() as patch:  # a moment that has not come yet is refused
                    patch.setattr("spatial_admin.services.parcels.recall_parcels.require_past", lambda *_: None)
                    assert recalled_feature(session, "a", AsOf(at))["properties"]["version"] == version
    assert audit(engine) == []


def test_editors_who_meet_at_the_end_of_a_year_lose_nothing(engine: Engine, owner: Colleague, app: Flask) -> None:
    lots = {f"{i}-{j}": GRID.box(i, j) for i in range(4) for j in range(4)}
    store_lots(engine, lots)
    end = year_of_end(owner)
    for (
        name
    ) in lots:  # two microseconds before the end of the last year that has a partition; the next goes to the rest
        live_through(owner, name, [f"{end - 1}-12-31 23:59:59.999998Z"])

    def edit(number: int) -> None:
        i, j = number % 3 + 1, number // 3 + 1
        corner = [f"{i - 1}-{j - 1}", f"{i}-{j - 1}", f"{i - 1}-{j}", f"{i}-{j}"]
        with app.app_context():
            for step in range(3):
                at = GRID.at(i, j) if step == 0 else GRID.at(i + 0.1 * step, j)
                with engine.connect() as connection:
                    sql = text("SELECT parcel_id, version FROM parcel WHERE parcel_id = ANY (:names)")
                    seen = {row.parcel_id: row.version for row in connection.execute(sql, {"names": corner})}
                save([move(at, GRID.at(i + 0.1 * (step + 1), j))], seen, if_stale="rebase")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(edit, range(9)))
    assert audit(engine) == []
    with engine.connect() as connection:
        spread = connection.execute(
            text("SELECT count(DISTINCT tableoid) FROM parcel_version WHERE version > 1")
        ).scalar()
    assert spread == 2


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("INSERT INTO {part} SELECT * FROM {part}", "SA003"),
        ("UPDATE {part} SET geom = geom", "SA003"),
        ("DELETE FROM {part}", "SA003"),
        ("TRUNCATE {part}", "SA003"),
        ("UPDATE parcel_version SET begun = begun", "SA003"),
    ],
)
def test_even_the_owner_is_refused_in_a_partition(
    statement: str, sqlstate: str, engine: Engine, owner: Colleague
) -> None:
    store_lots(engine, {"a": GRID.box(0, 0)})
    ((_, part),) = owner.run(WHERE_EACH_LIES, "a")
    for name in (part, "parcel_history.parcel_version_rest") if "TRUNCATE" in statement else (part,):
        with pytest.raises(psycopg2.Error) as refused:
            owner.run(statement.format(part=name))
        assert refused.value.pgcode == sqlstate
        owner.rollback()
    assert audit(engine) == []


def test_the_applications_role_cannot_even_look_into_a_partition(
    engine: Engine, database_url: str, owner: Colleague
) -> None:
    store_lots(engine, {"a": GRID.box(0, 0)})
    extend_to = year_of_end(owner)
    with Colleague(database_url) as app_role:
        assert app_role.run("SELECT count(*) FROM parcel_version") == [(1,)]
        app_role.run("SELECT extend_history(4)")  # which it may ask for, because the owner does it
        assert (f"parcel_version_{extend_to + 1}",) in app_role.run(PARTITIONS)
        parts = [str(name) for (name,) in app_role.run(PARTITIONS)]
        app_role.commit()
        for part in parts:
            for statement in ("SELECT * FROM {}", "DELETE FROM {}"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    app_role.run(statement.format(f"parcel_history.{part}"))
                app_role.rollback()
    rights = owner.run(
        "SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'parcel_history' AND grantee <> current_user"
    )
    assert rights == [(0,)]


def test_a_version_is_never_made_twice(
    engine: Engine, owner: Colleague, cluster: TestCluster, database_url: str
) -> None:
    # No unique index holds (parcel, version) over all years. Somebody with more rights than an owner sets a parcel's row
    # back to the version before, so that the next edit would make its version once more, with another begin.
    store_lots(engine, {"a": GRID.box(0, 0)})
    end = year_of_end(owner)
    live_through(owner, "a", [f"{end - 2}-06-01 00:00Z"])
    superuser = create_engine(cluster.admin_url(name_of(database_url)))
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(
                "UPDATE parcel SET version = 1, begin_lifespan_version = (SELECT begun FROM parcel_version WHERE version = 1)"
            )
        )
    superuser.dispose()
    with pytest.raises(psycopg2.Error, match="history of parcels is never changed"):
        owner.run("UPDATE parcel SET number = 'x'")
    owner.rollback()
    assert owner.run("SELECT version FROM parcel_version ORDER BY 1") == [(1,), (2,)]


def test_a_partition_taken_away_or_unguarded_is_found(engine: Engine, owner: Colleague, app: Flask) -> None:
    store_lots(engine, {"a": GRID.box(0, 0)})
    ((_, part),) = owner.run(WHERE_EACH_LIES, "a")
    owner.run(f"ALTER TABLE {part} DISABLE TRIGGER parcel_version_guard")
    owner.commit()
    with app.app_context():
        found = _wrong()
        assert list(found) == ["guards of history"]
        assert part in found["guards of history"]
        owner.run(f"ALTER TABLE {part} ENABLE TRIGGER parcel_version_guard")
        owner.run(f"ALTER TABLE parcel_version DETACH PARTITION {part}")
        owner.commit()
        found_now = _wrong()
    assert part in found_now["history by year"]
    assert "ATTACH" in found_now["history by year"]


def test_a_reader_without_a_pause_is_told_and_not_blocked_for_long(
    owner: Colleague, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", "SET LOCAL lock_timeout = '20ms'")
    owner.run("SELECT count(*) FROM parcel_version")  # and does not end its transaction
    with app.app_context():
        with pytest.raises(Contention, match="Try again later"):
            extend_history(9)
        owner.commit()
        assert len(extend_history(9)) == 7


def _wrong() -> dict[str, str]:
    """What a check of the database finds wrong, but for what the tests' server gives up on purpose."""
    given_up = {"fsync", "full_page_writes", "synchronous_commit"}
    return {check.name: check.message for check in check_database() if not check.is_good and check.name not in given_up}
