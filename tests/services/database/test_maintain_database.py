"""Maintenance on a real database: real dead rows, real bloat, a real index that a killed rebuild left, real editors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from spatial_admin.errors import MaintenanceRunning
from spatial_admin.owner_connection import NAME, owner_connection
from spatial_admin.services.database import rebuild_indexes
from spatial_admin.services.database.maintain_database import CHORES, Maintenance, maintain_database
from spatial_admin.services.database.prune_rows import PRUNE_DRAFTS, PRUNE_JOBS, PRUNE_STAGED_ROWS, PRUNE_TOKENS
from spatial_admin.services.database.rebuild_indexes import DROP_LEFT_INDEXES, REBUILD_INDEXES
from spatial_admin.services.database.vacuum_tables import ANALYZE_TABLES, VACUUM_TABLES
from spatial_admin.services.jobs.chore import Chore
from spatial_admin.services.shared.watch_edit import Watch, unwatched
from spatial_admin.settings import Settings
from tests.accounts import People
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, move, save, store_block, versions_of
from tests.conftest import settings_over
from tests.database import TestCluster, name_of
from tests.waiting import until

COUNT = text("SELECT count(*) FROM conflict_cell")


@pytest.fixture(scope="module")
def settings(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One database for all of them; each begins with empty cells."""
    return settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home"))


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = create_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def maintain(app: Flask, settings: Settings) -> Iterator[Callable[..., Maintenance]]:
    """Run chores over the test's database."""
    with app.app_context():

        def run(*chores: Chore, watch: Watch = unwatched, rehearse: bool = False) -> Maintenance:
            return maintain_database(settings, watch, rehearse=rehearse, chores=chores or CHORES)

        yield run


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes of tests are small: look at all of them."""
    monkeypatch.setattr(rebuild_indexes, "INDEXES", rebuild_indexes.INDEXES.replace(
        str(rebuild_indexes.SMALLEST_BYTES), "100000"))  # fmt: skip


@pytest.fixture
def autocommit(settings: Settings) -> Iterator[Connection]:
    """The owner in psql."""
    engine = create_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # No autovacuum of the server's own comes between what a test leaves and what maintenance finds.
        connection.execute(text("ALTER TABLE conflict_cell SET (autovacuum_enabled = false)"))
        connection.execute(text("TRUNCATE conflict_cell"))
        connection.execute(text("DELETE FROM index_size"))
        flush(connection)
        connection.execute(text("VACUUM ANALYZE"))
        yield connection
    engine.dispose()


def flush(connection: Connection) -> None:
    """Have PostgreSQL count what this connection did."""
    if (connection.dialect.server_version_info or (0,)) >= (15,):
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    else:
        time.sleep(1)
        connection.execute(text("SELECT 1"))


@contextmanager
def held_open(engine: Engine, statement: str) -> Iterator[Connection]:
    """A transaction that looked at something and does not end."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text(statement))
        yield connection
        connection.rollback()


def fill_cells(connection: Connection, rows: int = 20_000) -> None:
    """Cells of which nine in ten die: dead rows in the table, waste in its index."""
    connection.execute(
        text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, :rows) AS n"), {"rows": rows}
    )
    connection.execute(text("DELETE FROM conflict_cell WHERE cell % 10 > 0"))
    flush(connection)


def outcomes(done: Maintenance) -> dict[str, str]:
    """What came of each step, by its first word."""
    return {step.about.split(":")[0]: step.outcome for chore in done.chores for step in chore.steps}


def size_of(connection: Connection, index: str) -> int:
    return int(
        connection.execute(text("SELECT pg_relation_size(CAST(:name AS regclass))"), {"name": index}).scalar_one()
    )


def test_dead_rows_are_vacuumed_and_the_statistics_are_made_anew(
    maintain: Callable[..., Maintenance], autocommit: Connection
) -> None:
    fill_cells(autocommit)
    planned = maintain(VACUUM_TABLES, rehearse=True)
    assert "18,000 dead rows beside" in planned.chores[0].steps[0].about
    assert outcomes(planned) == {"conflict_cell": ""}, "a rehearsal does nothing"
    assert outcomes(maintain(VACUUM_TABLES)) == {"conflict_cell": "done"}
    row = autocommit.execute(
        text("SELECT n_dead_tup, last_vacuum IS NOT NULL, last_analyze IS NOT NULL, reltuples FROM pg_stat_user_tables "
             "JOIN pg_class ON oid = relid WHERE pg_class.relname = 'conflict_cell'")
    ).one()  # fmt: skip
    assert tuple(row) == (0, True, True, 2000)
    assert maintain(VACUUM_TABLES).chores[0].steps == [], "nothing is left to do"


