"""Undoing a change of a boundary that has changed elsewhere since: stretch by stretch, where nobody touched it."""

from __future__ import annotations

import itertools
from difflib import SequenceMatcher

import numpy as np

from spatial_admin.cadastre.coverage import Ring, Shape
from spatial_admin.cadastre.differing_path import differing_paths
from spatial_admin.cadastre.precision import Point

Path = list[Point]


def unchanged_since(before: Shape, after: Shape, current: Shape) -> Shape | None:
    """`current` with every stretch that differs between `before` and `after` put back.

    None where the change was of another kind than of points within rings, or where a stretch is not in `current` any
    more as it is in `after`. The very object `current` where `before` and `after` do not differ.
    """
    if [len(part) for part in before] != [len(part) for part in after]:
        return None
    pairs = zip(itertools.chain(*before), itertools.chain(*after), strict=True)
    stretches: list[tuple[Path, Path]] = []
    for old, new in pairs:
        if len(old) != len(new) or (old != new).any():
            found = _stretches(old, new)
            if found is None:
                return None
            stretches += found
    shape = current
    for was, now in stretches:
        put_back = _put_back(shape, now, was)
        if put_back is None:
            return None
        shape = put_back
    return shape


def _stretches(old: Ring, new: Ring) -> list[tuple[Path, Path]] | None:
    """The stretches in which two states of a ring differ, each from one common point to the next."""
    paths = differing_paths(old, new)
    if paths is None:
        return None
    was, now = ([tuple(point) for point in path.tolist()] for path in paths)
    found = []
    for word, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if word != "equal":
            found.append((was[i - 1 : j + 1], now[k - 1 : m + 1]))  # the ends of both paths are common
    return found


def _put_back(shape: Shape, now: Path, was: Path) -> Shape | None:
    for p, part in enumerate(shape):
        for r, ring in enumerate(part):
            place = _find(ring, now)
            if place is not None:
                rings = (*part[:r], _replaced(ring, place, len(now), was), *part[r + 1 :])
                return (*shape[:p], rings, *shape[p + 1 :])
    return None


def _replaced(ring: Ring, place: int, count: int, was: Path) -> Ring:
    if count > len(ring):  # the stretch is the whole ring, from its one common point round to it
        return np.array(was[:-1])
    rest = np.roll(ring, -place, axis=0)[count:]
    replaced = np.concatenate([np.array(was), rest])
    if place + count <= len(ring):
        return np.roll(replaced, place, axis=0)  # the first point stays first
    # The ring begins within the stretch: it does so again, as many points on.
    return np.roll(replaced, -min(len(ring) - place, len(was) - 1), axis=0)


def _find(ring: Ring, path: Path) -> int | None:
    """Where the points of a path follow each other in a ring; the ring may close within it."""
    wanted = np.array(path)
    for start in np.flatnonzero((ring[:, 0] == path[0][0]) & (ring[:, 1] == path[0][1])).tolist():
        if len(path) <= len(ring) + 1:
            there = ring[(np.arange(len(path)) + start) % len(ring)]
            if (there == wanted).all():
                return int(start)
    return None
