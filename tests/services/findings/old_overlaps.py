"""Parcels of a real file that overlap others since its import, and what is tried with each of them.

All is tried as a dry run: it is the very edit, the database's own check included, and the next begins from the import.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np
import shapely
from shapely.strtree import STRtree
from sqlalchemy import Connection, text

from spatial_admin.cadastre.coverage import Shape, shape_box
from spatial_admin.cadastre.overlap import TOLERANCE_M2
from spatial_admin.cadastre.precision import Frame, Ground, Point
from spatial_admin.cadastre.shapes import polygons_of, shape_of_wkb
from spatial_admin.errors import EditRejected, InvalidOperation, SpatialAdminError
from spatial_admin.services.editing.edit_boundaries import Author
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.settings import Limits

Item = TypeVar("Item")
SOMEBODY: Final = Author(None, "somebody@example.org")
CURRENT: Final = text("SELECT parcel_id, version, ST_AsBinary(geom, 'NDR') AS wkb FROM parcel ORDER BY id")
FINDINGS: Final = text(
    "SELECT f.rule, array_agg(p.parcel_id ORDER BY p.parcel_id) AS parcels FROM finding AS f "
    "JOIN parcel AS p ON p.id = ANY (f.parcels) WHERE f.rule IN ('overlap', 'stack') GROUP BY f.id, f.rule"
)
FAR_M: Final = 0.5
STEP_M: Final = 0.05
DEEPER_M: Final = (0.3, 1.0, 3.0)
GROWN_M2: Final = 0.05  # tolerance is 0.01; what is tried grows by clearly more
DIRECTIONS_DEG: Final = (None, 0, 90, 45, 135, 20, 70, 110, 160)


@dataclass(frozen=True, slots=True)
class Lot:
    """A parcel as imported."""

    name: str
    version: int
    shape: Shape
    polygons: shapely.MultiPolygon


@dataclass(slots=True)
class Town:
    """All parcels, who has which point, and who overlaps whom."""

    ground: Ground
    lots: dict[str, Lot]
    partners: dict[str, set[str]]  # by parcel that overlaps: those with which
    stacks: dict[str, set[str]]  # by parcel of a stack: the others of it
    owners: dict[Point, set[str]] = field(default_factory=dict)
    tree: STRtree = field(init=False)

    def __post_init__(self) -> None:
        for name, lot in self.lots.items():
            for point in points_of(lot.shape):
                self.owners.setdefault(point, set()).add(name)
        self.tree = STRtree([lot.polygons for lot in self.lots.values()])

    @classmethod
    def as_imported(cls, ground: Ground, connection: Connection) -> Town:
        """As the database has it."""
        shapes = {row.parcel_id: (row.version, shape_of_wkb(bytes(row.wkb))) for row in connection.execute(CURRENT)}
        lots = {name: Lot(name, version, shape, polygons_of(shape)) for name, (version, shape) in shapes.items()}
        partners: dict[str, set[str]] = {}
        stacks: dict[str, set[str]] = {}
        for rule, names in connection.execute(FINDINGS):
            for name in names:
                (stacks if rule == "stack" else partners).setdefault(name, set()).update(set(names) - {name})
        return cls(ground, lots, partners, stacks)

    def overlapped_by(self, name: str) -> set[str]:
        """Those that a parcel overlaps."""
        return self.partners.get(name, set()) | self.stacks.get(name, set())

    def near(self, name: str) -> list[str]:
        """Those whose envelope meets a parcel's."""
        names = list(self.lots)
        return [names[i] for i in self.tree.query(self.lots[name].polygons).tolist() if names[i] != name]

    def frame(self, name: str) -> Frame:
        """Metres around a parcel."""
        return self.ground.frame_of(shape_box(self.lots[name].shape))


def rehearse(town: Town, name: str, operations: list[dict[str, Any]]) -> SpatialAdminError | dict[str, Shape]:
    """Try an edit of somebody who saw a parcel and all around it: what would change, or what refuses it."""
    named = {name, *town.near(name)} | {other for step in operations for other in step.get("parcels", ())}
    named |= {owner for step in operations if "at" in step for owner in town.owners[tuple(step["at"])]}
    seen = {one: town.lots[one].version for one in named}
    body = {"key": str(uuid.uuid4()), "seen": seen, "operations": operations}
    try:
        shown = rehearse_edit(parse_edit_request(body, Limits()), SOMEBODY)["coverage"]
    except (EditRejected, InvalidOperation) as refusal:
        return refusal
    points = np.array([point[:2] for point in shown["points"]])
    return {
        p["parcel_id"]: tuple(tuple(points[ring] for ring in part) for part in p["parts"]) for p in shown["parcels"]
    }


def renumbering(town: Town, name: str) -> Iterator[list[dict[str, Any]]]:
    """Another number."""
    yield [{"op": "update", "parcel_id": name, "properties": {"number": "7/3 bis"}}]


def moves_of_a_far_corner(town: Town, name: str) -> Iterator[list[dict[str, Any]]]:
    """Of every corner at which nobody's segments come near an old overlap, some way in eight directions.

    Where all overlaps are with those of its stack, any corner will do: they move together.
    """
    frame = town.frame(name)
    for point in points_of(town.lots[name].shape):
        if not _is_far(town, frame, point):
            continue
        for turn in range(8):
            angle = turn * math.pi / 4
            there = frame.to_metres(np.array([point]))[0] + STEP_M * np.array([math.cos(angle), math.sin(angle)])
            yield [{"op": "move_point", "at": list(point), "to": frame.to_storage(there[None])[0].tolist()}]


