"""The finding of a gap goes with its land: whoever comes to it by a split, a merge or a side that moved, it stays one.

Without this the same land would have a second finding, and what was accepted, given to somebody and noted would stay
with the first until a scan closed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.gap_succession import (
    COVERED,
    covered_share,
    gap_area_m2,
    is_same_land,
    left_open,
    successors_of_gap,
)
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.rules import fingerprint
from spatial_admin.cadastre.shapes import polygons_in, polygons_of
from spatial_admin.cadastre.validity import Found, Verdict
from spatial_admin.errors import Json
from spatial_admin.services.findings.record_findings import Recorded, note
from spatial_admin.services.shared.run_sql import Execute

# A read, and only where parcels began or ended or the edit opened or filled a gap: by the index of parcels, so that it
# meets no finding of others.
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
class _Land:
    """Open land that is one gap: the findings of it (rows of BESIDE), and what the edit finds there."""

    rows: list[Any]
    place: shapely.Geometry
    found: list[Found] = field(default_factory=list)


@dataclass(slots=True)
class _Gap:
    """A gap as it is after the edit: its parcels, its land, and the findings that it comes from."""

    parcels: tuple[int, ...]
    places: list[shapely.Geometry] = field(default_factory=list)
    sources: list[Any] = field(default_factory=list)  # rows of BESIDE
    reason: str | None = None  # why its reviewer accepts it with the edit

    @property
    def fingerprint(self) -> str:
        return fingerprint("gap", self.parcels)

    @property
    def standing(self) -> Json:
        """How it stands: as an open finding before an accepted one, for its land nobody accepted."""
        if self.reason is not None:
            accepted = {"status": "accepted", "reason": self.reason, "record_id": None, "accepted_until": None}
            return {**self._of_sources(), **accepted}
        return self._of_sources()

    def _of_sources(self) -> Json:
        row = min(self.sources, key=lambda row: (row.status == "accepted", row.id))
        return {name: getattr(row, name) for name in STANDING}


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the findings of gaps; `carried` of what the edit found is land of theirs, and no news."""

    recorded: Recorded
    carried: Sequence[Found] = ()


def follow_gaps(
    execute: Execute,
    edit_id: int,
    coverage: Coverage,
    changes: Sequence[ParcelChange],
    keys: Mapping[str, int],
    verdict: Verdict,
) -> Followed:
    """Give the findings of gaps the parcels that come to their land now: where parcels beside it began or ended, and
    where the edit opened or filled some of it.

    `keys` maps parcel ids to internal ids; what the verdict closes anyway is left to it. A finding whose land
    came to lie between several sets of parcels goes on with the piece that has its parcels still, else the largest; the
    others begin as it stands. Of two that become one, one goes on, accepted only if both were; the other is fixed.
    """
    moved = {keys[change.parcel_id]: change for change in changes if change.region is not None}
    found = [one for one in verdict.found if one.rule == "gap"]
    filled = [names for rule, names in verdict.gone if rule == "gap"]
    if not (found or filled) and all(change.change in ("geometry", "noded") for change in moved.values()):
        return Followed(Recorded([], []))
    closed = {fingerprint("gap", [keys[name] for name in names]) for names in filled}
    ids = {*moved, *(keys[name] for names in [*filled, *(one.parcels for one in found)] for name in names)}
    rows = [row for row in execute(BESIDE, {"ids": sorted(ids)}) if row.fingerprint not in closed]
    around = _Around(coverage, moved, keys)
    gaps: dict[tuple[int, ...], _Gap] = {}
    ended: set[int] = set()
    carried: list[Found] = []
    for land in _lands(rows, found, keys):
        pieces = around.pieces_of(land)
        if not pieces and not around.is_filled(land):
            continue  # for the rule to judge
        if land.found or [parcels for parcels, _ in pieces] != [tuple(row.parcels) for row in land.rows]:
            ended.update(row.id for row in land.rows)  # unless it goes on as one of its pieces
        for parcels, place in pieces:
            gap = gaps.setdefault(parcels, _Gap(parcels))
            gap.places.append(place)
            gap.sources += [row for row in land.rows if is_same_land(_place(row), place)] or land.rows
            its_own = [one for one in land.found if is_same_land(one.place, place)]
            gap.reason = next((one.reason for one in its_own if one.reason is not None), gap.reason)
            carried += [one for one in its_own if one not in carried]
    recorded = _write(execute, edit_id, _placed(execute, gaps.values(), ended), ended, coverage.ground)
    return Followed(recorded, carried)


