"""Which replica may answer a read: one that is up, not too old, and has replayed what whoever asks has written.

Lag is measured by the primary's own log, not by clocks: now and then a reader's look asks the primary where it is and,
after it, each replica. One that has come as far as the primary was a second ago is at most a second old. (The time of
the last replayed commit says nothing while nobody commits, and a standby that gets nothing more believes it has all.)
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from spatial_admin.connection_settings import ConnectionSettings
from spatial_admin.connections.measurements import count, timed
from spatial_admin.connections.standby import (
    DIVERGED,
    IN_USE,
    IS_PRIMARY,
    LONG_AGO,
    OUT_OF_REACH,
    TOO_OLD,
    Replica,
    ReplicaState,
    Whereabouts,
    whereabouts,
)

EXTENSION: Final = "spatial_admin.replicas"
LOOK_EVERY_S: Final = 1.0
SECOND_LOOK_S: Final = 0.1
TOO_LONG_AGO_S: Final = 3.0  # what a look said so long ago is worth nothing; the next reader looks before it reads
logger = logging.getLogger(__name__)
_known: weakref.WeakSet[Replicas] = weakref.WeakSet()


class Replicas:
    """The replicas of one application in one process, and what is known of its primary."""

    def __init__(self, primary: Engine, engines: Sequence[Engine], settings: ConnectionSettings) -> None:
        self.all = [Replica(str(engine.pool.logging_name), engine) for engine in engines]
        self.is_primary_lost = False
        self._primary = primary.execution_options(isolation_level="AUTOCOMMIT")
        self._wait_s = settings.replica_wait_ms / 1000
        self._max_lag_s = settings.replica_max_lag_s
        self._samples: deque[tuple[int, float]] = deque(maxlen=600)  # (byte, when) of the primary, newest last
        self._turns = itertools.count()
        self._looking = threading.Lock()
        self._looked_at = LONG_AGO
        _known.add(self)
        if self.all:
            _listen(primary, self._primary_is_lost, self._primary_answered)
            for replica in self.all:
                event.listen(replica.engine, "handle_error", _when_lost(replica))

    def choose(self, wrote: str | None, *, newest: bool = False, tried: Sequence[Replica] = ()) -> Replica | None:
        """A replica for the next read; None where the primary shall answer.

        While the primary is lost, any replica that answers is right, however old it is: better than an error page.
        `newest` reads go to a replica only then.
        """
        if not self.all:
            return None
        self._look_if_due()
        up = [replica for replica in self._in_turn() if replica.is_up and replica not in tried]
        if not newest:
            for replica in up:
                if self._is_fresh(replica) and self._shows(replica, wrote):
                    count("reads_replica")
                    return replica
        if self.is_primary_lost and up:
            count("reads_while_primary_lost")
            return max(up, key=lambda replica: replica.replayed)
        count("reads_primary")
        return None

    def states(self) -> list[ReplicaState]:
        """Each replica, for people, after a look that is not old."""
        was_idle = time.monotonic() - self._looked_at > TOO_LONG_AGO_S
        self._look_if_due()
        if was_idle:
            self._look_until_dated()
        now = time.monotonic()
        return [
            ReplicaState(one.name, self._word_of(one), one.lag_s(now), one.behind_bytes, one.error) for one in self.all
        ]

    def look(self) -> None:
        """Ask the primary where it is, and then every replica that is due."""
        began = time.monotonic()
        primary = self._where_primary_is()
        if primary is not None:
            self._samples.append((primary.position, began))
        for replica in self.all:
            if replica.is_due(time.monotonic()):
                self._ask(replica, primary)
        self._looked_at = time.monotonic()

    def after_fork(self) -> None:
        """In a child: nobody looks here yet, and what the parent knew is old."""
        self._looking, self._looked_at = threading.Lock(), LONG_AGO

    def _in_turn(self) -> Iterator[Replica]:
        first = next(self._turns) % len(self.all)
        yield from self.all[first:]
        yield from self.all[:first]

    def _word_of(self, replica: Replica) -> str:
        if not replica.is_up:
            return OUT_OF_REACH
        if replica.is_diverged:
            return DIVERGED
        if not self._is_fresh(replica) and not self.is_primary_lost:
            return TOO_OLD
        return IS_PRIMARY if replica.is_primary else IN_USE

    def _is_fresh(self, replica: Replica) -> bool:
        lag = replica.lag_s(time.monotonic())
        return not replica.is_diverged and lag is not None and lag <= self._max_lag_s

    def _shows(self, replica: Replica, wrote: str | None) -> bool:
        if wrote is None or not self.all:
            return True
        try:
            with timed("replica_wait", replica.name):
                is_shown = replica.shows(wrote, self._wait_s)
        except SQLAlchemyError as error:  # lost, or all of its connections are busy
            logger.warning("%s did not say how far it is: %s", replica.name, error)
            return False
        if not is_shown:
            count("reads_waited_in_vain")
        return is_shown

    # Looking

    def _look_if_due(self) -> None:
        """One look at a time, beside the reader who finds that it is due: no reader waits for a server that is gone."""
        age = time.monotonic() - self._looked_at
        if age < LOOK_EVERY_S or not self._looking.acquire(blocking=False):
            return
        if age > TOO_LONG_AGO_S:
            self._look_and_release()
        else:
            threading.Thread(target=self._look_and_release, name="replica-look", daemon=True).start()

    def _look_until_dated(self) -> None:
        """Where people write and nobody has looked for long, one look dates a replica that is a moment behind by the
        look before it: it would be called minutes old. Another one dates it by the first.
        """
        until = time.monotonic() + LOOK_EVERY_S
        while (
            not self.is_primary_lost
            and time.monotonic() < until
            and any(one.is_up and not one.is_diverged and not self._is_fresh(one) for one in self.all)
        ):
            time.sleep(SECOND_LOOK_S)
            with self._looking:
                self.look()

    def _look_and_release(self) -> None:
        try:
            self.look()
        finally:
            self._looking.release()

    def _where_primary_is(self) -> Whereabouts | None:
        try:
            with self._primary.connect() as connection:
                found = whereabouts(connection)
        except SQLAlchemyError as error:
            self._primary_is_lost(error)
            return None
        self.is_primary_lost = False
        return found

    def _ask(self, replica: Replica, primary: Whereabouts | None) -> None:
        was_up, was_diverged = replica.is_up, replica.is_diverged
        try:
            with replica.autocommit.connect() as connection:
                where = whereabouts(connection)
        except SQLAlchemyError as error:
            replica.lost(error)
            if was_up:
                logger.warning("%s is out of reach; the primary answers for it: %s", replica.name, replica.error)
            return
        is_primary = primary is not None and where.began == primary.began
        # One that was promoted goes its own way from then on. Where no primary answers, it may be all that there is.
        is_diverged = not where.is_standby and not is_primary and primary is not None
        replica.found(where, is_diverged=is_diverged, is_primary=is_primary)
        self._date(replica, primary, is_primary=is_primary)
        if is_diverged and not was_diverged:
            logger.warning("%s was promoted and is not the primary; it is not asked any more.", replica.name)
        elif not was_up:
            logger.info("%s answers.", replica.name)

    def _date(self, replica: Replica, primary: Whereabouts | None, *, is_primary: bool) -> None:
        """When was the primary where the replica is now?"""
        if is_primary:
            replica.as_of, replica.behind_bytes = time.monotonic(), 0
            return
        passed = [when for byte, when in self._samples if byte <= replica.replayed]
        if passed:
            replica.as_of = max(passed)
        if primary is not None:
            replica.behind_bytes = max(primary.position - replica.replayed, 0)

    # The primary

    def _primary_is_lost(self, error: Exception) -> None:
        if not self.is_primary_lost:
            logger.warning("The primary is out of reach; replicas answer reads: %s", str(error).splitlines()[0])
        self.is_primary_lost = True

    def _primary_answered(self) -> None:
        self.is_primary_lost = False


def _when_lost(replica: Replica) -> Any:
    def failed(context: Any) -> None:
        if _is_loss(context):
            replica.lost(context.original_exception)

    return failed


def _listen(primary: Engine, failed: Any, answered: Any) -> None:
    def on_error(context: Any) -> None:
        if _is_loss(context):
            failed(context.original_exception)

    event.listen(primary, "handle_error", on_error)
    event.listen(primary, "connect", lambda *_: answered())


def _is_loss(context: Any) -> bool:
    """Can the server not be reached? One connection that breaks is no proof: recovery ends sessions without a word."""
    return context.connection is None and not context.is_pre_ping


def _forget() -> None:
    for replicas in list(_known):
        replicas.after_fork()


os.register_at_fork(after_in_child=_forget)
