"""The only place that says commit: isolation, retry, keys, snapshots (design: the transaction contract).

An edit runs SERIALIZABLE in a session of its own, never the request's: isolation set on a session that has already
queried is silently ignored. Its callback may run several times, each time from the beginning on fresh rows.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import uuid4

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.database_errors import QUERY_CANCELED, is_connection_loss, is_retryable, sqlstate, translated
from spatial_admin.edit_queue import is_worth_waiting, turn
from spatial_admin.edit_transaction import Done, EditHeader, EditTransaction, Outcome, StaleWrite, Work
from spatial_admin.errors import Contention, Json, KeyReused, OutcomeUnknown
from spatial_admin.models import STORAGE_SRID, db

Isolation = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
RETRY_FOR_S: Final = 5.0
BACKOFF_S: Final = 0.010
LONGEST_PAUSE_S: Final = 0.5
LOCK_MS: Final = 2_000
LOST: Final = "The connection was lost while the edit was being saved. Repeat it with the same key."

# An edit touches a handful of rows by index. A plan that scans or hashes a small table would read, and so under
# SERIALIZABLE lock, all of it: every unrelated edit would abort. JIT would compile, for 300 ms, what runs in one.
INDEX_PLANS_ONLY: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
    "SET LOCAL jit = off"
)

# The edit under its key, named for the triggers of its transaction.
INSERT_EDIT: Final = """
WITH made AS (
INSERT INTO edit (key, author_id, record_id, comment, nature, operations, request_hash)
VALUES (%(key)s, %(author_id)s, %(record_id)s, %(comment)s, %(nature)s, %(operations)s, %(request_hash)s)
ON CONFLICT (key) DO NOTHING RETURNING id, ctid::text AS row)
SELECT id, row, set_config('spatial_admin.edit', id::text, true) FROM made
"""
DRY_RUN: Final = "SELECT set_config('spatial_admin.dry_run', 'on', true)"
STORED_EDIT: Final = "SELECT id, request_hash, receipt FROM edit WHERE key = %(key)s"
# By the row's address: to look it up is to read the newest page of an index that every other edit writes to.
FINISH_EDIT: Final = """
UPDATE edit SET receipt = %(receipt)s, attempts = %(attempts)s, made_at = %(made_at)s,
  envelope = ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
