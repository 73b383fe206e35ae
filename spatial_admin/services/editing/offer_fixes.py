"""Fixes of a finding, offered: candidates of pure geometry, each tried as a dry run before anybody sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import shapely
from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.cadastre.coverage import Coverage, Parcel
from spatial_admin.cadastre.difference import ParcelChange, differences, tidy
from spatial_admin.cadastre.fixes import FIXABLE, Candidate, Defect, candidates
from spatial_admin.cadastre.fixes.shift import changed_lines, farthest_m
from spatial_admin.cadastre.overlap import TOLERANCE_M2
from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.validity import as_geojson
from spatial_admin.errors import (
    EditRejected,
    InvalidOperation,
    Json,
    LimitExceeded,
    NotFound,
    UnknownPoint,
    VersionConflict,
    VersionRequired,
)
from spatial_admin.services.editing.compute_edit import Computed, compute_unfounded
from spatial_admin.services.editing.edit_boundaries import Author, header_of, write_edit
from spatial_admin.services.editing.parse_edit import EditRequest, operations_of
from spatial_admin.services.findings.load_rules import judging
from spatial_admin.services.parcels.draw_places import places_in_lonlat
from spatial_admin.services.parcels.read_parcels import parcels_by_id, parcels_in_boxes
from spatial_admin.services.shared.name_references import parcels_of
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.settings import Limits, Settings
from spatial_admin.transaction import EditTransaction, rehearse, snapshot

MOST_OFFERED: Final = 3
ONE_CLICK: Final = frozenset({"missing_point", "repeated_point", "sliver"})
"""Rules whose fixes may be saved by one click, where nothing moves by more than the accuracy of the points."""
NEEDS: Final = ("nothing", "reason", "record")
"""What the author of a fix owes: one click is enough; a reason; the record it rests on."""
REFUSALS: Final = (EditRejected, InvalidOperation, UnknownPoint, LimitExceeded, VersionConflict, VersionRequired)
# Of rules that no boundary mends by itself: what a person does about them.
ADVICE: Final = {
    "stack": "No boundary mends it. Retire all but one in the editor; units of one building belong in a level that is "
    "not exclusive; or accept it.",
    "tiny_parcel": "Merge it with a neighbour or retire it in the editor, or accept it.",
    "thin_parcel": "Merge it with a neighbour or retire it in the editor, or accept it.",
    "self_touch": "Move the point apart in the editor, or split the parcel there; or accept it.",
    "legal_area": "Which of the two is wrong, documents say: correct the stated area in the parcel's form, or the "
    "boundary in the editor; or accept it.",
    "duplicate_number": "Give one of them another number, in the editor or in its form; or accept it.",
    "missing_number": "Give it a number, in the editor or in its form; or accept it.",
    "no_zone": "Import the zoning districts that are missing, or accept it.",
    "far_parts": "Split it into a parcel for each part in the editor, or accept it.",
}
FINDING: Final = """
SELECT f.id, f.rule, f.status, f.parcels, f.measure, ST_AsBinary(f.place) AS place FROM finding AS f WHERE f.id = %(id)s
"""
# How large the findings around are, before the dry run writes and after. (A stated area may well be farther off then.)
MEASURES: Final = """
SELECT id, measure FROM finding
WHERE status <> 'fixed' AND rule IN ('overlap', 'sliver', 'gap') AND parcels && %(parcels)s::bigint[]
"""


@dataclass(frozen=True, slots=True)
class _Worked:
    """A candidate that was worked out: its changes, and how far they move the farthest point."""

    candidate: Candidate
    changes: list[ParcelChange]
    farthest_m: float
    looked_at: tuple[str, ...]  # parcels of the finding

    @property
    def seen(self) -> dict[str, int]:
        """Of those of the finding too that stay: where one was changed meanwhile, that is why it cannot be done."""
        before = self.candidate.after.before
        names = {*self.looked_at, *(change.parcel_id for change in self.changes if change.is_operated)}
        return {name: before[name].version for name in sorted(names)}


def offer_fixes(finding_id: int, author: Author) -> Json:
    """`{finding, accuracy_m, fixes, why_none}`: up to three edits ready to be sent, each of which closes the finding
    and opens none; what moves least comes first, none is preselected. Raises NotFound.

    A finding that is fixed has none, nor has one whose rule no geometry mends (a stack): `why_none` says so.
    """
    settings: Settings = current_app.config["SETTINGS"]
    with snapshot() as session:
        row = session.connection().exec_driver_sql(FINDING, {"id": finding_id}).one_or_none()
        if row is None:
            raise NotFound("finding", finding_id)
        names = [name for name, _ in parcels_of(session, row.parcels).values()]
        worked, why_none = _work_out(session, row, sorted(names), settings)
    fixes: list[Json] = []
    for one in sorted(worked, key=lambda work: round(work.farthest_m, 4)):
        fix = _tried(one, row, author, settings)
        if fix is not None and not any(_is_same(fix, other) for other in fixes):
            fixes.append(fix)
        if len(fixes) == MOST_OFFERED:
            break
    if not fixes and why_none is None:
        why_none = (
            "Every way that was tried would open another finding, move a point that others hold, or leave a rest."
        )
    _add_previews(fixes)
    return {
        "finding": {"id": row.id, "rule": row.rule, "status": row.status, "parcels": sorted(names)},
        "accuracy_m": settings.point_accuracy_m,
        "fixes": fixes,
        "why_none": why_none,
    }


def _work_out(session: Session, row: Any, names: Sequence[str], settings: Settings) -> tuple[list[_Worked], str | None]:
    if row.status == "fixed":
        return [], "The finding is fixed."
    if row.rule not in FIXABLE or row.place is None:
        return [], ADVICE.get(
            row.rule, "No operation on boundaries mends this by itself: accept it, or edit the parcels."
        )

    def execute(sql: str, values: Json) -> Sequence[Any]:
        return session.connection().exec_driver_sql(sql, values).all()

    parcels = parcels_by_id(execute, names)
    if {parcel.parcel_id for parcel in parcels} != set(names):
        return [], "A parcel of the finding is retired."
    coverage = Coverage(judging(execute).ground, _reader(execute, settings.limits))
    for parcel in parcels:
        coverage.add(parcel)
    place = shapely.from_wkb(bytes(row.place))
    defect = Defect(row.rule, tuple(names), place, may_halve=settings.halfway_fixes)
    return list(_worked(coverage, defect)), None


def _reader(execute: Execute, limits: Limits) -> Any:
    def read(boxes: Sequence[Box], known: Sequence[int]) -> list[Parcel]:
        parcels = parcels_in_boxes(execute, boxes, known)
        if len(known) + len(parcels) > limits.parcels_around_edit:
            raise LimitExceeded("parcels around one fix", limits.parcels_around_edit, len(known) + len(parcels))
        return parcels

    return read


def _worked(coverage: Coverage, defect: Defect) -> Iterator[_Worked]:
    for candidate in candidates(coverage, defect):
        if not tidy(candidate.after):
            changes = differences(candidate.after)
            if changes:
                yield _Worked(candidate, changes, farthest_m(coverage.ground, changes), defect.parcels)


def _tried(work: _Worked, row: Any, author: Author, settings: Settings) -> Json | None:
    """The fix as it is offered; None where it is refused, opens a finding, makes one worse or leaves its own."""
    comment = f"{work.candidate.title} (finding {row.id})"
    try:
        raw, operations = operations_of(list(work.candidate.operations), settings.limits)
    except LimitExceeded:
        return None
    request = EditRequest(uuid4(), comment, work.seen, operations, raw)

    def look(transaction: EditTransaction) -> Json:
        constants = judging(transaction.execute)
        computed = compute_unfounded(transaction.execute, request, constants, settings.limits)
        keys = sorted(parcel.key for parcel in computed.coverage.before.values())
        before = {one.id: one.measure for one in transaction.execute(MEASURES, {"parcels": keys})}
        done = write_edit(transaction, computed, constants)
        transaction.check_constraints()
        after = {one.id: one.measure for one in transaction.execute(MEASURES, {"parcels": keys})}
        return {"receipt": done.receipt, "worse": _worse(before, after), "same": _is_as_worked_out(computed, work)}

    try:
        shown = rehearse(look, header_of(request, author), statement_timeout_ms=settings.limits.web_timeout_ms)
    except REFUSALS:
        return None
    found = shown["receipt"]["findings"]
    if found["opened"] or shown["worse"] or not shown["same"] or row.id not in found["closed"]:
        return None
    return _described(work, row, request, shown["receipt"], settings)


def _worse(before: dict[int, float | None], after: dict[int, float | None]) -> list[int]:
    return [one for one, was in before.items() if (after.get(one) or 0.0) > (was or 0.0) + TOLERANCE_M2]


def _is_as_worked_out(computed: Computed, work: _Worked) -> bool:
    """Does the edit change what was worked out, and nothing else? What somebody did meanwhile would show here."""
    return [(c.parcel_id, c.region) for c in computed.changes] == [(c.parcel_id, c.region) for c in work.changes]


def _described(work: _Worked, row: Any, request: EditRequest, receipt: Json, settings: Settings) -> Json:
    is_below = work.farthest_m <= settings.point_accuracy_m
    needs = "reason"
    if settings.record_required:
        needs = "record"
    elif is_below and row.rule in ONE_CLICK:
        needs = "nothing"
    come, gone = changed_lines(work.changes)
    return {
        "title": work.candidate.title,
        "needs": needs,
        "farthest_m": round(work.farthest_m, 4),
        "is_below_accuracy": is_below,
        "parcels": receipt["parcels"],
        "numbers": {change.parcel_id: change.properties["number"] for change in work.changes},
        "closes": receipt["findings"]["closed"],
        "comment": request.comment,
        "nature": request.nature,
        "seen": dict(request.seen),
        "operations": request.raw_operations,
        "preview": {"come": as_geojson(come), "gone": as_geojson(gone)},
    }


def _is_same(fix: Json, other: Json) -> bool:
    """Do two come to the same for everybody, but for points on the way?"""
    areas, others = ({p["parcel_id"]: p for p in one["parcels"] if p["change"] != "noded"} for one in (fix, other))
    return areas.keys() == others.keys() and all(
        abs(parcel["area_m2_after"] - others[name]["area_m2_after"]) <= TOLERANCE_M2 for name, parcel in areas.items()
    )


def _add_previews(fixes: Sequence[Json]) -> None:
    """Lines in degrees, all in one question to the database."""
    places = places_in_lonlat([fix["preview"][name] for fix in fixes for name in ("come", "gone")])
    for index, fix in enumerate(fixes):
        fix["preview"] = {"come": places[2 * index], "gone": places[2 * index + 1]}
