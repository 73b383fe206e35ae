"""Storage parameters are where they pay, and go with the migration that set them."""

from __future__ import annotations

from sqlalchemy import Engine, text

from tests.services.database.test_maintain_database import flush

OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r' AND relnamespace = 'public'::regnamespace"


def test_tables_that_are_written_most_keep_room_and_are_looked_after_early(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {row.relname: set(row.reloptions) for row in connection.execute(text(OPTIONS))}
    assert options["conflict_cell"] == {"fillfactor=70"}
    assert {"fillfactor=90", "autovacuum_vacuum_scale_factor=0.02"} <= options["parcel"]
    assert options["edit"] == {"autovacuum_vacuum_scale_factor=0.05"}
    assert "job_run" not in options


def test_a_first_update_of_cells_touches_no_index(owner_engine: Engine) -> None:
    counted = text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'conflict_cell'")
    with owner_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("INSERT INTO conflict_cell SELECT n, 1 FROM generate_series(1, 2000) AS n"))
        connection.execute(text("UPDATE conflict_cell SET holder = 2 WHERE cell % 5 = 0"))
        flush(connection)
        assert tuple(connection.execute(counted).one()) == (400, 400)
