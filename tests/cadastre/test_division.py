from __future__ import annotations

import pytest

from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.division import LineRefused, Section, divide
from spatial_admin.cadastre.shapes import shape_of_rings
from tests.cadastre.fabric import square
from tests.cadastre.random_fabric import points_of


def areas(shape: Shape, *stretches: tuple[tuple[float, float], ...]) -> list[tuple[int, bool]]:
    """Of each face how many rings it has and whether it is cut."""
    return sorted((len(face.rings), face.is_cut) for face in divide(shape, stretches).faces)


def test_a_face_has_the_points_of_boundary_and_stretch_and_no_others() -> None:
    shape = shape_of_rings(square(0.1, 0.2, 10.3, 10.7))
    stretch = ((0.1, 0.2), (3.3, 4.7), (0.1 + 10.3, 0.2 + 10.7))
    faces = divide(shape, [stretch]).faces
    assert len(faces) == 2
    assert set().union(*(points_of((face.rings,)) for face in faces)) == points_of(shape) | set(stretch)


def test_rings_that_touch_at_a_point_are_divided_there() -> None:
    # The hole touches the outline at (5, 0), without a stretch there: what is left of it is a hole no more.
    shape = shape_of_rings([[[[0, 0], [5, 0], [10, 0], [10, 10], [0, 10]], [[5, 0], [4, 5], [6, 5]]]])
    assert areas(shape, ((6.0, 5.0), (10.0, 10.0))) == [(1, True), (1, True)]
    assert areas(shape, ((5.0, 0.0), (9.0, 3.0), (6.0, 5.0))) == [(1, True), (2, True)]


def test_a_stretch_between_two_holes_divides_nothing_and_is_named() -> None:
    holes = [[[2, 2], [2, 3], [3, 3], [3, 2]], [[6, 2], [6, 3], [7, 3], [7, 2]]]
    shape = shape_of_rings([[square(0, 0)[0][0], *holes]])
    between, across = ((3.0, 3.0), (6.0, 3.0)), ((0.0, 0.0), (1.0, 8.0), (10.0, 10.0))
    division = divide(shape, [between])
    assert division.idle == {0}
    assert [face.is_cut for face in division.faces] == [False]
    assert division.faces[0].rings is shape[0]
    assert divide(shape, [across, between]).idle == {1}
    section = Section((across, between), {((3.0, 3.0), (3.0, 2.0)): ((6.0, 3.0),)})
    assert section.without(frozenset({1})) == Section((across,), {})


def test_two_stretches_between_two_holes_enclose_a_face() -> None:
    holes = [[[2, 2], [2, 4], [3, 4], [3, 2]], [[6, 2], [6, 4], [7, 4], [7, 2]]]
    shape = shape_of_rings([[square(0, 0)[0][0], *holes]])
    # The other face has one hole: both holes and what lies between them.
    assert areas(shape, ((3.0, 2.0), (6.0, 2.0)), ((3.0, 4.0), (6.0, 4.0))) == [(1, True), (2, True)]


def test_whole_parts_are_faces_as_they_are() -> None:
    shape = shape_of_rings([*square(0, 0), *square(20, 0)])
    faces = divide(shape, [((0.0, 0.0), (10.0, 10.0))]).faces
    assert [face.is_cut for face in faces] == [True, True, False]
    assert faces[2].rings is shape[1]


def test_lines_that_cross_the_boundary_unnoded_leave_no_clean_faces() -> None:
    bay = shape_of_rings([[[[0, 0], [10, 0], [10, 10], [6, 10], [6, 4], [4, 4], [4, 10], [0, 10]]]])
    with pytest.raises(LineRefused, match="no clean pieces"):
        divide(bay, [((0.0, 0.0), (1.0, 9.0), (9.0, 9.0), (10.0, 0.0))])


def test_new_points_go_into_the_segments_of_their_direction() -> None:
    shape = shape_of_rings(square(0, 0))
    section = Section(
        (), {((10.0, 10.0), (0.0, 10.0)): ((7.0, 10.0), (3.0, 10.0)), ((0.0, 10.0), (0.0, 0.0)): ((0.0, 5.0),)}
    )
    assert section.opened(shape)[0][0].tolist() == [[0, 0], [10, 0], [10, 10], [7, 10], [3, 10], [0, 10], [0, 5]]
