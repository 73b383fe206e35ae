"""The only place that says commit: isolation, retry, keys, snapshots (design: the transaction contract).

An edit runs SERIALIZABLE in a session of its own, never the request's: isolation set on a session that has already
queried is silently ignored. Its callback may run several times, each time from the beginning on fresh rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar
from uuid import uuid4

from flask import Flask
from sqlalchemy import Connection, exc
from sqlalchemy.orm import Session

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections import demands
from spatial_admin.connections.committing import committing
from spatial_admin.connections.measurements import count, timed
from spatial_admin.connections.pools import psycopg_connection, raw_connection
from spatial_admin.connections.position import WRITTEN, position_behind
from spatial_admin.connections.servers import connect_app
from spatial_admin.connections.sessions import explicit, writing
from spatial_admin.database_errors import QUERY_CANCELED, is_connection_loss, is_retryable, sqlstate, translated
from spatial_admin.edit_queue import is_worth_waiting, turn
from spatial_admin.edit_transaction import (
    ALL_OF,  # noqa: F401 (one door for all)
    DRY_RUN,
    INDEX_PLANS_ONLY,
    LOST,
    Asked,  # noqa: F401 (one door for all)
    Begun,
    Done,
    EditHeader,
    EditTransaction,
    Outcome,
    StaleWrite,
    Work,
    finish_edit,
    insert_edit,
    receipt_of_key,
    stored_receipt,
)
from spatial_admin.errors import Json, KeyReused, OutcomeUnknown
from spatial_admin.models import db
from spatial_admin.models.request_session import HOOKS
from spatial_admin.read_transaction import look_up, page_engine, read_alone, snapshot  # noqa: F401 (one door for all)
from spatial_admin.retrying import RETRY_FOR_S, deadline_in, given_up, ms_until, pause

Result = TypeVar("Result")
Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
LOCK_MS: Final = 2_000
BEGIN: Final = "BEGIN ISOLATION LEVEL {isolation}; "
# And, in the same round trip, the position behind it in the write-ahead log.
COMMIT: Final = f"COMMIT; {WRITTEN}"


def init_app(app: Flask, settings: ConnectionSettings) -> None:
    """Make the servers of the application known, and let its requests read where this module says."""
    with app.app_context():
        connect_app(app, db.engine, settings)
    app.extensions[HOOKS] = (page_engine, lambda: demands.bounds().statement())


def run(
    work: Work,
    header: EditHeader,
    *,
    isolation: Isolation = "SERIALIZABLE",
    statement_timeout_ms: int = 5_000,
    retry_for_s: float = RETRY_FOR_S,
) -> Outcome:
    """Run an edit exactly once, however often it is attempted or repeated with its key.

    `work` may run more than once; it reads, computes and writes through the transaction it is given and has no other
    effect. Raises Contention when others kept winning for `retry_for_s` seconds, OutcomeUnknown when the connection was
    lost while committing and could not be asked again, and whatever `work` raises (everything is rolled back).
    """
    deadline = deadline_in(retry_for_s)
    lost_at_commit = False
    attempt = 0
    queues = header.queues
    while True:
        attempt += 1
        state = _Attempt(work, header, isolation, statement_timeout_ms, attempt, queues, ms_until(deadline))
        try:
            with timed("transaction", "edit"):
                outcome = state.run()
        except exc.DBAPIError as error:
            # An attempt that could insert the key knows that none before it was committed.
            is_lost_now = state.is_committing and is_connection_loss(error)
            lost_at_commit = is_lost_now or (lost_at_commit and not state.holds_key)
            if state.is_waiting and sqlstate(error) == QUERY_CANCELED:
                raise given_up(lost=lost_at_commit, attempts=attempt) from error
            # The watch cancels a COMMIT that waits; what it met may be the question after it.
            if (
                state.is_committing
                and sqlstate(error) == QUERY_CANCELED
                and (made := state.made_after_all()) is not None
            ):
                count("edits")
                return made
            if not is_retryable(error):
                raise (OutcomeUnknown(LOST) if lost_at_commit else translated(error)) from error
            queues = state.beaten()
            takes_turn = is_worth_waiting(queues) and not is_connection_loss(error)
            pause(attempt, deadline, error, lost=lost_at_commit, takes_turn=takes_turn)
        except StaleWrite as error:
            lost_at_commit = False
            queues = state.beaten()
            pause(attempt, deadline, error, lost=False, takes_turn=is_worth_waiting(queues))
        except exc.TimeoutError as error:  # every connection of the pool is busy, for longer than the pool waits
            count("contentions")
            raise given_up(lost=lost_at_commit, attempts=attempt) from error
        else:
            count("replays" if outcome.is_replayed else "edits")
            return outcome


def rehearse(
    look: Callable[[EditTransaction], Json],
    header: EditHeader,
    *,
    statement_timeout_ms: int = 5_000,
    retry_for_s: float = RETRY_FOR_S,
) -> Json:
    """Do everything an edit does, as far as its commit, under a key of its own; answer what `look` says; keep nothing.

    It takes no conflict cells (nobody waits for a dry run), and so the database refuses to commit it. Raises as `run`.
    """
    deadline = deadline_in(retry_for_s)
    attempt = 0
    while True:
        attempt += 1
        try:
            own = replace(header, key=uuid4())
            return _Attempt(_nothing, own, "SERIALIZABLE", statement_timeout_ms, attempt).dry(look)
        except exc.DBAPIError as error:
            if not is_retryable(error):
                raise translated(error) from error
            pause(attempt, deadline, error, lost=False)
        except StaleWrite as error:
            pause(attempt, deadline, error, lost=False)
        except exc.TimeoutError as error:
            count("contentions")
            raise given_up(lost=False, attempts=attempt) from error


@contextmanager
def short(*, statement_timeout_ms: int = 120_000, isolation: Isolation = "READ COMMITTED") -> Iterator[Session]:
    """A READ COMMITTED session that commits at its end: a chunk of an import, an account. Not for boundaries by hand.

    Each statement sees what was committed before it, which an import needs: it takes its cells first and reads the
    neighbours after. Who asks for more isolation has to run it again when it is told to. Raises OutcomeUnknown where it
    is committed here and nobody knows whether a standby has it.
    """
    with timed("transaction", "short"), writing(db.engine, isolation) as session:
        timeout = f"SET LOCAL statement_timeout = {int(statement_timeout_ms)}"
        session.connection().exec_driver_sql("; ".join(filter(None, (demands.bounds().statement(), timeout))))
        yield session
        _commit(session)


def serializable(
    work: Callable[[Session], Result], *, statement_timeout_ms: int = 5_000, retry_for_s: float = RETRY_FOR_S
) -> Result:
    """Run `work` in a SERIALIZABLE session that commits at its end, and again from its beginning while others win.

    It has no key: repeated after a commit that was lost, `work` must find that all is done. Raises Contention when
    others kept winning for `retry_for_s` seconds, and whatever `work` raises (everything is rolled back).
    """
    deadline = deadline_in(retry_for_s)
    attempt = 0
    while True:
        attempt += 1
        try:
            with short(statement_timeout_ms=statement_timeout_ms, isolation="SERIALIZABLE") as session:
                session.connection().exec_driver_sql(INDEX_PLANS_ONLY)
                return work(session)
        except exc.DBAPIError as error:
            if not is_retryable(error):
                raise translated(error) from error
            pause(attempt, deadline, error, lost=False)
        except exc.TimeoutError as error:
            count("contentions")
            raise given_up(lost=False, attempts=attempt) from error


def _commit(session: Session) -> None:
    """Commit, and know the position behind it; raises OutcomeUnknown where a standby that must have it may not."""
    connection = raw_connection(session)
    with committing(connection):
        session.commit()
        demands.note_write(position_behind(connection, db.engine))


def _commit_edit(transaction: EditTransaction) -> None:
    """As `_commit`, in one round trip with what is left to do."""
    with committing(psycopg_connection(transaction.connection)):
        demands.note_write(transaction.execute(COMMIT)[0][0])


@dataclass(slots=True)
class _Attempt:
    work: Work
    header: EditHeader
    isolation: Isolation
    statement_timeout_ms: int
    number: int
    queues: frozenset[int] = frozenset()  # of the places that it names, or where attempts before it were beaten
    wait_ms: int = LOCK_MS  # for its turn
    transaction: EditTransaction | None = None
    holds_key: bool = False
    is_committing: bool = False

    def beaten(self) -> frozenset[int]:
        """The queues of the places where it was beaten, as far as it came to know them: where the next one waits."""
        return self.queues | (self.transaction.queues if self.transaction else frozenset())

    @property
    def is_waiting(self) -> bool:
        """Did it come no further than to its first statement, which waits for its turn?"""
        return self.transaction is None

    def run(self) -> Outcome:
        with explicit(db.engine) as connection:
            transaction = self._begin(connection)
            if transaction is not None:
                return self._made(transaction)
        return self._stored()

    def _made(self, transaction: EditTransaction) -> Outcome:
        done = self.work(transaction)
        receipt = {
            "edit_id": transaction.edit_id,
            "key": str(self.header.key),
            **done.receipt,
            "attempts": self.number,
        }
        self._finish(transaction, receipt, done)
        self.is_committing = True
        _commit_edit(transaction)
        return Outcome(receipt, is_replayed=False)

    def dry(self, look: Callable[[EditTransaction], Json]) -> Json:
        """Run, look, and roll back."""
        with explicit(db.engine) as connection:
            transaction = self._begin(connection)
            if transaction is None:
                raise KeyReused("A key made at random was taken.")
            transaction.is_dry = True
            transaction.execute(DRY_RUN)
            return look(transaction)  # what is open at the end is rolled back

    def _begin(self, connection: Connection) -> EditTransaction | None:
        begun = self._insert_edit(connection)
        if begun is None:
            return None
        self.holds_key = True
        self.transaction = EditTransaction(connection, begun.edit_id, begun.row, self.number)
        self.transaction.asked, self.transaction.rows = begun.asked, begun.rows
        self.transaction.answers = begun.answers
        return self.transaction

    def _insert_edit(self, connection: Connection) -> Begun | None:
        timeouts = f"SET LOCAL statement_timeout = {self.statement_timeout_ms}; SET LOCAL lock_timeout = {LOCK_MS}"
        waiting = turn(self.queues, self.wait_ms, is_beaten=self.number > 1)
        own = demands.bounds().statement()
        first = "; ".join(part for part in (own, timeouts, INDEX_PLANS_ONLY) if part)
        return insert_edit(connection, self.header, f"{BEGIN.format(isolation=self.isolation)}{waiting}{first}")

    def _finish(self, transaction: EditTransaction, receipt: Json, done: Done) -> None:
        finish_edit(transaction, receipt, done)

    def made_after_all(self) -> Outcome | None:
        """The edit, if it was committed though its COMMIT ended in an error; its key knows."""
        with short(statement_timeout_ms=self.statement_timeout_ms) as session:
            receipt = receipt_of_key(session, self.header)
        return None if receipt is None else Outcome(receipt, is_replayed=False)

    def _stored(self) -> Outcome:
        # In a new transaction: the snapshot of the old one may be from before the edit that holds the key.
        with short(statement_timeout_ms=self.statement_timeout_ms) as session:
            return Outcome(stored_receipt(session, self.header), is_replayed=True)


def _nothing(_transaction: EditTransaction) -> Done:
    raise TypeError("A dry run has no work to commit.")
