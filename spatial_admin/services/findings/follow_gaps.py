"""The finding of a gap goes with its land: where parcels beside it are split or merged, it is the same finding.

Without this the pieces would have a new finding, and what was accepted, given to somebody and noted would stay behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.gap_succession import successors_of_gap
from spatial_admin.cadastre.rules import fingerprint
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.cadastre.validity import Names
from spatial_admin.errors import Json
from spatial_admin.services.findings.record_findings import Recorded, note
from spatial_admin.services.shared.run_sql import Execute

# A read, and only where parcels began or ended: by the index of parcels, so that it meets no finding of others.
BESIDE: Final = """
SELECT id, fingerprint, parcels, ST_AsBinary(place) AS place, measure, status, severity, reason, record_id,
       accepted_until, assignee_id
FROM finding WHERE rule = 'gap' AND status <> 'fixed' AND parcels && %(ids)s::bigint[] ORDER BY id
"""
HELD: Final = "SELECT id, fingerprint FROM finding WHERE fingerprint = ANY (%(fingerprints)s) AND status = 'fixed'"
MOVE: Final = """
UPDATE finding SET fingerprint = %(fingerprint)s, parcels = %(parcels)s,
  place = ST_GeomFromWKB(%(place)s, %(srid)s), measure = %(measure)s, status = %(status)s, reason = %(reason)s,
  record_id = %(record_id)s, accepted_until = %(accepted_until)s, assignee_id = %(assignee_id)s,
  opened_by = CASE WHEN status = 'fixed' THEN %(edit)s ELSE opened_by END, closed_by = NULL,
  changed_at = clock_timestamp() WHERE id = %(id)s RETURNING id
"""
ADD: Final = """
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, opened_by, status, reason, record_id,
                     accepted_until, assignee_id)
VALUES ('gap', %(fingerprint)s, %(parcels)s, ST_GeomFromWKB(%(place)s, %(srid)s), %(measure)s, %(severity)s, %(edit)s,
        %(status)s, %(reason)s, %(record_id)s, %(accepted_until)s, %(assignee_id)s) RETURNING id
"""
END: Final = """
UPDATE finding SET status = 'fixed', closed_by = %(edit)s, changed_at = clock_timestamp() WHERE id = ANY (%(ids)s)
"""
STANDING: Final = ("severity", "status", "reason", "record_id", "accepted_until", "assignee_id")


@dataclass(slots=True)
class _Gap:
    """A gap as it is after the edit: its parcels, its land, and the findings that it comes from."""

    parcels: tuple[int, ...]
    places: list[shapely.Geometry] = field(default_factory=list)
    measure: float = 0.0
    sources: list[Any] = field(default_factory=list)  # rows of BESIDE

    @property
    def fingerprint(self) -> str:
        return fingerprint("gap", self.parcels)

    @property
    def standing(self) -> Any:
        """The finding that says how it stands: an open one before an accepted one, for its land nobody accepted."""
        return min(self.sources, key=lambda row: (row.status == "accepted", row.id))


def follow_gaps(
    execute: Execute,
    edit_id: int,
    coverage: Coverage,
    changes: Sequence[ParcelChange],
    keys: Mapping[str, int],
    gone: Sequence[tuple[str, Names]],
) -> Recorded:
    """Give the findings of gaps beside parcels that began or ended the parcels that come to their land now.

    `keys` maps parcel ids to internal ids; `gone` is what the edit closes anyway. A finding whose land
    came to lie between several sets of parcels goes on with the piece that has its parcels still, else the largest; the
    others begin as it stands. Of two that become one, one goes on, accepted only if both were; the other is fixed.
    """
    moved = {keys[change.parcel_id]: change for change in changes if change.region is not None}
    if all(change.change in ("geometry", "noded") for change in moved.values()):
        return Recorded([], [])
    closed = {fingerprint(rule, [keys[name] for name in names]) for rule, names in gone}
    rows = [row for row in execute(BESIDE, {"ids": sorted(moved)}) if row.fingerprint not in closed]
    gaps: dict[tuple[int, ...], _Gap] = {}
    ended: set[int] = set()
    for row in rows:
        stored = shapely.from_wkb(bytes(row.place))
        pieces = successors_of_gap(
            stored, set(row.parcels) - moved.keys(), _beside(row, moved, coverage), coverage.ground
        )
        if list(pieces) != [tuple(row.parcels)] and pieces:
            ended.add(row.id)  # unless it goes on as one of its pieces
        whole = float(sum(shapely.area(place) for place in pieces.values()))
        for parcels, place in pieces.items():
            gap = gaps.setdefault(parcels, _Gap(parcels))
            gap.places.append(place)
            gap.measure += (row.measure or 0.0) * float(shapely.area(place)) / whole
            gap.sources.append(row)
    return _write(execute, edit_id, _placed(execute, gaps.values(), ended), ended, coverage.ground.srid)


def _beside(row: Any, moved: Mapping[int, ParcelChange], coverage: Coverage) -> dict[int, shapely.Geometry]:
    """The changed parcels that are current and of the level of the gap."""
    levels = {level for key in row.parcels if key in moved for level in coverage.levels_of(moved[key].parcel_id)}
    return {
        key: polygons_of(change.shape)
        for key, change in moved.items()
        if change.change != "retired" and levels & coverage.levels_of(change.parcel_id)
    }


def _placed(execute: Execute, gaps: Iterable[_Gap], ended: AbstractSet[int]) -> Iterator[tuple[_Gap, int | None]]:
    """The gaps that are not as their finding says, and the finding that each goes on as: its own, one that was fixed
    under these parcels before, the one of its land that has no other; else none.
    """
    changed = [gap for gap in gaps if any(row.id in ended for row in gap.sources)]
    if not changed:
        return
    held = {row.fingerprint: row.id for row in execute(HELD, {"fingerprints": [gap.fingerprint for gap in changed]})}
    own = {row.fingerprint: row.id for gap in changed for row in gap.sources}
    taken = {own[gap.fingerprint] for gap in changed if gap.fingerprint in own}
    for gap in sorted(changed, key=lambda gap: -gap.measure):
        number = own.get(gap.fingerprint, held.get(gap.fingerprint))
        if number is None:
            number = next((row.id for row in gap.sources if row.id not in taken), None)
        if number is not None:
            taken.add(number)
        yield gap, number


def _write(
    execute: Execute, edit_id: int, placed: Iterable[tuple[_Gap, int | None]], ended: AbstractSet[int], srid: int
) -> Recorded:
    kept: dict[str, list[int]] = {"changed": [], "reopened": [], "opened": []}
    for gap, number in placed:
        row = gap.standing
        values: Json = {name: getattr(row, name) for name in STANDING}
        values |= {"fingerprint": gap.fingerprint, "parcels": list(gap.parcels), "measure": gap.measure}
        values |= {"place": shapely.to_wkb(shapely.union_all(gap.places)), "srid": srid}
        written = execute(ADD if number is None else MOVE, {**values, "id": number, "edit": edit_id})[0].id
        is_own = any(source.id == written for source in gap.sources)
        kept["opened" if number is None else "changed" if is_own else "reopened"].append(written)
    closed = sorted(ended - {*kept["changed"]})
    if closed:
        execute(END, {"ids": closed, "edit": edit_id})
    for what, ids in {**kept, "fixed": closed}.items():
        note(execute, edit_id, what, ids)
    return Recorded(sorted(kept["opened"] + kept["reopened"]), closed)