def test_a_vacuum_that_an_old_snapshot_holds_back_says_so(
    maintain: Callable[..., Maintenance], autocommit: Connection, engine: Engine
) -> None:
    autocommit.execute(text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, 2000) AS n"))
    with held_open(engine, "SELECT count(*) FROM conflict_cell"):
        autocommit.execute(text("DELETE FROM conflict_cell"))
        flush(autocommit)
        assert "2,000 dead rows stay" in outcomes(maintain(VACUUM_TABLES))["conflict_cell"]


def test_a_table_that_somebody_holds_is_left_out_and_not_waited_for(
    maintain: Callable[..., Maintenance], autocommit: Connection
) -> None:
    fill_cells(autocommit)
    with autocommit.engine.connect().execution_options(isolation_level="READ COMMITTED") as other:
        other.execute(text("LOCK TABLE conflict_cell IN SHARE UPDATE EXCLUSIVE MODE"))  # as autovacuum does
        assert outcomes(maintain(VACUUM_TABLES))["conflict_cell"].startswith("left out")


def test_what_changed_is_analyzed(maintain: Callable[..., Maintenance], autocommit: Connection) -> None:
    autocommit.execute(text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, 600) AS n"))
    flush(autocommit)
    autocommit.execute(text("VACUUM conflict_cell"))
    assert outcomes(maintain(ANALYZE_TABLES)) == {"conflict_cell": "done"}
    assert maintain(ANALYZE_TABLES).chores[0].steps == []


