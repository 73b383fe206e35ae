"""Sides that no neighbour has: in a clean coverage only those along open land, so that little is left to look at.

Each side that two parcels have, in opposite directions, separates them cleanly: the number of parcels that cover the
land is the same on both sides of it. So wherever two parcels overlap, a gap is open or a point is missing, a free
side is at the edge of it; or all the cell is covered twice, which one look at any place tells.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from spatial_admin.cadastre.precision import FloatArray
from spatial_admin.cadastre.ring_table import RingTable

Mask = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
_FACTORS: Final = tuple(np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_SHIFT: Final = np.uint64(29)


def point_keys(points: FloatArray) -> Keys:
    """64 bits of each point, the same for the same doubles (-0 and 0 are one)."""
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64).reshape(-1, 2)
    mixed = bits[:, 0] * _FACTORS[0] ^ (bits[:, 1] * _FACTORS[1] + _FACTORS[2])
    mixed ^= mixed >> _SHIFT
    mixed *= _FACTORS[1]
    mixed ^= mixed >> _SHIFT
    return mixed


def free_sides(table: RingTable, of: Mask) -> Mask:
    """Which sides of the parcels (by number) in a mask are not those of exactly two parcels in opposite directions."""
    keys = point_keys(table.points)
    ends = keys[table.following]
    is_side = of[table.owner_of] & (keys != ends)
    wound = _is_wound_left(table)[table.ring_of]
    sides = np.flatnonzero(is_side)
    runs_up = (keys[sides] < ends[sides]) == wound[sides]
    pairs = (keys[sides] + ends[sides]) * _FACTORS[0] ^ (keys[sides] ^ ends[sides])
    order = np.argsort(pairs)
    ordered, up = pairs[order], runs_up[order]
    same = ordered[1:] == ordered[:-1]
    # Exactly two of a kind: like the next and not like the one after, or like the one before.
    begins = np.concatenate([[True], ~same])
    ends_here = np.concatenate([~same, [True]])
    is_first = begins[:-1] & ~ends_here[:-1] & ends_here[1:] & (up[1:] != up[:-1]) if len(ordered) > 1 else same
    matched = np.zeros(len(sides), dtype=bool)
    matched[:-1] |= is_first
    matched[1:] |= is_first
    free: Mask = is_side.copy()
    free[sides[order[matched]]] = False
    return free


def _is_wound_left(table: RingTable) -> Mask:
    """Has each ring the inside of its parcel on the left?"""
    local = table.points - table.points[table.starts][table.ring_of]
    ahead = local[table.following]
    twice = local[:, 0] * ahead[:, 1] - ahead[:, 0] * local[:, 1]
    turned = np.add.reduceat(twice, table.starts) if len(table.starts) else np.empty(0)
    return np.asarray((turned > 0) == table.is_shell)
