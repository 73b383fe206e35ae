"""Maintenance: what keeps the database quick, done while people go on editing, one run at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import DBAPIError

from spatial_admin.database_errors import is_connection_loss
from spatial_admin.errors import Json, MaintenanceRunning
from spatial_admin.models import JobRun
from spatial_admin.owner_connection import NAME, OwnerConnection, owner_connection
from spatial_admin.services.database.keep_ahead import EXTEND_HISTORY, SWEEP_TILES
from spatial_admin.services.database.prune_rows import PRUNE_DRAFTS, PRUNE_JOBS, PRUNE_STAGED_ROWS, PRUNE_TOKENS
from spatial_admin.services.database.rebuild_indexes import DROP_LEFT_INDEXES, REBUILD_INDEXES
from spatial_admin.services.database.vacuum_tables import ANALYZE_TABLES, VACUUM_TABLES
from spatial_admin.services.exporting.queue_export import PRUNE_EXPORTS
from spatial_admin.services.jobs.chore import Chore, Step
from spatial_admin.services.shared.watch_edit import Watch, unwatched
from spatial_admin.settings import Settings
from spatial_admin.transaction import short

logger = logging.getLogger(__name__)

KIND: Final = "maintain_database"
# In this order: rows go before the tables are vacuumed. Whoever has another chore adds it here.
CHORES: Final[tuple[Chore, ...]] = (
    DROP_LEFT_INDEXES, EXTEND_HISTORY, SWEEP_TILES, PRUNE_JOBS, PRUNE_TOKENS, PRUNE_STAGED_ROWS, PRUNE_DRAFTS,
    PRUNE_EXPORTS, VACUUM_TABLES, REBUILD_INDEXES, ANALYZE_TABLES,
)  # fmt: skip
# Held by the session as long as it lives; the owner's connection is never a pooler's (owner_connection).
ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_lock(7263544603)"
WHO: Final = f"""
SELECT a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM pg_stat_activity AS a
WHERE a.application_name = '{NAME}' AND a.pid <> pg_backend_pid() AND a.datname = current_database()
"""


@dataclass(slots=True)
class StepDone:
    """A step: what it is about, what came of it ("" where it was only looked for), how long it took."""

    about: str
    outcome: str = ""
    seconds: float = 0.0
    is_good: bool = True


@dataclass(slots=True)
class ChoreDone:
    """A chore and its steps; `left_out` says why none was done."""

    name: str
    sentence: str
    steps: list[StepDone] = field(default_factory=list)
    left_out: str = ""


@dataclass(slots=True)
class Maintenance:
    """What a run did, or, as a rehearsal, would do."""

    chores: list[ChoreDone]
    is_rehearsal: bool

    def as_json(self) -> Json:
        """For the row of a job."""
        return asdict(self)


def maintain_database(
    settings: Settings, watch: Watch = unwatched, *, rehearse: bool = False, chores: Sequence[Chore] = CHORES
) -> Maintenance:
    """Look for what there is to do and do it, or with `rehearse` only look.

    Edits go on: no lock is taken that stops a reader or a writer of rows. What `watch` raises ends the run at once; a
    step that fails is told and the next is done. Raises MaintenanceRunning.
    """
    with owner_connection(settings.database_owner_url) as owner:
        if not (rehearse or owner.obstacle or owner.read(ONE_AT_A_TIME)[0][0]):
            raise MaintenanceRunning(f"The database is being maintained already{_by(owner)}.")
        found = [(chore, list(chore.find(owner, settings.upkeep))) for chore in chores]
        told = [ChoreDone(chore.name, chore.sentence) for chore, _ in found]
        run = _Run(owner, watch, sum(len(steps) for _, steps in found))
        for (_, steps), chore in zip(found, told, strict=True):
            if rehearse or (owner.obstacle and steps):
                chore.steps = [StepDone(step.about) for step in steps]
                chore.left_out = owner.obstacle
            else:
                chore.steps = [run.do(chore.name, step) for step in steps]
    return Maintenance(told, rehearse)


def note_run(maintenance: Maintenance, begun_at: datetime) -> None:
    """Keep a run of the command line beside those of the worker."""
    with short() as session:
        now, steps = datetime.now(UTC), sum(len(chore.steps) for chore in maintenance.chores)
        session.add(
            JobRun(
                kind=KIND, state="done", unit="steps", done=steps, total=steps, started_at=begun_at, ended_at=now,
                attempts=1, result=maintenance.as_json(),
            )
        )  # fmt: skip


@dataclass(slots=True)
class _Run:
    owner: OwnerConnection
    watch: Watch
    total: int
    done: int = 0

    def do(self, name: str, step: Step) -> StepDone:
        """Do a step; one that fails for a reason of its own is told, and does not keep the others from being done."""

        def look() -> None:
            self.watch(f"{name}: {step.about}", self.done, self.total)

        look()
        begun = time.monotonic()
        is_good = True
        try:
            outcome = step.run(look)
        except DBAPIError as error:
            if is_connection_loss(error):
                raise
            logger.warning("Maintenance, %s, %s: %s", name, step.about, error.orig)
            outcome, is_good = f"failed: {str(error.orig).strip()}", False
        self.done += 1
        return StepDone(step.about, outcome, round(time.monotonic() - begun, 3), is_good)


def _by(owner: OwnerConnection) -> str:
    rows = owner.read(WHO)
    return f", since {rows[0][1]} UTC by process {rows[0][0]} of the database" if rows else ""
