"""One town as a template: its coverage, noded, on whole millimetres, ready to be set down anywhere in a county."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator

from spatial_admin.demo.blocks import Plan, build_plan
from spatial_admin.demo.landmarks import Piece, build_pieces
from spatial_admin.demo.layout import border
from spatial_admin.demo.noding import NEEDLE_DEG, Shapes, dissolve, faces_of, join_unfit, sharpest_deg
from spatial_admin.demo.quarters import STYLES

_LEAST_SHARE = 0.38
_MOST_DRAFTS = 20
_SHARPEST_DEG = 5.0
_NARROWEST_M = 2.0


@dataclass(frozen=True, slots=True)
class Fabric:
    """Ground parcels of one town: `shapes[k]` is `pieces[k]` as noded (metres); a label occurs once."""

    plan: Plan
    pieces: list[Piece]
    shapes: Shapes


def build_fabric(seed: int, template: int) -> Fabric:
    """Plan a town, cut it into lots, node it. The result covers everything within the border exactly once.

    A draft in which two lines happened to meet so sharply that a lot is no sound lot is thrown away and drawn anew;
    the number of the draft is part of the seed, so that the result is the same every time.
    """
    for draft in range(_MOST_DRAFTS):
        fabric = _draft(np.random.default_rng([seed, template, draft]))
        if is_sound(fabric.shapes):
            return fabric
    raise ValueError(f"seed {seed}: none of {_MOST_DRAFTS} drafts of town {template} is sound; use another seed")


def is_sound(shapes: Shapes) -> bool:
    """True if every shape is valid and without needles, and together they are a coverage."""
    if not shapely.is_valid(shapes).all() or not shapely.coverage_is_valid(shapes, gap_width=0.5):
        return False
    return bool(sharpest_deg(shapes).min() > _SHARPEST_DEG)


def _draft(rng: Generator) -> Fabric:
    plan = build_plan(rng)
    pieces = build_pieces(plan, rng)
    faces, owner = faces_of(np.array([piece.shape for piece in pieces], dtype=object), border())
    label = np.array([piece.label for piece in pieces], dtype=np.int64)[owner]
    least = np.array([_least_m2(pieces[k]) for k in owner])
    width = 2 * shapely.area(faces) / shapely.length(faces)
    is_lot = np.array([pieces[k].kind in {"lot", "common"} for k in owner]) & (least > 0)
    unfit = (shapely.area(faces) < least) | ((width < _NARROWEST_M) & (least > 0))
    unfit |= is_lot & (sharpest_deg(faces) < NEEDLE_DEG)

    def rank(face: int, other: int) -> int:
        here, there = pieces[owner[face]], pieces[owner[other]]
        if there.style in {"enclave", "lake", "island", "river", "park"}:
            return 0
        if label[face] == label[other]:
            return 4
        return 3 if here.block == there.block else 2 if there.kind == "lot" and there.land_use != "railway" else 1

    shapes, labels = dissolve(faces, join_unfit(faces, label, unfit, rank))
    first = {piece.label: piece for piece in reversed(pieces)}
    return Fabric(plan, [first[k] for k in labels.tolist()], shapes)


def _least_m2(piece: Piece) -> float:
    style = STYLES.get(piece.style)
    if piece.style == "field":
        return 2500.0
    if style and piece.kind == "lot":
        return _LEAST_SHARE * style.front_m * style.depth_m
    return 0.0 if piece.style in {"enclave", "lake", "island"} else 25.0
