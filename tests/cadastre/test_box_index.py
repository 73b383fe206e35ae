from __future__ import annotations

import random

import pytest

from spatial_admin.cadastre.box_index import BoxIndex
from spatial_admin.cadastre.precision import Box, boxes_meet


def indexed(boxes: dict[str, Box]) -> BoxIndex[str]:
    index: BoxIndex[str] = BoxIndex()
    for name, box in boxes.items():
        index.put(name, box)
    return index


def random_box(random_: random.Random, scale: float) -> Box:
    west, south = random_.uniform(-100, 100) * scale, random_.uniform(-100, 100) * scale
    width, height = (random_.choice((0.0, 1e-9, 0.1, 1.0, 30.0, 500.0)) * scale for _ in "xy")
    return west, south, west + width, south + height


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e5], ids=["millimetres", "degrees", "units", "far apart"])
def test_it_answers_what_looking_at_every_box_answers(scale: float) -> None:
    random_ = random.Random(7)
    boxes = {str(number): random_box(random_, scale) for number in range(400)}
    index = indexed(boxes)
    for _ in range(200):
        asked = random_box(random_, scale)
        assert index.meeting(asked) == [name for name, box in boxes.items() if boxes_meet(box, asked)]


def test_boxes_that_touch_at_a_corner_meet() -> None:
    index = indexed({"A": (0, 0, 1, 1), "B": (1, 1, 2, 2), "C": (1.0000001, 1, 2, 2)})
    assert index.meeting((0.5, 0.5, 1, 1)) == ["A", "B"]


def test_a_box_that_grows_keeps_its_place_and_is_found_where_it_grew_to() -> None:
    index = indexed({"A": (0, 0, 1, 1), "B": (0, 0, 1, 1)})
    index.put("A", (0, 0, 1000, 1))
    assert index.meeting((900, 0, 901, 1)) == ["A"]
    assert index.meeting((0, 0, 1, 1)) == ["A", "B"]
    assert index["A"] == (0.0, 0.0, 1000.0, 1.0)
    assert len(index) == 2


def test_a_box_that_moved_is_not_found_where_it_was() -> None:
    index = indexed({"A": (0, 0, 1, 1)})
    index.put("A", (50, 50, 51, 51))
    assert index.meeting((0, 0, 1, 1)) == []
    assert index.meeting((50, 50, 50, 50)) == ["A"]
    assert {name: name in index for name in "AB"} == {"A": True, "B": False}


def test_points_and_half_a_continent_lie_in_one_index() -> None:
    boxes: dict[str, Box] = {"point": (5.0, 5.0, 5.0, 5.0), "road": (-1e7, -1e7, 1e7, 1e7), "lot": (4.9, 4.9, 5.1, 5.1)}
    assert indexed(boxes).meeting((5.0, 5.0, 5.0, 5.0)) == ["point", "road", "lot"]
    assert indexed(boxes).meeting((5.05, 5.05, 1e9, 1e9)) == ["road", "lot"]


def test_a_copy_goes_its_own_way() -> None:
    index = indexed({"A": (0, 0, 1, 1)})
    other = index.copy()
    other.put("A", (10, 10, 11, 11))
    other.put("B", (0, 0, 1, 1))
    assert index.meeting((0, 0, 1, 1)) == ["A"]
    assert other.meeting((0, 0, 1, 1)) == ["B"]
    index.put("C", (0, 0, 1, 1))
    assert index.meeting((0, 0, 1, 1)) == ["A", "C"]