def _place(row: Any) -> shapely.Geometry:
    return shapely.from_wkb(bytes(row.place))


def _lands(rows: Sequence[Any], found: Sequence[Found], keys: Mapping[str, int]) -> list[_Land]:
    """The land of the findings, joined with what was found on it or between the very same parcels."""
    lands = [_Land([row], _place(row)) for row in rows]
    for one in found:
        names = {keys[name] for name in one.parcels}
        name = fingerprint("gap", sorted(names))
        joined = [
            land
            for land in lands
            if any(row.fingerprint == name for row in land.rows)
            or (any(names & set(row.parcels) for row in land.rows) and is_same_land(land.place, one.place))
        ]
        if joined:
            whole = shapely.union_all([*(land.place for land in joined), one.place])
            together = [row for land in joined for row in land.rows], whole, [o for land in joined for o in land.found]
            lands = [land for land in lands if all(land is not other for other in joined)]
            lands.append(_Land(together[0], together[1], [*together[2], one]))
    return lands


@dataclass(frozen=True, slots=True)
class _Around:
    """Who comes to the land of gaps after the edit."""

    coverage: Coverage
    moved: Mapping[int, ParcelChange]
    keys: Mapping[str, int]

    def pieces_of(self, land: _Land) -> list[tuple[tuple[int, ...], shapely.Geometry]]:
        """The pieces of its land that are gaps still, by the parcels that come to them."""
        beside = self._beside(land)
        # A gap that leads out of what an edit looks at is found in part, between some of its parcels.
        place = left_open(land.place, beside.values()) if land.found else land.place
        pieces: dict[tuple[int, ...], list[shapely.Geometry]] = {}
        for piece in polygons_in(place):
            known = {key for row in land.rows if is_same_land(_place(row), piece) for key in row.parcels}
            known |= {self.keys[name] for one in land.found if is_same_land(one.place, piece) for name in one.parcels}
            unchanged = (known or {key for row in land.rows for key in row.parcels}) - self.moved.keys()
            for parcels, own in successors_of_gap(piece, unchanged, beside, self.coverage.ground).items():
                pieces.setdefault(parcels, []).append(own)
        return [(parcels, shapely.union_all(places)) for parcels, places in pieces.items()]

    def is_filled(self, land: _Land) -> bool:
        """Is nothing of it open any more? Then the rule named it otherwise: somebody came to it since."""
        return covered_share(land.place, self._beside(land).values()) >= COVERED

    def _beside(self, land: _Land) -> dict[int, shapely.Geometry]:
        """The changed parcels that are current and of the level of the gap."""
        around = {key for row in land.rows for key in row.parcels}
        names = [name for name, key in self.keys.items() if key in around]
        levels = {level for name in names for level in self.coverage.levels_of(name)}
        return {
            key: polygons_of(change.shape)
            for key, change in self.moved.items()
            if change.change != "retired" and levels & self.coverage.levels_of(change.parcel_id)
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
    for gap in sorted(changed, key=lambda gap: -sum(float(shapely.area(place)) for place in gap.places)):
        number = own.get(gap.fingerprint, held.get(gap.fingerprint))
        if number is None:
            number = next((row.id for row in gap.sources if row.id not in taken), None)
        if number is not None:
            taken.add(number)
        yield gap, number


def _write(
    execute: Execute, edit_id: int, placed: Iterable[tuple[_Gap, int | None]], ended: AbstractSet[int], ground: Ground
) -> Recorded:
    kept: dict[str, list[int]] = {"changed": [], "reopened": [], "opened": [], "accepted": []}
    for gap, number in placed:
        place = shapely.union_all(gap.places)
        values: Json = {**gap.standing, "fingerprint": gap.fingerprint, "parcels": list(gap.parcels)}
        values |= {"measure": gap_area_m2(place, ground), "place": shapely.to_wkb(place), "srid": ground.srid}
        written = execute(ADD if number is None else MOVE, {**values, "id": number, "edit": edit_id})[0].id
        is_own = any(source.id == written for source in gap.sources)
        kept["opened" if number is None else "changed" if is_own else "reopened"].append(written)
        if gap.reason is not None:
            kept["accepted"].append(written)
    closed = sorted(ended - {*kept["changed"]})
    if closed:
        execute(END, {"ids": closed, "edit": edit_id})
    for what, ids in {**kept, "fixed": closed}.items():
        note(execute, edit_id, what, ids)
    return Recorded(sorted(kept["opened"] + kept["reopened"]), closed)