WHERE ctid = %(row)s::tid
"""
counts: Counter[str] = Counter()
_counts_lock = threading.Lock()


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
    deadline = time.monotonic() + retry_for_s
    lost_at_commit = False
    attempt = 0
    queues = header.queues
    while True:
        attempt += 1
        state = _Attempt(work, header, isolation, statement_timeout_ms, attempt, queues, _ms_until(deadline))
        try:
            outcome = state.run()
        except exc.DBAPIError as error:
            # An attempt that could insert the key knows that none before it was committed.
            is_lost_now = state.is_committing and is_connection_loss(error)
            lost_at_commit = is_lost_now or (lost_at_commit and not state.holds_key)
            if state.is_waiting and sqlstate(error) == QUERY_CANCELED:
                raise _given_up(lost=lost_at_commit, attempts=attempt) from error
            if not is_retryable(error):
                raise (OutcomeUnknown(LOST) if lost_at_commit else translated(error)) from error
            queues = state.beaten()
            takes_turn = is_worth_waiting(queues) and not is_connection_loss(error)
            _pause(attempt, deadline, error, lost=lost_at_commit, takes_turn=takes_turn)
        except StaleWrite as error:
            lost_at_commit = False
            queues = state.beaten()
            _pause(attempt, deadline, error, lost=False, takes_turn=is_worth_waiting(queues))
        except exc.TimeoutError as error:  # every connection of the pool is busy, for longer than the pool waits
            count("contentions")
            raise _given_up(lost=lost_at_commit, attempts=attempt) from error
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
    deadline = time.monotonic() + retry_for_s
    attempt = 0
    while True:
        attempt += 1
        try:
            own = replace(header, key=uuid4())
            return _Attempt(_nothing, own, "SERIALIZABLE", statement_timeout_ms, attempt).dry(look)
        except exc.DBAPIError as error:
            if not is_retryable(error):
                raise translated(error) from error
            _pause(attempt, deadline, error, lost=False)
        except StaleWrite as error:
            _pause(attempt, deadline, error, lost=False)
        except exc.TimeoutError as error:
            count("contentions")
            raise _given_up(lost=False, attempts=attempt) from error


@contextmanager
def snapshot() -> Iterator[Session]:
    """A REPEATABLE READ, READ ONLY session: all it reads is of one moment. (A standby refuses SERIALIZABLE.)"""
    engine = db.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(engine, expire_on_commit=False) as session:
        session.connection().exec_driver_sql("SET LOCAL jit = off")  # compiling costs more than any of our reads
        yield session  # closing ends it; a rollback would expire what was read


@contextmanager
def short(*, statement_timeout_ms: int = 120_000) -> Iterator[Session]:
    """A READ COMMITTED session that commits at its end: a chunk of an import, an account. Not for boundaries by hand.

    Each statement sees what was committed before it, which an import needs: it takes its cells first and reads the
    neighbours after.
    """
    engine = db.engine.execution_options(isolation_level="READ COMMITTED")
    with Session(engine, expire_on_commit=False) as session:
        session.connection().exec_driver_sql(f"SET LOCAL statement_timeout = {int(statement_timeout_ms)}")
        yield session
        session.commit()


def raw_connection(session: Session) -> PsycopgConnection:
    """The psycopg2 connection under a session, for COPY."""
    raw = session.connection().connection.driver_connection
    if not isinstance(raw, PsycopgConnection):
        raise TypeError(f"COPY needs psycopg2, not {type(raw).__name__}")
    return raw


def count(name: str) -> None:
    """Count an event for /metrics."""
    with _counts_lock:
        counts[name] += 1


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
        engine = db.engine.execution_options(isolation_level=self.isolation)
        with Session(engine, expire_on_commit=False) as session:
            transaction = self._begin(session)
            if transaction is None:
                session.rollback()
                return self._stored()
            done = self.work(transaction)
            receipt = {
                "edit_id": transaction.edit_id,
                "key": str(self.header.key),
                **done.receipt,
                "attempts": self.number,
            }
            self._finish(transaction, receipt, done)
            self.is_committing = True
            session.commit()
        return Outcome(receipt, is_replayed=False)

    def dry(self, look: Callable[[EditTransaction], Json]) -> Json:
        """Run, look, and roll back."""
        engine = db.engine.execution_options(isolation_level=self.isolation)
        with Session(engine, expire_on_commit=False) as session:
            transaction = self._begin(session)
            if transaction is None:
                raise KeyReused("A key made at random was taken.")
            transaction.is_dry = True
            transaction.execute(DRY_RUN)
            found = look(transaction)
            session.rollback()
        return found

    def _begin(self, session: Session) -> EditTransaction | None:
        inserted = self._insert_edit(session)
        if inserted is None:
            return None
        self.holds_key = True
        edit_id, row = inserted
        self.transaction = EditTransaction(session, edit_id, row, self.number)
        return self.transaction

    def _insert_edit(self, session: Session) -> tuple[int, str] | None:
        header = self.header
        timeouts = f"SET LOCAL statement_timeout = {self.statement_timeout_ms}; SET LOCAL lock_timeout = {LOCK_MS}"
        waiting = turn(self.queues, self.wait_ms, is_beaten=self.number > 1)
        rows = session.connection().exec_driver_sql(
            f"{waiting}{timeouts}; {INDEX_PLANS_ONLY}; {INSERT_EDIT}",
            {
                "key": str(header.key),
                "author_id": header.author_id,
                "record_id": header.record_id,
                "comment": header.comment,
                "nature": header.nature,
                "operations": json.dumps(list(header.operations)),
                "request_hash": header.request_hash,
            },
        )
        row = rows.fetchone()
        return None if row is None else (int(row.id), str(row.row))

    def _finish(self, transaction: EditTransaction, receipt: Json, done: Done) -> None:
        west, south, east, north = done.envelope or (None, None, None, None)
        values = {"receipt": json.dumps(receipt), "attempts": self.number, "made_at": done.made_at}
        box = {"west": west, "south": south, "east": east, "north": north}
        transaction.execute(FINISH_EDIT, {**values, **box, "row": transaction.row, "srid": STORAGE_SRID})

    def _stored(self) -> Outcome:
        # In a new transaction: the snapshot of the old one may be from before the edit that holds the key.
        with snapshot() as session:
            row = session.connection().exec_driver_sql(STORED_EDIT, {"key": str(self.header.key)}).fetchone()
        if row is None or row.receipt is None or bytes(row.request_hash) != self.header.request_hash:
            raise KeyReused("This key belongs to an edit with another content; take a new key for a new edit.")
        return Outcome(dict(row.receipt), is_replayed=True)


def _nothing(_transaction: EditTransaction) -> Done:
    raise TypeError("A dry run has no work to commit.")


def _ms_until(deadline: float) -> int:
    return max(1, int((deadline - time.monotonic()) * 1000))


def _pause(attempt: int, deadline: float, error: Exception, *, lost: bool, takes_turn: bool = False) -> None:
    # Full jitter; bounded in time, not attempts: at 2.9 aborts a commit eight attempts are too few for 9 % of edits.
    # Who takes a turn need not keep out of the way.
    longest = 0.0 if takes_turn else min(LONGEST_PAUSE_S, BACKOFF_S * 2**attempt)
    pause = random.uniform(0, longest)  # noqa: S311 (jitter, no secret)
    if time.monotonic() + pause > deadline:
        count("contentions")
        raise _given_up(lost=lost, attempts=attempt) from error
    count("retries")
    time.sleep(pause)


def _given_up(*, lost: bool, attempts: int) -> Contention | OutcomeUnknown:
    if lost:
        return OutcomeUnknown(LOST)
    return Contention(f"Others kept writing here, or the database was out of reach ({attempts} attempts). Try again.")
