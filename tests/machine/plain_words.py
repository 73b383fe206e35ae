"""What an operation does, said in plain words and without the engine: for edits of one operation.

A move is `these doubles become those, everywhere`; a removal takes them out; an update is RFC 7396. Where a boundary
changed, its ring is what these words make of it, but for noding: further points that somebody had (or gave), within the
noding distance of the segment where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely

from spatial_admin.cadastre.coverage import Parcel, Ring, Shape
from spatial_admin.cadastre.operations.revert import Revert
from spatial_admin.cadastre.precision import FloatArray, Ground, Point
from spatial_admin.cadastre.shapes import polygons_of

Parcels = Mapping[str, Parcel]
Given = Mapping[Point, Point]  # points by what they were given as, and where they were stored
SLACK_M = 0.0005  # noding measures in another frame; a carried or dividing point is snapped
DIVIDED_M2 = 0.01


class Differs(AssertionError):
    """An edit did something else than its words say."""


def check_words(ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given) -> None:
    """Raise Differs where parcels are not as the operation says; `before` and `after` are the current ones."""
    words = WORDS.get(step["op"])
    if words is None:
        return
    expected = words(ground, step, before, after, given)
    names = expected.keys() | after.keys()
    # Who has no vertex at a T-junction gets one there before the point moves, or before another is put beside it.
    named = [_point(end) for end in (step.get("at"), *step.get("between", ())) if end is not None] + list(given)
    known: dict[Point, list[Point]] = {point: [point] for point in _points(before)}
    known |= {point: [point, *named] for point in given.values()}
    for name in names:
        if (name in expected) != (name in after):
            raise Differs(f"{step['op']}: {name} is {'gone' if name in expected else 'there'}")
        if after[name].shape is not expected[name]:
            was = before[name].shape if name in before else ()
            _check_shape(ground, name, expected[name], (was, after[name].shape), known)
        if step["op"] not in ("update", "restore", "draw") and after[name].properties != before[name].properties:
            raise Differs(f"{step['op']}: properties of {name} changed")


Words = Callable[[Ground, Mapping[str, Any], Parcels, Parcels, Given], dict[str, Shape]]


def _moved(ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given) -> dict[str, Shape]:
    at, to = _point(step["at"]), given.get(_point(step["to"]), _point(step["to"]))
    places = {old: new for old, new in given.items() if old != _point(step["to"])} | {at: to}
    if step.get("join_within_m"):
        places |= {p: to for p in _points(before) if p != to and _distance_m(ground, at, p) <= step["join_within_m"]}
    return {name: _mapped(parcel.shape, places) for name, parcel in before.items()}


def _removed(
    ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given
) -> dict[str, Shape]:
    at = _point(step["at"])
    return {
        name: _each_ring(parcel.shape, lambda ring: ring[(ring != at).any(axis=1)]) for name, parcel in before.items()
    }


def _inserted(
    ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given
) -> dict[str, Shape]:
    a, b = (_point(end) for end in step["between"])
    new = given[_point(step["at"])]

    def with_it(ring: Ring) -> Ring:
        pairs = {0: (a, b), 1: (b, a)}
        for index in range(len(ring)):
            ends = tuple(ring[index].tolist()), tuple(ring[(index + 1) % len(ring)].tolist())
            if ends in pairs.values():
                return np.insert(ring, index + 1, [new], axis=0)
        return ring

    return {name: _each_ring(parcel.shape, with_it) for name, parcel in before.items()}


def _updated(
    ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given
) -> dict[str, Shape]:
    name, patch = step["parcel_id"], step["properties"]
    wanted = {**before[name].properties, **patch}
    if "attributes" in patch:
        wanted["attributes"] = _patched(before[name].properties["attributes"], patch["attributes"])
    for one, parcel in after.items():
        if dict(parcel.properties) != (wanted if one == name else before[one].properties):
            raise Differs(f"update: {one} has the properties {parcel.properties}")
        if [r.tobytes() for p in parcel.shape for r in p] != [r.tobytes() for p in before[one].shape for r in p]:
            raise Differs(f"update: the geometry of {one} changed")
    return {one: parcel.shape for one, parcel in after.items()}


def _retired(
    ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given
) -> dict[str, Shape]:
    if any(after[name].shape is not before[name].shape for name in after):
        raise Differs("retire: somebody else changed")
    return {name: parcel.shape for name, parcel in before.items() if name != step["parcel_id"]}


def _divided(
    ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given
) -> dict[str, Shape]:
    name = step["parcel_id"]
    pieces = [one for one in after if one not in before] + [name] * (name in after)
    if len(pieces) < 2 or ("equal_parts" in step and len(pieces) != step["equal_parts"]):
        raise Differs(f"split: {name} became {pieces}")
    whole, union = polygons_of(before[name].shape), shapely.union_all([polygons_of(after[one].shape) for one in pieces])
    off = float(shapely.area(shapely.symmetric_difference(whole, union))) * _square_metres(ground, whole)
    areas = sorted(after[one].area_m2 for one in pieces)
    if off > SLACK_M * _length_m(ground, whole) or min(areas) <= 0:
        raise Differs(f"split: the pieces of {name} are off by {off} m2")
    if "area_m2" in step and min(abs(area - step["area_m2"]) for area in areas) > DIVIDED_M2:
        raise Differs(f"split: no piece of {areas} has {step['area_m2']} m2")
    if "equal_parts" in step and areas[-1] - areas[0] > 2 * DIVIDED_M2:
        raise Differs(f"split: the parts have {areas} m2")
    return {one: after[one].shape for one in pieces} | {one: p.shape for one, p in before.items() if one != name}


def _merged(ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels, given: Given) -> dict[str, Shape]:
    parents, child = step["parcels"], step["into"]
    union = shapely.union_all([polygons_of(before[name].shape) for name in parents])
    now = polygons_of(after[child].shape)
    off = float(shapely.area(shapely.symmetric_difference(union, now))) * _square_metres(ground, union)
    if off > DIVIDED_M2 + SLACK_M * _length_m(ground, union):
        raise Differs(f"merge: {child} is off by {off} m2 from what it was merged of")
    rest = {name: parcel.shape for name, parcel in before.items() if name not in parents}
    return rest | {child: after[child].shape}


WORDS: dict[str, Words] = {
    "move_point": _moved, "remove_point": _removed, "insert_point": _inserted, "update": _updated, "retire": _retired,
}  # fmt: skip
DIVISIONS: dict[str, Words] = {"split": _divided, "merge": _merged}
"""Of these the properties are the operation's own matter."""


