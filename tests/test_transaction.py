"""The transaction contract, with an edit's work reduced to what the test is about; faults are PostgreSQL's own."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, g
from sqlalchemy import Engine, event, exc, text

from spatial_admin import transaction
from spatial_admin.connections.committing import committing
from spatial_admin.connections.pools import psycopg_connection
from spatial_admin.connections.sessions import explicit
from spatial_admin.edit_transaction import FINISH_EDIT
from spatial_admin.errors import Contention, KeyReused, OutcomeUnknown, TookTooLong
from spatial_admin.models import db
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import Done, EditHeader, EditTransaction, StaleWrite, run, short, snapshot
from tests.concurrency.direct import Colleague
from tests.concurrency.fabric import Grid, store_lots, versions_of
from tests.concurrency.guards_off import GuardsOff
from tests.concurrency.race import race
from tests.database import TestCluster, name_of
from tests.waiting import PATIENCE_S, HeldClock

FAIL = "DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '%s'; END $$"
WARN = "DO $$ BEGIN RAISE WARNING 'made for a test'; END $$"
WRITE = "UPDATE parcel SET land_use = %(value)s, begin_lifespan_version = clock_timestamp() WHERE parcel_id = %(name)s"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def lots(engine: Engine) -> Engine:
    """Two lots."""
    store_lots(engine, {"a": Grid().box(0, 0), "b": Grid().box(5, 5)})
    return engine


@pytest.fixture
def guards_off(database_url: str, cluster: TestCluster, monkeypatch: pytest.MonkeyPatch) -> GuardsOff:
    """SQL as superuser."""
    return GuardsOff(cluster.admin_url(name_of(database_url)), monkeypatch)


def header(key: str | None = None, content: bytes = b"same") -> EditHeader:
    return EditHeader(uuid.UUID(key) if key else uuid.uuid4(), None, "test", "correction", [], content)


def writing(*names: str, then: Callable[[EditTransaction], None] = lambda _: None) -> transaction.Work:
    def work(edit: EditTransaction) -> Done:
        for name in names:
            edit.execute(WRITE, {"name": name, "value": f"attempt {edit.attempt}"})
        then(edit)
        return Done({"parcels": []}, datetime.now(UTC), None)

    return work


def failing(code: str, until: int = 1) -> Callable[[EditTransaction], None]:
    """Fail the first attempts with a SQLSTATE."""

    def fail(edit: EditTransaction) -> None:
        if edit.attempt <= until:
            edit.execute(FAIL % code)

    return fail


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_a_failure_in_a_statement_is_retried_and_counted_in_the_receipt(code: str, lots: Engine) -> None:
    outcome = run(writing("a", then=failing(code, until=2)), header())
    assert outcome.receipt["attempts"] == 3
    assert versions_of(lots)["a"] == 2, "the attempts that failed left nothing"


def test_a_failure_at_commit_is_retried(lots: Engine, guards_off: GuardsOff) -> None:
    # A sequence is not rolled back: the deferred trigger fails the first two commits only.
    guards_off.sql("CREATE SEQUENCE commits; GRANT USAGE ON commits TO PUBLIC")
    guards_off.sql(
        "CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('commits') < 3 THEN "
        "RAISE EXCEPTION 'made for a test' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$"
    )
    guards_off.sql(
        "CREATE CONSTRAINT TRIGGER fail_twice AFTER UPDATE ON parcel DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION fail_twice()"
    )
    assert run(writing("a"), header()).receipt["attempts"] == 3
    assert versions_of(lots)["a"] == 2


def test_a_real_serialization_failure_at_a_select_and_at_an_update_is_retried(lots: Engine, database_url: str) -> None:
    def meanwhile(edit: EditTransaction) -> None:
        if edit.attempt == 1:
            with Colleague(database_url) as colleague:
                colleague.run("UPDATE parcel SET number = 'colleague' WHERE parcel_id = 'a'")
                colleague.commit()

    def work(edit: EditTransaction) -> Done:
        edit.execute("SELECT 1 FROM parcel WHERE parcel_id = 'a'")
        meanwhile(edit)
        edit.execute(WRITE, {"name": "a", "value": "x"})
        return Done({"parcels": []}, datetime.now(UTC), None)

    assert run(work, header()).receipt["attempts"] == 2
    assert versions_of(lots)["a"] == 3


def test_a_lock_that_is_held_too_long_is_waited_for_in_further_attempts(
    lots: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transaction, "LOCK_MS", 50)
    clock = HeldClock(monkeypatch)
    with Colleague(database_url) as colleague:
        colleague.run("SELECT 1 FROM parcel WHERE parcel_id = 'a' FOR UPDATE")
        clock.at_pause = lambda: colleague.rollback() if len(clock.pauses) == 2 else None
        assert run(writing("a"), header()).receipt["attempts"] == 3
    assert versions_of(lots)["a"] == 2


def test_a_deadlock_ends_with_both_saved(app: Flask, lots: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)

    def meet(edit: EditTransaction) -> None:
        if edit.attempt == 1:
            both.wait(PATIENCE_S)

    def one_after_the_other(first: str, second: str) -> transaction.Work:
        def work(edit: EditTransaction) -> Done:
            edit.execute(WRITE, {"name": first, "value": "x"})
            meet(edit)
            edit.execute(WRITE, {"name": second, "value": "x"})
            return Done({"parcels": []}, datetime.now(UTC), None)

        return work

    results = race(
        app, lambda: run(one_after_the_other("a", "b"), header()), lambda: run(one_after_the_other("b", "a"), header())
    )
    assert [type(result).__name__ for result in results] == ["Outcome", "Outcome"]
    assert versions_of(lots) == {"a": 3, "b": 3}


def test_a_statement_timeout_is_not_retried(lots: Engine) -> None:
    attempts = []

    def work(edit: EditTransaction) -> Done:
        attempts.append(edit.attempt)
        edit.execute(WRITE, {"name": "a", "value": "x"})
        edit.execute("SELECT pg_sleep(600)")
        return Done({"parcels": []}, datetime.now(UTC), None)

    with pytest.raises(TookTooLong):
        run(work, header(), statement_timeout_ms=300)
    assert attempts == [1]
    assert versions_of(lots)["a"] == 1


@pytest.mark.parametrize("code", ["53100", "22003", "23505"])
def test_an_error_that_stays_is_raised_at_once(code: str, lots: Engine) -> None:
    attempts = []

    def fail(edit: EditTransaction) -> None:
        attempts.append(edit.attempt)
        edit.execute(FAIL % code)

    with pytest.raises(exc.DBAPIError):
        run(writing("a", then=fail), header())
    assert attempts == [1]
    assert versions_of(lots)["a"] == 1


def test_what_the_work_raises_rolls_everything_back(lots: Engine) -> None:
    def stop(_: EditTransaction) -> None:
        raise ZeroDivisionError

    key = header()
    with pytest.raises(ZeroDivisionError):
        run(writing("a", then=stop), key)
    assert versions_of(lots)["a"] == 1
    assert not run(writing("a"), key).is_replayed, "the key was rolled back too"


def test_retrying_is_bounded_in_time_with_full_jitter(lots: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = HeldClock(monkeypatch)

    def lose(edit: EditTransaction) -> None:
        raise StaleWrite(["a"])

    with pytest.raises(Contention, match="attempts"):
        run(writing("a", then=lose), header())
    pauses = clock.pauses
    assert sum(pauses) <= 5.0
    assert len(pauses) > 8, "eight attempts are too few"
    assert all(0 <= pause <= min(0.5, 0.01 * 2**n) for n, pause in enumerate(pauses, 1))
    assert len({round(pause, 9) for pause in pauses}) == len(pauses), "jitter, or all would come back together"


def test_a_pool_that_stays_empty_is_contention(lots: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    HeldClock(monkeypatch)

    def empty(_: EditTransaction) -> None:
        raise exc.TimeoutError

    with pytest.raises(Contention):
        run(writing("a", then=empty), header())


def test_the_same_key_answers_with_the_stored_receipt_and_another_content_is_refused(lots: Engine) -> None:
    key = str(uuid.uuid4())
    first = run(writing("a"), header(key))
    again = run(writing("a"), header(key))
    assert (again.is_replayed, again.receipt) == (True, first.receipt)
    with pytest.raises(KeyReused):
        run(writing("a"), header(key, b"other"))
    assert versions_of(lots)["a"] == 2


def test_an_edit_runs_serializable_in_a_session_of_its_own(lots: Engine) -> None:
    db.session.execute(text("SELECT 1"))  # the request's session has queried already, at READ COMMITTED
    found = []

    def look(edit: EditTransaction) -> None:
        found.append(edit.execute("SELECT current_setting('transaction_isolation'), pg_backend_pid()")[0])

    run(writing("a", then=look), header())
    ours = db.session.execute(text("SELECT current_setting('transaction_isolation'), pg_backend_pid()")).one()
    assert found[0][0] == "serializable"
    assert ours[0] == "read committed"
    assert ours[1] != found[0][1]


def test_settings_of_an_edit_end_with_its_transaction(lots: Engine) -> None:
    run(writing("a"), header())
    # Against what the server was started with: the private cluster has JIT off from the beginning.
    names = ["lock_timeout", "statement_timeout", "enable_seqscan", "enable_hashjoin", "jit"]
    changed = text("SELECT name FROM pg_settings WHERE name = ANY (:names) AND setting <> reset_val")
    edit = text("SELECT coalesce(current_setting('spatial_admin.edit', true), '')")
    for _ in range(3):  # whichever connection of the pool is taken
        with db.engine.connect() as connection:
            assert connection.execute(changed, {"names": names}).all() == []
            assert connection.execute(edit).scalar_one() == ""


def test_begin_and_commit_are_no_round_trips_of_their_own(lots: Engine) -> None:
    sent: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2].strip()))
    run(writing("a"), header())
    begin, write, commit = sent
    assert begin.startswith("BEGIN ISOLATION LEVEL SERIALIZABLE; ")
    assert "begin_edit(" in begin
    assert write.startswith("UPDATE parcel")
    assert commit.startswith("SELECT finish_edit(")
    assert "; COMMIT; " in commit
    assert g.wrote is not None, "the position behind the commit came with it"


def test_what_is_cancelled_behind_the_commit_is_saved(lots: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # The watch of commits cancels one that waits too long; it may meet the question that goes with it.
    monkeypatch.setattr(transaction, "COMMIT", "COMMIT; SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")
    outcome = run(writing("a"), header())
    assert (outcome.is_replayed, outcome.receipt["attempts"]) == (False, 1)
    assert versions_of(lots)["a"] == 2


def test_a_commit_that_is_cancelled_itself_changed_nothing(lots: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "COMMIT", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5); COMMIT")
    with pytest.raises(TookTooLong):
        run(writing("a"), header())
    assert versions_of(lots)["a"] == 1


@pytest.mark.parametrize("fault", ["SELECT 1 / 0", "SELECT 1"])
def test_nothing_is_left_open_by_an_attempt_that_fails(fault: str, lots: Engine) -> None:
    def fail(edit: EditTransaction) -> None:
        edit.execute(fault)
        raise ValueError("made for a test")

    with pytest.raises((ValueError, exc.DBAPIError)):
        run(writing("a", then=fail), header())
    with lots.connect() as connection:
        open_ones = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state LIKE 'idle in transaction%'"
        )
        assert connection.execute(open_ones).scalar_one() == 0
    assert versions_of(lots)["a"] == 1


def test_a_snapshot_stays_at_its_moment_and_cannot_write(lots: Engine, database_url: str) -> None:
    count = text("SELECT count(*) FROM parcel")
    with snapshot() as session:
        before = session.execute(count).scalar()
        store_lots(lots, {"c": Grid().box(9, 9)})
        assert session.execute(count).scalar() == before
        with pytest.raises(exc.DBAPIError, match="read-only"):
            session.execute(text("UPDATE parcel SET number = 'x'"))


def test_a_short_transaction_commits_at_its_end_and_rolls_back_what_fails(lots: Engine) -> None:
    with short() as session:
        session.execute(text("UPDATE parcel SET number = 'kept' WHERE parcel_id = 'a'"))
    with pytest.raises(ZeroDivisionError), short() as session:
        session.execute(text("UPDATE parcel SET number = 'lost' WHERE parcel_id = 'a'"))
        raise ZeroDivisionError
    with lots.connect() as connection:
        assert connection.execute(text("SELECT number FROM parcel WHERE parcel_id = 'a'")).scalar() == "kept"


def test_the_time_of_an_edit_is_later_than_what_it_replaces_and_no_earlier_than_now(lots: Engine) -> None:
    found: list[datetime] = []
    ahead = datetime(2999, 1, 1, tzinfo=UTC)  # a clock that was set back since

    def look(edit: EditTransaction) -> None:
        time.sleep(0.02)
        found.extend([edit.time_of_edit(None), edit.time_of_edit(ahead), edit.execute("SELECT now()")[0][0]])

    run(writing("a", then=look), header())
    assert (found[1] - ahead).microseconds == 1
    assert found[0] > found[2], "not the begin of the transaction"


def test_what_nobody_waits_for_goes_before_the_next_statement_in_one_round_trip(lots: Engine) -> None:
    found: list[object] = []
    asked: list[str] = []

    def look(edit: EditTransaction) -> None:
        edit.execute_later("SELECT set_config('test.share', %(share)s, true)", {"share": "50 % of 'it'"})
        edit.execute_later(
            "SELECT set_config('test.share', current_setting('test.share') || %(more)s, true)", {"more": "!"}
        )
        event.listen(edit.connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        found.extend(edit.execute("SELECT current_setting('test.share'), %(n)s", {"n": 1})[0])
        assert len(asked) == 1

    run(writing("a", then=look), header())
    assert found == ["50 % of 'it'!", 1]


def test_an_error_of_what_goes_later_undoes_the_edit(lots: Engine) -> None:
    def look(edit: EditTransaction) -> None:
        edit.execute_later("SELECT 1 / %(n)s", {"n": 0})

    with pytest.raises(exc.DBAPIError, match="division by zero"):
        run(writing("a", then=look), header())
    assert versions_of(lots)["a"] == 1


def test_the_receipt_is_written_without_writing_the_indexes_again(lots: Engine) -> None:
    values = {"receipt": "{}", "attempts": 2, "made_at": datetime.now(UTC), "srid": storage_srid()}
    box = {"west": 2.0, "south": 48.0, "east": 2.1, "north": 48.1}
    with lots.begin() as connection:
        made = "INSERT INTO edit (key, comment, operations, request_hash) VALUES (gen_random_uuid(), '', '[]', '') RETURNING ctid::text"
        row = connection.exec_driver_sql(made).scalar_one()
        connection.exec_driver_sql(FINISH_EDIT, {**values, **box, "row": row})
        hot = connection.scalar(text("SELECT pg_stat_get_xact_tuples_hot_updated('edit'::regclass)"))
    assert hot == 1


@pytest.mark.parametrize(
    "behind", ["SELECT 1", "SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)"], ids=["answered", "cancelled as well"]
)
def test_a_commit_with_a_warning_is_not_believed_whatever_becomes_of_what_is_asked_behind_it(behind: str) -> None:
    """The warning stands for PostgreSQL's, that a wait for a standby was given up (tests/connections/test_promotion)."""
    with explicit(db.engine) as connection, pytest.raises(OutcomeUnknown, match="standby"):
        raw = psycopg_connection(connection)
        with committing(raw):
            connection.exec_driver_sql(f"{WARN}; {behind}")
    assert raw.notices == []


def test_a_commit_that_is_cancelled_without_a_warning_stays_an_error() -> None:
    with (
        explicit(db.engine) as connection,
        pytest.raises(exc.OperationalError),
        committing(psycopg_connection(connection)),
    ):
        connection.exec_driver_sql("SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)")
