"""One operation of each kind, as somebody might ask for it: most are sensible, some are not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.operations.syntax import SYNTAX
from spatial_admin.cadastre.precision import Point
from spatial_admin.cadastre.shapes import polygons_of
from tests.cadastre.fabric import rings_of
from tests.machine.choices import Choices

Proposal = dict[str, Any]
PATCHES: tuple[dict[str, Any], ...] = (
    {"number": "12/3"}, {"number": None}, {"address": "Mill Lane 9"}, {"land_use": "garden", "address": None},
    {"legal_area_m2": 812.5, "legal_area_text": "eight hundred"}, {"legal_area_m2": None}, {"kind": "road"},
    {"attributes": {"owner": {"name": "A", "share": 1}}}, {"attributes": {"owner": {"name": None, "since": [1, True]}}},
    {"attributes": {"owner": None, "x": 1.5}}, {"level": "easements"}, {"level": "parcels"}, {"level": "units", "kind": "unit"},
)  # fmt: skip


def move_point(choose: Choices) -> Proposal:
    """A little way, onto another point, or onto a segment; alone, or with what lies near or on its lines."""
    at = choose.point()
    to = choose.of((_shifted, _shifted, _another_point, _onto_a_segment))(choose, at)
    step: Proposal = {"op": "move_point", "at": list(at), "to": list(to)}
    if "carry_line_points" in SYNTAX["move_point"].optional and choose.one_in(4):
        step["carry_line_points"] = True
    if "join_within_m" in SYNTAX["move_point"].optional and choose.one_in(5):
        step["join_within_m"] = choose.of((0.01, 0.3, 1.0))
    return step


def _shifted(choose: Choices, at: Point) -> Point:
    return choose.shifted(at)


def _another_point(choose: Choices, _: Point) -> Point:
    return choose.point()


def _onto_a_segment(choose: Choices, _: Point) -> Point:
    return choose.on_segment(*choose.segment(), choose.of((0.0, 0.0, 0.004, 0.015)))


def insert_point(choose: Choices) -> Proposal:
    """On a segment, or beside it."""
    a, b = choose.segment()
    at = choose.on_segment(a, b, choose.of((0.0, 0.0, 0.005, 0.3, -1.5, 5.0)))
    return {"op": "insert_point", "between": [list(a), list(b)], "at": list(at)}


def remove_point(choose: Choices) -> Proposal:
    """Any point."""
    return {"op": "remove_point", "at": list(choose.point())}


def replace_boundary(choose: Choices) -> Proposal:
    """The way between two points of a ring, over others."""
    name = choose.parcel()
    ring = choose.ring(name)
    start, steps = choose.number(0, len(ring) - 1), choose.number(1, min(4, len(ring) - 1))
    ends = [tuple(ring[start].tolist()), tuple(ring[(start + steps) % len(ring)].tolist())]
    via = [
        choose.on_segment(ends[0], ends[1], choose.of((0.0, 0.1, -0.4, 1.5, -3.0))) for _ in range(choose.number(0, 2))
    ]
    step: Proposal = {"op": "replace_boundary", "from": list(ends[0]), "to": list(ends[1]), "via": [*map(list, via)]}
    if choose.one_in(2):
        step["parcels"] = [name]
    return step


def update(choose: Choices) -> Proposal:
    """Some properties."""
    if choose.one_in(8):
        return {"op": "update", "parcel_id": choose.parcel(), "properties": {"part_of": choose.parcel()}}
    return {"op": "update", "parcel_id": choose.parcel(), "properties": choose.of(PATCHES)}


def retire(choose: Choices) -> Proposal:
    """Any parcel."""
    return {"op": "retire", "parcel_id": choose.parcel()}


def restore(choose: Choices) -> Proposal:
    """A version that was: of a retired parcel where there is one, else of any."""
    current, retired = choose.memory.current, list(choose.memory.retired)
    name = choose.of(retired) if retired and not (current and choose.one_in(4)) else choose.parcel()
    latest = choose.memory.images[name][0]
    return {"op": "restore", "parcel_id": name, "version": choose.number(max(1, latest - 3), latest)}


def merge(choose: Choices) -> Proposal:
    """A parcel and some that share a point with it; now and then one that does not."""
    name = choose.parcel()
    neighbours = [other for other in _touching(choose, name) if other != name]
    parcels = [name]
    for _ in range(choose.number(1, 2)):
        other = choose.of(neighbours) if neighbours and not choose.one_in(8) else choose.parcel()
        parcels += [other] if other not in parcels else []
    return {"op": "merge", "parcels": parcels, "into": choose.of([*parcels, f"m{choose.count}"])}


def split(choose: Choices) -> Proposal:
    """By a line from side to side, by area, or into equal parts."""
    name = choose.parcel()
    step: Proposal = {"op": "split", "parcel_id": name}
    way = choose.number(1, 4)
    if way == 1:
        whole = choose.memory.current[name].area_m2
        step |= {"area_m2": whole * choose.number(1, 9) / 10, "direction_deg": choose.number(0, 359)}
    elif way == 2:
        step |= {"equal_parts": choose.number(2, 4)} | (
            {"direction_deg": choose.number(0, 359)} if choose.one_in(2) else {}
        )
    else:
        step["line"] = _line_across(choose, name)
    if choose.one_in(2):
        step["into"] = [None, f"s{choose.count}"] if choose.one_in(2) else [f"s{choose.count}", f"t{choose.count}"]
    return step


def _line_across(choose: Choices, name: str) -> list[list[float]]:
    ends = [choose.on_segment(*choose.segment(name), choose.of((0.0, 0.0, 0.5, -0.5))) for _ in range(2)]
    if choose.one_in(4):
        ends[0] = choose.point(name)
    if choose.one_in(3):
        ends.insert(1, choose.shifted(((ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2)))
    return [list(end) for end in ends]


def draw(choose: Choices) -> Proposal:
    """A rectangle somewhere, what a retired parcel had, or a piece of what somebody has."""
    step: Proposal = {"op": "draw", "kind": "lot", "rings": [_rectangle(choose)]}
    shape = choose.retired_shape()
    if shape is not None and choose.one_in(2):
        step["rings"] = rings_of(shape)
    elif choose.one_in(4):
        ring = choose.ring()
        step["rings"] = [
            [list(map(float, ring[i])) for i in sorted({choose.number(0, len(ring) - 1) for _ in range(5)})]
        ]
    if choose.one_in(2):
        step["fill"] = True
    if choose.one_in(4):
        step["parcel_id"] = choose.of((f"d{choose.count}", choose.parcel()))
    if choose.one_in(6):
        step["level"] = choose.of(("easements", "units"))
    return step


def _rectangle(choose: Choices) -> list[list[float]]:
    corner = choose.shifted(choose.point())
    width, height, turn = choose.of((0.3, 3.0, 14.0)), choose.of((0.3, 3.0, 14.0)), math.radians(choose.number(0, 359))
    frame = choose.memory.ground.frame_at(corner)
    sides = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    turned = sides @ np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return [[float(x), float(y)] for x, y in frame.to_storage(turned)]


def _touching(choose: Choices, name: str) -> list[str]:
    own = polygons_of(choose.memory.current[name].shape)
    return [
        other
        for other, parcel in choose.memory.current.items()
        if parcel.level == choose.memory.current[name].level and shapely.intersects(own, polygons_of(parcel.shape))
    ]


PROPOSALS: dict[str, Callable[[Choices], Proposal]] = {
    proposal.__name__: proposal
    for proposal in (
        move_point, insert_point, remove_point, replace_boundary, update, retire, restore, merge, split, draw
    )
    if proposal.__name__ in SYNTAX
}  # fmt: skip
"""Of the operations that the syntax knows."""


def propose(name: str, choose: Choices) -> Proposal:
    """An operation of this name; where every parcel was retired, one that brings a parcel back."""
    return PROPOSALS[name](choose) if choose.memory.current else restore(choose)
