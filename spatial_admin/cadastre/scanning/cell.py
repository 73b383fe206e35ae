"""Everything the rules say of one cell of a coverage, from the parcels that meet it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.legal_area import is_off
from spatial_admin.cadastre.precision import Box, Ground
from spatial_admin.cadastre.ring_table import RingTable, table_of_geometries
from spatial_admin.cadastre.rules import RuleBook, fingerprint
from spatial_admin.cadastre.scanning.common_places import common_places
from spatial_admin.cadastre.scanning.gaps import find_gaps
from spatial_admin.cadastre.scanning.missing_points import missing_points
from spatial_admin.cadastre.scanning.parcels import Defect, Geometries, Load, Parcels, first_point, holds
from spatial_admin.cadastre.scanning.suspects import Suspects, find_suspects
from spatial_admin.cadastre.shape_rules import Flaw, composed_flaws, outline_flaws

MARGIN_M: Final = 1.0
FAR_NORTH_DEG: Final = 80.0
KNOWN: Final = 0.9  # of a gap's land that must be declared for it to be known
Known = Sequence[shapely.Geometry]


@dataclass(slots=True)
class Cell:
    """One cell under judgement. Each defect is reported by the one cell that holds its first point."""

    box: Box
    ground: Ground  # with the book's gap width and overlap tolerance
    book: RuleBook
    exclusive_levels: frozenset[str]
    load: Load
    known_gaps: Known = ()  # land declared to be open, in storage coordinates
    parcels: Parcels = field(init=False)
    _read: dict[int, int] = field(default_factory=dict)  # versions by id, also of what was read besides

    def __post_init__(self) -> None:
        self.parcels = self.load(self.reach)
        self._note(self.parcels)

    @property
    def reach(self) -> Box:
        """The box in which everything near the cell is known."""
        west, south, east, north = self.box
        # A cell may reach to the pole, where a metre is many degrees; the parcels in it do not.
        north_most = max(abs(south), abs(north))
        scale = self.ground.scale_at(min(north_most, FAR_NORTH_DEG) if self.ground.is_geographic else north_most)
        x, y = (max(MARGIN_M, 2 * self.ground.gap_width_m) / metres for metres in scale)
        return west - x, south - y, east + x, north + y

    def judge(self) -> list[Defect]:
        """All defects whose first point lies in the cell."""
        if not len(self.parcels):
            return []
        table = table_of_geometries(self.parcels.geometries)
        found = [self._defect(flaw) for flaw in self._outlines(table)]
        for level in sorted(self.exclusive_levels):
            of = np.asarray(self.parcels.levels == level)
            if of.any():
                found += self._level(level, of, table)
        return found

    def own(self) -> npt.NDArray[np.int64]:
        """Numbers of the parcels that are the cell's: each parcel is one cell's."""
        west, south = shapely.bounds(self.parcels.geometries)[:, :2].T
        box = self.box
        return np.flatnonzero((west >= box[0]) & (west < box[2]) & (south >= box[1]) & (south < box[3]))

    def _outlines(self, table: RingTable) -> Iterator[Flaw]:
        own = set(self.own().tolist())
        for flaw in outline_flaws(table, self.parcels.areas_m2, self.ground, self.book):
            if holds(self.box, *flaw.point) if flaw.point else flaw.parcels[0] in own:
                yield flaw
        rings = np.bincount(table.owners, minlength=len(self.parcels))
        several = np.array(sorted(own & set(np.flatnonzero(rings > 1).tolist())), dtype=np.int64)
        yield from composed_flaws(several.tolist(), self.parcels.geometries[several], self.ground, self.book)
        if self.book.is_on("legal_area"):
            yield from self._legal_areas(own)

    def _legal_areas(self, own: set[int]) -> Iterator[Flaw]:
        a, b = (self.book.number("legal_area", name) for name in ("a_m2", "b_m"))
        legal = self.parcels.legal_areas_m2
        # Of nearly all it is enough to compare numbers; words are read where these differ.
        differing = np.flatnonzero(np.abs(self.parcels.areas_m2 - legal) > a + b * np.sqrt(legal))
        for number in differing.tolist():
            stated, area = float(self.parcels.legal_areas_m2[number]), float(self.parcels.areas_m2[number])
            if number in own and is_off(area, stated, self.parcels.legal_texts[number], a, b):
                place = shapely.point_on_surface(self.parcels.geometries[number])
                yield Flaw("legal_area", (number,), place, area - stated)

    def _level(self, level: str, of: npt.NDArray[np.bool_], table: RingTable) -> list[Defect]:
        within = max(self.ground.gap_width_m, self.book.number("missing_point", "within_m"))
        suspects = find_suspects(self.parcels.geometries, table, of, self.reach, within, self.ground)
        if not len(suspects.numbers):
            return []
        found = list(self._common(np.flatnonzero(of), suspects))
        if self.book.is_on("missing_point"):
            found += self._missing(np.flatnonzero(of), suspects, table)
        if self.book.is_on("gap"):
            found += self._gaps(level, suspects)
        return found

    def _common(self, members: npt.NDArray[np.int64], suspects: Suspects) -> Iterator[Defect]:
        for rule, parcels, place, area in common_places(
            self.parcels.geometries, members, suspects.numbers, self.ground
        ):
            if self.book.is_on(rule) and holds(self.box, *first_point(place)):
                yield self._defect(Flaw(rule, parcels, place, area))

    def _missing(self, members: npt.NDArray[np.int64], suspects: Suspects, table: RingTable) -> list[Defect]:
        within = self.book.number("missing_point", "within_m")
        tree = shapely.STRtree(self.parcels.geometries[members])
        near = members[np.unique(tree.query(self.parcels.geometries[suspects.numbers])[1])]
        # Of two sides that lie on each other GEOS may name either.
        flaws = missing_points(table, near, near, within, self.ground)
        return [self._defect(flaw) for flaw in flaws if flaw.point and holds(self.box, *flaw.point)]

    def _gaps(self, level: str, suspects: Suspects) -> Iterator[Defect]:
        def near(box: Box) -> tuple[list[int], Geometries]:
            parcels = self.parcels if _within(box, self.reach) else self.load(box)
            parcels = parcels.only(np.asarray(parcels.levels == level))
            self._note(parcels)
            tree = shapely.STRtree(parcels.geometries)
            met = np.sort(tree.query(shapely.box(*box)))
            return parcels.ids[met].tolist(), parcels.geometries[met]

        places: dict[tuple[int, ...], list[shapely.Geometry]] = defaultdict(list)
        for ids, place in find_gaps(suspects.sides, near, self.ground):
            if holds(self.box, *first_point(place)) and not self._is_known(place):
                places[ids].append(place)
        for ids, pieces in sorted(places.items()):
            # Two gaps between the same parcels are one finding with both places.
            place = shapely.union_all(pieces)
            east, north = self.ground.scale_at(shapely.bounds(place)[1])
            yield self._named("gap", ids, place, float(shapely.area(place)) * east * north)

    def _is_known(self, place: shapely.Geometry) -> bool:
        met = [known for known in self.known_gaps if shapely.intersects(known, place)]
        if not met:
            return False
        declared = shapely.area(shapely.intersection(place, shapely.union_all(met)))
        return bool(declared >= KNOWN * shapely.area(place))

    def _note(self, parcels: Parcels) -> None:
        self._read.update(zip(parcels.ids.tolist(), parcels.versions.tolist(), strict=True))

    def _defect(self, flaw: Flaw) -> Defect:
        ids = tuple(sorted(self.parcels.ids[list(flaw.parcels)].tolist()))
        named = self._named(flaw.rule, ids, flaw.place, flaw.measure)
        return replace(named, fingerprint=fingerprint(flaw.rule, ids, flaw.point))

    def _named(self, rule: str, ids: tuple[int, ...], place: shapely.Geometry, measure: float) -> Defect:
        versions = tuple(self._read[name] for name in ids)
        return Defect(rule, fingerprint(rule, ids), ids, versions, place, measure)


def ground_of_book(ground: Ground, book: RuleBook) -> Ground:
    """The ground with the numbers that rules give it."""
    tolerance = book.number("overlap", "tolerance_m2")
    return replace(ground, gap_width_m=book.number("gap", "width_m"), overlap_tolerance_m2=tolerance)


def _within(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]
