from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.demo.blocks import Block
from spatial_admin.demo.lots import cut_blocks
from spatial_admin.demo.quarters import STYLES


@pytest.mark.parametrize("style", ["grid", "terrace", "old", "villa"])
def test_a_block_becomes_two_rows_of_lots_that_all_reach_a_street(style: str) -> None:
    depth = STYLES[style].depth_m
    block = shapely.box(0, 0, 200, 2 * depth)
    lots, owners = cut_blocks([Block(block, style, 0)], np.random.default_rng(5))
    assert shapely.area(lots).sum() == pytest.approx(block.area)
    assert (owners == 0).all()
    assert len(lots) == pytest.approx(2 * 200 / STYLES[style].front_m, rel=0.35)
    fronts = shapely.length(shapely.intersection(shapely.buffer(block.boundary, 0.001), shapely.boundary(lots)))
    assert fronts.min() > 3


def test_a_turned_block_is_cut_along_its_own_sides() -> None:
    block = shapely.Polygon([(0, 0), (120, 70), (85, 130), (-35, 60)])
    lots, _ = cut_blocks([Block(block, "grid", 0)], np.random.default_rng(5))
    filled = shapely.area(lots) / shapely.area(shapely.oriented_envelope(lots))
    assert filled.min() > 0.8


def test_a_style_without_lots_leaves_its_block_whole() -> None:
    blocks = [Block(shapely.box(0, 0, 500, 300), "square", 0), Block(shapely.box(600, 0, 900, 300), "whole", 0)]
    lots, owners = cut_blocks(blocks, np.random.default_rng(5))
    assert shapely.area(lots).tolist() == [150_000, 90_000]
    assert owners.tolist() == [0, 1]