def check_division(ground: Ground, step: Mapping[str, Any], before: Parcels, after: Parcels) -> None:
    """Raise Differs where the pieces of a split, or what was merged, is not the land that there was."""
    if step["op"] in DIVISIONS:
        expected = DIVISIONS[step["op"]](ground, step, before, after, {})
        if expected.keys() != after.keys():
            raise Differs(f"{step['op']}: {sorted(expected.keys() ^ after.keys())} should not, or should, be there")


def check_undone(ground: Ground, undone: Revert, before: Parcels, after: Parcels) -> None:
    """Raise Differs where a parcel that nobody touched since is not as it was before the edit that is undone."""
    known = {point: [point] for point in _points(before)}
    known |= {point: [point] for undo in undone.undos if undo.before for point in _points({"": undo.before})}
    for undo in undone.undos:
        name, now = undo.parcel_id, before.get(undo.parcel_id)
        if (now is None) != (undo.change == "retired") or (now is not None and now.version != undo.after.version):
            continue
        if undo.before is None:
            if name in after:
                raise Differs(f"revert: {name} was born by the edit and is still there")
            continue
        if name not in after or dict(after[name].properties) != dict(undo.before.properties):
            raise Differs(f"revert: {name} has not what it had")
        _check_shape(ground, name, undo.before.shape, (undo.before.shape, after[name].shape), known)