def test_a_partitioned_table_is_analyzed_as_a_whole_once_a_week(
    maintain: Callable[..., Maintenance], autocommit: Connection
) -> None:
    autocommit.execute(text("CREATE TABLE by_year (at date) PARTITION BY RANGE (at)"))
    autocommit.execute(
        text("CREATE TABLE by_year_2026 PARTITION OF by_year FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    )
    autocommit.execute(text("INSERT INTO by_year SELECT date '2026-01-01' + n % 300 FROM generate_series(1, 300) AS n"))
    assert outcomes(maintain(ANALYZE_TABLES))["by_year"] == "done"
    known = text("SELECT count(*) FROM pg_stats WHERE tablename = 'by_year' AND inherited")
    assert autocommit.execute(known).scalar_one() == 1
    assert "by_year" not in outcomes(maintain(ANALYZE_TABLES))
    autocommit.execute(text("DROP TABLE by_year"))


def test_an_index_is_noted_then_rebuilt_once_it_is_mostly_waste_and_then_left_alone(
    maintain: Callable[..., Maintenance], autocommit: Connection, small: None
) -> None:
    autocommit.execute(text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, 20000) AS n"))
    autocommit.execute(text("VACUUM ANALYZE conflict_cell"))
    assert "for 20,000 rows" in outcomes(maintain(REBUILD_INDEXES))["pk__conflict_cell"]
    assert maintain(REBUILD_INDEXES).chores[0].steps == []
    autocommit.execute(text("DELETE FROM conflict_cell WHERE cell % 10 > 0"))
    autocommit.execute(text("VACUUM ANALYZE conflict_cell"))
    before = size_of(autocommit, "pk__conflict_cell")
    done = maintain(REBUILD_INDEXES)
    assert "90% of 0.4 MiB is waste" in done.chores[0].steps[0].about
    assert "before" in outcomes(done)["pk__conflict_cell"]
    assert size_of(autocommit, "pk__conflict_cell") < before / 5
    assert maintain(REBUILD_INDEXES).chores[0].steps == []


def test_where_pgstattuple_is_there_it_measures(
    maintain: Callable[..., Maintenance], autocommit: Connection, small: None, cluster: TestCluster, settings: Settings
) -> None:
    fill_cells(autocommit)
    autocommit.execute(text("VACUUM ANALYZE conflict_cell"))
    assert "noted" in maintain(REBUILD_INDEXES, rehearse=True).chores[0].steps[0].about
    admin = create_engine(cluster.admin_url(name_of(settings.database_url)), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE EXTENSION pgstattuple"))
        owner = make_url(settings.database_owner_url).username
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION pgstatindex(text), pgstattuple(regclass) TO {owner}"))
    admin.dispose()
    assert "as pgstattuple measures it" in maintain(REBUILD_INDEXES, rehearse=True).chores[0].steps[0].about


def test_an_index_that_a_killed_rebuild_left_is_dropped(
    maintain: Callable[..., Maintenance], autocommit: Connection, engine: Engine, settings: Settings
) -> None:
    with (
        held_open(engine, "SELECT count(*) FROM parcel"),
        owner_connection(settings.database_owner_url) as owner,
        pytest.raises(KeyboardInterrupt),
    ):
        owner.run("REINDEX INDEX CONCURRENTLY ix__parcel__geom", interrupt)
    assert outcomes(maintain(DROP_LEFT_INDEXES)) == {"ix__parcel__geom_ccnew": "dropped"}
    left = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert autocommit.execute(text(left)).scalar_one() == 0


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_rebuild_that_is_running_is_not_taken_for_one_that_was_killed(
    maintain: Callable[..., Maintenance], engine: Engine, settings: Settings, autocommit: Connection
) -> None:
    with owner_connection(settings.database_owner_url) as owner:
        with held_open(engine, "SELECT count(*) FROM parcel"):
            thread = threading.Thread(
                target=owner.run, args=("REINDEX INDEX CONCURRENTLY ix__parcel__geom", lambda: None)
            )
            thread.start()
            invalid = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            until(lambda: autocommit.execute(invalid).scalar_one() == 1)
            assert maintain(DROP_LEFT_INDEXES).chores[0].steps == []
        thread.join()
    assert autocommit.execute(invalid).scalar_one() == 0


def test_edits_go_on_while_tables_are_vacuumed_and_indexes_rebuilt(
    app: Flask, engine: Engine, autocommit: Connection, settings: Settings
) -> None:
    """Editors never wait for maintenance, not even while a rebuild waits for somebody's old snapshot."""
    grid = Grid()
    store_block(engine, grid, 4, 4)
    states: list[int] = []
    with app.app_context(), owner_connection(settings.database_owner_url) as owner:
        with held_open(engine, "SELECT count(*) FROM parcel"):
            rebuild = threading.Thread(
                target=owner.run, args=("REINDEX INDEX CONCURRENTLY ix__parcel__geom", lambda: None)
            )
            rebuild.start()
            invalid = text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            until(lambda: autocommit.execute(invalid).scalar_one() == 1)
            for n in range(5):
                at, to = grid.at(1 + n % 3, 2), grid.at(1.01 + n % 3, 2)
                states.append(save([move(at, to)], versions_of(engine)).receipt["attempts"])
                save([move(to, at)], versions_of(engine))
            assert rebuild.is_alive(), "it waits for the snapshot, and nobody waits for it"
        rebuild.join()
    autocommit.execute(text("VACUUM (ANALYZE, TRUNCATE false) parcel"))
    assert states == [1] * 5
    assert audit(engine) == []


def test_old_rows_go_and_young_ones_stay(
    maintain: Callable[..., Maintenance], autocommit: Connection, accounts: People
) -> None:
    with autocommit.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO job_run (kind, state, ended_at) SELECT 'edit', 'done', now() - days * interval '1 day' "
                 "FROM unnest(ARRAY[1, 89, 91, 400]) AS days")
        )  # fmt: skip
        connection.execute(text("INSERT INTO job_run (kind) VALUES ('edit')"))
        connection.execute(text("UPDATE api_token SET expires_at = now() - interval '31 days' WHERE id % 2 = 0"))
        batches = connection.execute(
            text("INSERT INTO import_batch (file_name, sha256, options, source_crs, state, features, admitted, quarantined, "
                 "begun_at, ended_at) SELECT state, '', '{}', '', state, 0, 0, 0, now(), now() - days * interval '1 day' "
                 "FROM (VALUES ('done', 40), ('failed', 40), ('done', 5), ('admitting', NULL)) AS b (state, days) RETURNING id")
        ).scalars().all()  # fmt: skip
        connection.execute(
            text("INSERT INTO staged_parcel (batch, row, decision, rule, reason) SELECT batch, row, decision, "
                 "CASE WHEN decision <> 'admitted' THEN 'r' END, 'r' "
                 "FROM unnest(CAST(:batches AS bigint[])) AS batch, (VALUES (1, 'admitted'), (2, 'quarantined'), (3, 'rejected')) AS d (row, decision)"),
            {"batches": list(batches)},
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO draft (key, owner_id, seen, operations, operation_count, expires_at) "
                 "SELECT gen_random_uuid(), (SELECT min(id) FROM account), '{}', '[]', 1, now() + hours * interval '1 hour' "
                 "FROM unnest(ARRAY[-1, 1]) AS hours")
        )  # fmt: skip
        connection.execute(
            text("INSERT INTO reference_layer (owner_id, draft_id, name, content, point_count, expires_at) "
                 "SELECT owner_id, id, 'of a draft', '{}', 0, now() - interval '1 hour' FROM draft UNION ALL "
                 "SELECT (SELECT min(id) FROM account), NULL, 'points.csv', '{}', 0, now() + hours * interval '1 hour' "
                 "FROM unnest(ARRAY[-1, 1]) AS hours")
        )  # fmt: skip
    done = maintain(PRUNE_JOBS, PRUNE_TOKENS, PRUNE_STAGED_ROWS, PRUNE_DRAFTS)
    assert [step.outcome for chore in done.chores for step in chore.steps] == [
        "2 deleted", "2 deleted", "1 deleted", "3 deleted", "1 deleted", "1 deleted",
    ]  # fmt: skip
    with autocommit.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM job_run")).scalar_one() == 3
        assert connection.execute(text("SELECT count(*) FROM api_token")).scalar_one() == 2
        assert connection.execute(text("SELECT bool_and(expires_at > now()) FROM draft")).scalar_one()
        layers = text("SELECT draft_id IS NOT NULL, expires_at > now() FROM reference_layer ORDER BY 1")
        assert [tuple(row) for row in connection.execute(layers)] == [(False, True), (True, False)], "as its draft does"
        kept = connection.execute(text("SELECT batch, count(*) FROM staged_parcel GROUP BY 1 ORDER BY 1")).all()
    assert [tuple(row) for row in kept] == [(batches[0], 2), (batches[2], 3), (batches[3], 3)]


