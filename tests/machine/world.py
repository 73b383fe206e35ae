"""A database, the service over it, and the same parcels in memory: every edit is made in both, and compared."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine

from spatial_admin.cadastre.coverage import Parcel
from spatial_admin.cadastre.operations.revert import Revert
from spatial_admin.cadastre.precision import Box, box_around
from spatial_admin.errors import (
    BadRequest,
    EditRejected,
    InvalidOperation,
    KeyReused,
    LimitExceeded,
    SpatialAdminError,
    UnknownPoint,
    VersionConflict,
    VersionRequired,
)
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import EditRequest, parse_edit_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from tests.cadastre.fabric import rings_of
from tests.machine.books import images, marks, wrong_in_books, wrong_in_findings
from tests.machine.coverage_checks import LEVEL, Around, check_coverage
from tests.machine.memory import Foreseen, Memory
from tests.machine.plain_words import check_division, check_undone, check_words
from tests.waiting import PATIENT

REVIEWER = Author(None, "reviewer@example.org", is_reviewer=True)
REFUSALS = (
    BadRequest, EditRejected, InvalidOperation, KeyReused, LimitExceeded, UnknownPoint, VersionConflict, VersionRequired,
)  # fmt: skip
Json = dict[str, Any]


@dataclass(slots=True)
class World:
    """One coverage and all that was done to it."""

    engine: Engine
    memory: Memory
    counts: Counter[str]
    near: Box | None = None
    made: list[int] = field(default_factory=list)
    seen_before: list[dict[str, int]] = field(default_factory=list)
    keys: int = 0

    def ask(self, operations: Sequence[Json], **members: Any) -> Json:
        """The body of an edit under a key of its own; its author saw what is current."""
        self.keys += 1
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, str(self.keys)))
        body = {"key": key, "comment": "", "seen": self.memory.versions(), "operations": list(operations)}
        return {**body, **members}

    def edit(self, body: Json, *, rehearsed: bool = False, repeated: bool = False) -> Json | SpatialAdminError:
        """Make an edit of a body as POST /api/edits takes it; the receipt, or why not."""
        name = (
            "+".join(sorted({step["op"] for step in body["operations"]})) if len(body["operations"]) < 2 else "several"
        )
        try:
            request = parse_edit_request(body, PATIENT)
        except REFUSALS as refusal:
            self.counts[f"{name}: {type(refusal).__name__} of its form"] += 1
            return refusal
        return self.make(name, request, rehearsed=rehearsed, repeated=repeated)

    def make(
        self, name: str, request: EditRequest, *, rehearsed: bool = False, repeated: bool = False
    ) -> Json | SpatialAdminError:
        """Make an edit; compare what memory foresees with a dry run, the edit and the tables."""
        before = dict(self.memory.current)
        foreseen: Any = None
        try:
            foreseen = _outcome(lambda: self.memory.foresee(request))
            with self.engine.connect() as connection:
                marked = marks(connection)
            shown = _outcome(lambda: rehearse_edit(request, REVIEWER, PATIENT)) if rehearsed else None
            if shown is not None:
                self._check_nothing_written(marked, "a dry run")
                if not _is_judgement_of_postgis(shown, foreseen):
                    _check_same("a dry run", shown, foreseen)
            done = _outcome(lambda: edit_boundaries(request, REVIEWER, PATIENT).receipt)
            if _is_judgement_of_postgis(done, foreseen):
                foreseen = done
            _check_same("the edit", done, foreseen)
            self.counts[f"{name}: {type(done).__name__ if isinstance(done, SpatialAdminError) else 'accepted'}"] += 1
            if shown is not None:
                _check_same("an edit after a dry run", done, shown)
            if isinstance(done, SpatialAdminError) or not isinstance(foreseen, Foreseen):
                self._check_nothing_written(marked, "a refused edit")
                return done  # type: ignore[no-any-return]  # a refusal: both are, or neither
            if isinstance(shown, dict):
                _check_shown(shown["receipt"], done)
            self._follow(foreseen, done)
            self._check_made(request, foreseen, done, before)
            if repeated:
                self._repeat(request, done)
        except Exception as error:
            self.counts["failures"] += 1
            around = foreseen.coverage.before if isinstance(foreseen, Foreseen) else before.keys()
            error.add_note(self.as_case(request, {name: parcel for name, parcel in before.items() if name in around}))
            raise
        self.made.append(done["edit_id"])
        self.seen_before.append(self.memory.versions())
        receipt: Json = done
        return receipt

    def check_books(self) -> None:
        """Everything that is kept, from the beginning."""
        with self.engine.connect() as connection:
            wrong = wrong_in_books(connection)
        assert wrong == [], wrong

    def _follow(self, foreseen: Foreseen, receipt: Json) -> None:
        with self.engine.connect() as connection:
            stored = images(connection)
        rows = {name: (key, begin) for name, (_, key, begin) in stored.items()}
        assert {change.parcel_id for change in foreseen.changes} <= rows.keys()
        self.memory.follow(foreseen.changes, rows)
        differing = [name for name, (image, _, _) in stored.items() if self.memory.images.get(name) != image]
        assert differing == [], f"memory and table differ in {differing}"
        assert stored.keys() == self.memory.images.keys()
        told = {(p["parcel_id"], p["version"], p["change"], p["area_m2_before"]) for p in receipt["parcels"]}
        mine = {(c.parcel_id, self.memory.images[c.parcel_id][0], c.change, c.area_before_m2) for c in foreseen.changes}
        assert told == mine, f"the receipt says {told}"
        assert receipt["rebased"] == foreseen.is_rebased

    def _check_made(
        self, request: EditRequest, foreseen: Foreseen, receipt: Json, before: Mapping[str, Parcel]
    ) -> None:
        after = self.memory.current
        regions = [change.region for change in foreseen.changes if change.region]
        if regions:
            self.near = box_around(regions)
            undone = {
                undo.parcel_id: undo.before.shape
                for operation in request.operations
                if isinstance(operation, Revert)
                for undo in operation.undos
                if undo.before is not None and undo.before.level == LEVEL
            }
            around = Around(self.memory.ground, before, after, foreseen.changes, foreseen.verdict.found, undone)
            self.counts[f"areas: {check_coverage(around)}"] += 1
            with self.engine.connect() as connection:
                wrong = list(wrong_in_findings(connection))
            assert wrong == [], wrong
        if len(request.operations) == 1:
            (step,) = request.raw_operations
            given = {
                tuple(one["given"]): tuple(one["stored"]) for one in receipt["points"] if isinstance(one["given"], list)
            }
            check_words(self.memory.ground, step, before, after, given)
            check_division(self.memory.ground, step, before, after)
            operation = request.operations[0]
            if isinstance(operation, Revert):
                check_undone(self.memory.ground, operation, before, after)

    def _repeat(self, request: EditRequest, receipt: Json) -> None:
        with self.engine.connect() as connection:
            marked = marks(connection)
        again = edit_boundaries(request, REVIEWER, PATIENT)
        assert again.is_replayed
        assert again.receipt == receipt
        with suppress(KeyReused):
            edit_boundaries(replace(request, comment="another edit"), REVIEWER, PATIENT)
            raise AssertionError("a key was taken for two edits")
        self._check_nothing_written(marked, "a repetition")

    def _check_nothing_written(self, marked: Mapping[str, Any], what: str) -> None:
        with self.engine.connect() as connection:
            now = marks(connection)
        changed = [table for table in now if now[table] != marked[table]]
        assert changed == [], f"{what} has written into {changed}"

    def as_case(self, request: EditRequest, around: Mapping[str, Parcel]) -> str:
        """The edit and what lies around it, in the form of the shared cases."""
        parcels = {
            name: {
                "parts": rings_of(parcel.shape),
                "level": parcel.level,
                "properties": {key: value for key, value in parcel.properties.items() if value and key != "level"},
            }
            for name, parcel in around.items()
        }
        members = {"srid": self.memory.ground.srid, "parcels": parcels, "operations": request.raw_operations}
        return json.dumps({**members, "seen": dict(request.seen) if len(request.seen) < 20 else "…"})


def _outcome(run: Any) -> Any:
    """What it answers, or the refusal that it raises; any other error is a failure."""
    try:
        return run()
    except REFUSALS as refusal:
        return refusal


def _is_judgement_of_postgis(made: Any, foreseen: Any) -> bool:
    """Is it refused only because the GEOS of PostGIS takes a shape for invalid that ours takes for valid?"""
    return (
        isinstance(foreseen, Foreseen)
        and isinstance(made, EditRejected)
        and {violation.rule for violation in made.violations} == {"invalid_geometry"}
    )


def _check_same(what: str, made: Any, foreseen: Any) -> None:
    is_refused = isinstance(made, SpatialAdminError), isinstance(foreseen, SpatialAdminError)
    if not any(is_refused):
        return
    if isinstance(made, VersionConflict) and isinstance(foreseen, UnknownPoint | InvalidOperation | EditRejected):
        return  # the fact to tell is that a colleague was faster
    assert all(is_refused), f"{what}: {made!r}; foreseen was {foreseen!r}"
    assert type(made) is type(foreseen), f"{what}: {made!r}; foreseen was {foreseen!r}"
    if isinstance(made, EditRejected):
        assert _rules(made) == _rules(foreseen), f"{what}: {made!r}; foreseen was {foreseen!r}"
    if isinstance(made, VersionConflict):
        assert {(s.parcel_id, s.can_rebase) for s in made.stale} == {
            (s.parcel_id, s.can_rebase) for s in foreseen.stale
        }


def _rules(refusal: EditRejected) -> set[tuple[str, tuple[str, ...]]]:
    return {(violation.rule, violation.parcels) for violation in refusal.violations}


def _check_shown(shown: Json, made: Json) -> None:
    for name in ("parcels", "points", "rebased"):
        assert shown[name] == made[name], f"a dry run showed {shown[name]}, the edit made {made[name]}"
