"""The no-worse rule: what overlapped before may stay as it is, and nothing may overlap that did not (decision 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.overlap import (
    CUT_FROM_POINTS,
    SLIVER_NOISE_M2,
    CommonArea,
    common_area_of,
    common_area_on,
    is_new_or_worse,
)
from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.stacks import Stacks
from spatial_admin.cadastre.vicinity import State, Vicinity

Pair = tuple[str, str]
BoolArray = npt.NDArray[np.bool_]
INTERIORS_MEET: Final = "T********"


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What the rule says of two parcels, by id ascending: their overlap before (their parents', where they were born
    in the edit) and after, in square metres.
    """

    parcels: Pair
    place: shapely.Geometry  # storage coordinates
    before_m2: float  # 0 where it was within tolerance
    after_m2: float
    is_worse: bool
    rule: str | None  # what is recorded of it: overlap, sliver or nothing
    gone: tuple[str, ...]  # rules that recorded it, and no longer do
    parents: tuple[Pair, ...]  # the pairs that overlapped before, where they are not this one


def judge_pairs(vicinity: Vicinity, level: str, regions: Mapping[str, Box], stacks: Stacks) -> Iterator[PairVerdict]:
    """Judge every pair of a changed parcel and one that meets its changed region, and that overlaps or did."""
    pairs = [pair for pair in _meeting_pairs(vicinity.coverage, level, regions) if not stacks.keeps(pair)]
    if not pairs:
        return
    for index in np.flatnonzero(_have_in_common(vicinity, level, pairs)):
        yield _judge_pair(vicinity, level, pairs[index], is_stack=stacks.has(pairs[index]))


def _have_in_common(vicinity: Vicinity, level: str, pairs: Sequence[Pair]) -> BoolArray:
    """Which pairs have land in common in one of the two states, more than noise. Whether their interiors meet at all is
    asked first: of neighbours that is half the work of an intersection, and nearly always all of it.
    """
    names = {name: number for number, name in enumerate(dict.fromkeys(name for pair in pairs for name in pair))}
    states: tuple[State, State] = (
        vicinity.was,
        vicinity.now,
    )  # asked together, for each question takes its time to begin
    coverage = vicinity.coverage
    vicinity.make(shape(name, level) for shape in (coverage.shape_before, coverage.shape_now) for name in names)
    shapes = np.array([state(name, level) for state in states for name in names])
    ends = np.array([(names[p], names[q]) for p, q in pairs])
    first, second = np.concatenate([ends, ends + len(names)]).T
    sizes = shapely.get_num_coordinates(shapes)
    if sizes.max() >= CUT_FROM_POINTS:
        # A road has as many pairs as there are lots along it: it is prepared, and comes first.
        shapely.prepare(shapes[sizes >= CUT_FROM_POINTS])
        swapped = sizes[first] < sizes[second]
        first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    a, b = shapes[first], shapes[second]
    found: BoolArray = shapely.relate_pattern(a, b, INTERIORS_MEET)
    if found.any():
        noise = SLIVER_NOISE_M2 / vicinity.square_metres() / 2  # the scale here is not quite that of each place
        found[found] = shapely.area(shapely.intersection(a[found], b[found])) > noise
    return found[: len(pairs)] | found[len(pairs) :]


def _meeting_pairs(coverage: Coverage, level: str, regions: Mapping[str, Box]) -> list[Pair]:
    return sorted(
        {
            (min(name, other), max(name, other))
            for name, region in regions.items()
            for other in coverage.near(region)
            if other != name and level in coverage.levels_of(other)
        }
    )


def _judge_pair(vicinity: Vicinity, level: str, pair: Pair, *, is_stack: bool) -> PairVerdict:
    """On their whole shapes, for a finding is of the pair."""
    coverage = vicinity.coverage
    own = common_area_on(coverage.ground, *(vicinity.whole(coverage.shape_before(name, level)) for name in pair))
    after = common_area_on(coverage.ground, *(vicinity.whole(coverage.shape_now(name, level)) for name in pair))
    before, parents = _inherited(vicinity, level, pair, own)
    rule = None if is_stack else "overlap" if after.counts else "sliver" if after.is_sliver else None
    gone = tuple(name for name, was in (("overlap", own.counts), ("sliver", own.is_sliver)) if was and name != rule)
    return PairVerdict(
        pair,
        after.in_storage(),
        before.area_m2 if before.counts else 0.0,
        after.area_m2,
        is_new_or_worse(before, after),
        rule,
        gone,
        parents,
    )


def _inherited(vicinity: Vicinity, level: str, pair: Pair, own: CommonArea) -> tuple[CommonArea, tuple[Pair, ...]]:
    """What the pair had in common before: its own, or, where one was born or grew by a merge, its parents' too.

    A parcel has nothing in common with itself: two pieces of one parcel had no overlap.
    """
    coverage = vicinity.coverage
    families = [coverage.family(name) for name in pair]
    if families == [[name] for name in pair]:
        return own, ()
    places: dict[Pair, CommonArea] = {}
    for p in families[0]:
        for q in families[1]:
            if p != q:
                shapes = (vicinity.whole(coverage.shape_before(name, level)) for name in (p, q))
                places[min(p, q), max(p, q)] = common_area_on(coverage.ground, *shapes)
    together = shapely.union_all([common.in_storage() for common in places.values()])
    parents = tuple(
        sorted(parents for parents, common in places.items() if (common.counts or common.is_sliver) and parents != pair)
    )
    return common_area_of(coverage.ground, together), parents
