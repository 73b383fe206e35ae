"""Overlaps, slivers and stacks among suspects, as edits and imports define them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.overlap_search import Overlap, Stack, find_overlaps
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.ring_table import IntArray


def common_places(
    geometries: npt.NDArray[np.object_], members: IntArray, suspects: IntArray, ground: Ground
) -> Iterator[tuple[str, tuple[int, ...], shapely.Geometry, float]]:
    """Rule, numbers of the parcels ascending, place in storage coordinates and square metres.

    What overlaps a suspect is suspect too, and so on: inside of an overlap of many parcels no side is free.
    """
    tree = shapely.STRtree(geometries[members])
    overlaps: dict[tuple[int, ...], Overlap] = {}
    stacks: dict[tuple[int, ...], Stack] = {}
    looked: set[int] = set()
    ahead = suspects
    while len(ahead):
        looked.update(ahead.tolist())
        met = np.setdiff1d(members[np.unique(tree.query(geometries[ahead])[1])], ahead)
        names = np.concatenate([ahead, met])
        found, stacked = find_overlaps(ground, names.tolist(), geometries[names], len(ahead), slivers=True)
        overlaps.update({one.parcels: one for one in found})
        stacks.update({one.parcels: one for one in stacked})
        touched = {name for parcels in (*overlaps, *stacks) for name in parcels}
        ahead = np.array(sorted(touched - looked), dtype=np.int64)
    for parcels, overlap in sorted(overlaps.items()):
        rule = "overlap" if overlap.common.counts else "sliver"
        yield rule, parcels, overlap.common.in_storage(), overlap.common.area_m2
    for members_of, stack in sorted(stacks.items()):
        yield "stack", members_of, stack.common.in_storage(), stack.common.area_m2