def test_one_runs_at_a_time(maintain: Callable[..., Maintenance], settings: Settings) -> None:
    with owner_connection(settings.database_owner_url) as owner:
        assert owner.read("SELECT pg_try_advisory_lock(7263544603)")[0][0]
        with pytest.raises(MaintenanceRunning, match=rf"since {datetime.now(UTC):%Y}.* by process \d+"):
            maintain()
        assert maintain(VACUUM_TABLES, rehearse=True).is_rehearsal, "looking is always allowed"
    maintain(VACUUM_TABLES)


def test_without_the_owner_it_says_what_it_could_not_do(app: Flask, settings: Settings, autocommit: Connection) -> None:
    fill_cells(autocommit)
    alone = replace(settings, database_owner_url=settings.database_url)
    with app.app_context():
        done = maintain_database(alone, chores=[VACUUM_TABLES])
    assert "needs the owner of the tables" in done.chores[0].left_out


def test_a_run_that_is_stopped_ends_within_a_step_and_leaves_no_index_behind(
    maintain: Callable[..., Maintenance], autocommit: Connection, engine: Engine, small: None
) -> None:
    autocommit.execute(text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, 20000) AS n"))
    autocommit.execute(text("VACUUM ANALYZE conflict_cell"))
    maintain(REBUILD_INDEXES)
    autocommit.execute(text("DELETE FROM conflict_cell WHERE cell % 10 > 0"))
    autocommit.execute(text("VACUUM ANALYZE conflict_cell"))

    def stop_when_waiting(_step: str, _done: int, _total: int | None = None) -> None:
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            f"AND application_name = '{NAME}' AND wait_event_type = 'Lock'"
        )
        if autocommit.execute(waits).scalar_one():
            raise KeyboardInterrupt

    with held_open(engine, "SELECT count(*) FROM conflict_cell"), pytest.raises(KeyboardInterrupt):
        maintain(REBUILD_INDEXES, watch=stop_when_waiting)
    maintain(DROP_LEFT_INDEXES)
    assert autocommit.execute(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).scalar_one() == 0