def _check_shape(
    ground: Ground, name: str, expected: Shape, states: tuple[Shape, Shape], known: Mapping[Point, list[Point]]
) -> None:
    """`known` are the points that a ring may gain, each with the places one of which must lie on its segments."""
    was, now = states
    if [len(part) for part in expected] != [len(part) for part in now]:
        raise Differs(f"{name} has other parts or rings than it should")
    segments = [ends for shape in (was, expected) for part in shape for ring in part for ends in _segments(ring)]
    for wanted_part, part in zip(expected, now, strict=True):
        for wanted, ring in zip(wanted_part, part, strict=True):
            rest = _beyond(_without_repeats(wanted), ring, name)
            for point in rest:
                if not any(_is_near(ground, place, segments) for place in known.get(point, ())):
                    raise Differs(
                        f"{name} has gained {point!r}, which nobody had or which lies on none of its segments"
                    )


def _beyond(wanted: Ring, ring: Ring, name: str) -> list[Point]:
    """The points of a ring that are not among those wanted; these must come in their order, from one of them round."""
    first = tuple(wanted[0].tolist())
    points = [tuple(point) for point in ring.tolist()]
    for start in (index for index, point in enumerate(points) if point == first):
        turned = points[start:] + points[:start]
        rest, index = [], 0
        for point in turned:
            if index < len(wanted) and point == tuple(wanted[index].tolist()):
                index += 1
            else:
                rest.append(point)
        if index == len(wanted):
            return rest
    raise Differs(f"{name} should have the points {wanted.tolist()} and has {points}")


def _without_repeats(ring: Ring) -> Ring:
    return ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)]  # type: ignore[no-any-return]  # shapely and Hypothesis are typed loosely here


def _mapped(shape: Shape, places: Mapping[Point, Point]) -> Shape:
    return _each_ring(shape, lambda ring: np.array([places.get(_point(p), _point(p)) for p in ring.tolist()]))


def _each_ring(shape: Shape, change: Callable[[Ring], Ring]) -> Shape:
    rings = tuple(tuple(change(ring) for ring in part) for part in shape)
    same = all(a.tobytes() == b.tobytes() for p, q in zip(shape, rings, strict=True) for a, b in zip(p, q, strict=True))
    return shape if same else rings


def _patched(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, as its pseudocode stands."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = _patched(target.get(name), value)
    return target


def _is_near(ground: Ground, point: Point, segments: list[tuple[Point, Point]]) -> bool:
    frame = ground.frame_at(point)
    lines = shapely.linestrings([frame.to_metres(np.array(ends)) for ends in segments])
    return bool(shapely.distance(lines, shapely.Point(0, 0)).min() <= ground.node_within_m + SLACK_M)


def _segments(ring: Ring) -> list[tuple[Point, Point]]:
    points = [_point(p) for p in ring.tolist()]
    return list(zip(points, points[1:] + points[:1], strict=True))


def _points(parcels: Parcels) -> set[Point]:
    return {_point(p) for parcel in parcels.values() for part in parcel.shape for ring in part for p in ring.tolist()}


def _point(value: Any) -> Point:
    return float(value[0]), float(value[1])


def _distance_m(ground: Ground, a: Point, b: Point) -> float:
    local: FloatArray = ground.frame_at(a).to_metres(np.array([b]))
    return float(np.hypot(local[0, 0], local[0, 1]))


def _square_metres(ground: Ground, shape: shapely.Geometry) -> float:
    east, north = ground.scale_at(float(shapely.bounds(shape)[1]))
    return east * north


def _length_m(ground: Ground, shape: shapely.Geometry) -> float:
    return float(shapely.length(shape)) * max(ground.scale_at(float(shapely.bounds(shape)[1])))