def _is_far(town: Town, frame: Frame, point: Point) -> bool:
    """Do all segments that end at a point stay clear of every overlap of those who have it?"""
    owners = town.owners[point]
    segments = [line for name in owners for line in _segments_at(town.lots[name].shape, point)]
    star = shapely.MultiLineString([frame.to_metres(np.array(line)) for line in segments])
    for name in owners:
        for other in town.overlapped_by(name) - (owners & town.stacks.get(name, set())):
            common = shapely.intersection(town.lots[name].polygons, town.lots[other].polygons)
            if shapely.distance(shapely.transform(common, frame.to_metres), star) < FAR_M:
                return False
    return True


def splits(town: Town, name: str) -> Iterator[list[dict[str, Any]]]:
    """Into two equal parts, one way or another."""
    for direction in DIRECTIONS_DEG:
        turned = {} if direction is None else {"direction_deg": direction}
        yield [{"op": "split", "parcel_id": name, "equal_parts": 2, **turned}]


def merges(town: Town, name: str) -> Iterator[list[dict[str, Any]]]:
    """With a neighbour along a common boundary with whom it has no overlap."""
    for other in town.near(name):
        if other not in town.overlapped_by(name) and _share_a_segment(town, name, other):
            yield [{"op": "merge", "parcels": [name, other], "into": name}]


def _share_a_segment(town: Town, name: str, other: str) -> bool:
    own, theirs = (
        {frozenset(ends) for part in town.lots[one].shape for ring in part for ends in segments_of(ring)}
        for one in (name, other)
    )
    return not own.isdisjoint(theirs)


def growths(town: Town, name: str) -> Iterator[list[dict[str, Any]]]:
    """The same land once more; and moves of its corners, at an overlap, further into the one that it overlaps, each of
    which makes that overlap grow.
    """
    rings = [[ring.tolist() for ring in part] for part in town.lots[name].shape]
    yield [{"op": "draw", "parcel_id": f"{name} again", "kind": "lot", "rings": rings}]
    frame = town.frame(name)
    own = town.lots[name].polygons
    for other in sorted(town.partners.get(name, ())):
        theirs = town.lots[other].polygons
        rest = shapely.difference(theirs, own)
        if shapely.area(rest) == 0:
            continue
        common = shapely.transform(shapely.intersection(own, theirs), frame.to_metres)
        goals = [frame.to_metres(np.array(piece.point_on_surface().coords))[0] for piece in shapely.get_parts(rest)]
        for point in points_of(town.lots[name].shape):
            here = frame.to_metres(np.array([point]))[0]
            if shapely.distance(common, shapely.Point(here)) > FAR_M:
                continue
            for goal in goals:
                yield from _deeper(town, (name, other), point, (here, goal))


def _deeper(town: Town, pair: tuple[str, str], point: Point, way: tuple[Any, Any]) -> Iterator[list[dict[str, Any]]]:
    frame, (here, goal) = town.frame(pair[0]), way
    far = float(np.hypot(*(goal - here)))
    for metres in DEEPER_M:
        there = here + (goal - here) * min(1.0, metres / max(far, 1e-6))
        to = town.ground.snapped(tuple(frame.to_storage(there[None])[0].tolist()))
        if to not in town.owners and _grows(town, pair, point, to):
            yield [{"op": "move_point", "at": list(point), "to": list(to)}]


def _grows(town: Town, pair: tuple[str, str], point: Point, to: Point) -> bool:
    """Would the overlap of two grow, and both be valid, if a point went to another place?"""
    frame = town.frame(pair[0])
    before, after = [], []
    for name in pair:
        shape = town.lots[name].shape
        moved = tuple(
            tuple(np.where((ring == point).all(axis=1)[:, None], to, ring) for ring in part) for part in shape
        )
        before.append(polygons_of(shape, frame))
        after.append(polygons_of(moved, frame))
    if not all(shapely.is_valid(after)):
        return False
    was, now = (float(shapely.area(shapely.intersection(a, b))) for a, b in (before, after))
    return now - was > GROWN_M2


def overlaps_that_grew(town: Town, changed: dict[str, Shape]) -> list[tuple[str, str]]:
    """Pairs that overlap by more than before, judged by shapely on what an edit would leave; what was stacked and still
    is has moved together, and is as many times on its land as it was.
    """
    grown = []
    shapes = {name: lot.shape for name, lot in town.lots.items()}
    for name in changed:
        if name not in town.lots:
            grown.append((name, "what is there"))
            continue
        frame = town.frame(name)
        for other in town.near(name):
            if other in town.stacks.get(name, ()) and _is_one(changed, name, other):
                continue
            was, now = (
                float(
                    shapely.area(
                        shapely.intersection(polygons_of(state[name], frame), polygons_of(state[other], frame))
                    )
                )
                for state in (shapes, {**shapes, **changed})
            )
            if now - was > TOLERANCE_M2:
                grown.append((name, other))
    return grown


def _is_one(changed: dict[str, Shape], name: str, other: str) -> bool:
    return name in changed and other in changed and polygons_of(changed[name]).equals(polygons_of(changed[other]))


def points_of(shape: Shape) -> list[Point]:
    """Every point of a shape, once, in the order of its rings."""
    return list(dict.fromkeys((x, y) for part in shape for ring in part for x, y in ring.tolist()))


def segments_of(ring: np.ndarray[Any, Any]) -> list[tuple[Point, Point]]:
    """Every segment of a ring."""
    points = [(x, y) for x, y in ring.tolist()]
    return list(zip(points, points[1:] + points[:1], strict=True))


def _segments_at(shape: Shape, point: Point) -> list[tuple[Point, Point]]:
    return [ends for part in shape for ring in part for ends in segments_of(ring) if point in ends]


def sample(names: Sequence[Item], count: int) -> list[Item]:
    """So many of them, evenly spread, the same every time."""
    return [names[index * len(names) // count] for index in range(min(count, len(names)))]
