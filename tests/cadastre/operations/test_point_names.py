from __future__ import annotations

from spatial_admin.cadastre.operations.point_names import PointNames
from spatial_admin.cadastre.operations.positions import LonLatPosition, StoragePosition

A, B = StoragePosition(1.0, 1.0), StoragePosition(2.0, 2.0)
C = LonLatPosition(3.0, 3.0)


def names() -> PointNames:
    found = PointNames()
    found.put(A, (1.0, 1.0))
    found.put(B, (2.0, 2.0))
    found.put(C, (1.0, 1.0))
    return found


def test_every_name_of_a_point_follows_it() -> None:
    found = names()
    found.follow({(1.0, 1.0): (9.0, 9.0)})
    assert found == {A: (9.0, 9.0), B: (2.0, 2.0), C: (9.0, 9.0)}
    found.follow({(9.0, 9.0): (8.0, 8.0)})
    assert found[A] == found[C] == (8.0, 8.0)


def test_points_that_move_together_may_change_places() -> None:
    found = names()
    found.follow({(1.0, 1.0): (2.0, 2.0), (2.0, 2.0): (1.0, 1.0)})
    assert found == {A: (2.0, 2.0), B: (1.0, 1.0), C: (2.0, 2.0)}


def test_names_of_joined_points_go_on_together() -> None:
    found = names()
    found.follow({(1.0, 1.0): (2.0, 2.0)})
    found.follow({(2.0, 2.0): (5.0, 5.0)})
    assert set(found.values()) == {(5.0, 5.0)}


def test_a_name_that_is_given_to_another_point_no_longer_follows_the_first() -> None:
    found = names()
    found.put(A, (2.0, 2.0))
    found.follow({(1.0, 1.0): (9.0, 9.0)})
    assert found == {A: (2.0, 2.0), B: (2.0, 2.0), C: (9.0, 9.0)}


def test_names_keep_the_order_in_which_they_were_given_and_go_with_their_point() -> None:
    found = names()
    found.follow({(1.0, 1.0): (9.0, 9.0)})
    assert list(found) == [A, B, C]
    found.forget((9.0, 9.0))
    assert dict(found) == {B: (2.0, 2.0)}
    assert len(found) == 1
    found.forget((7.0, 7.0))
    assert len(found) == 1
