"""What edits do to the rules of single parcels, and to points that a neighbour lacks."""

from __future__ import annotations

from typing import Any

from spatial_admin.cadastre.changed_flaws import Flaws, changed_flaws
from spatial_admin.cadastre.rules import default_book, fingerprint
from tests.cadastre.fabric import METRIC, Fabric


def flaws_of(fabric: Fabric, *operations: dict[str, Any]) -> Flaws:
    outcome = fabric.edit(list(operations))
    return changed_flaws(outcome.coverage, outcome.changes, default_book())


def lots() -> Fabric:
    return Fabric.of_rings(
        METRIC,
        {
            "A": [[[[0, 0], [10, 0], [10, 5], [10, 10], [0, 10]]]],
            "B": [[[[10, 0], [20, 0], [20, 10], [10, 10], [10, 5]]]],
        },
    )


def test_an_edit_that_changes_nothing_of_a_rule_says_nothing_of_it() -> None:
    flaws = flaws_of(lots(), {"op": "move_point", "at": [20, 10], "to": [21, 10]})
    assert (flaws.found, flaws.gone) == ([], [])


def test_a_spike_on_a_common_boundary_is_one_finding_of_both_and_goes_with_its_point() -> None:
    fabric = lots()
    made = [
        {"op": "insert_point", "between": [[10, 5], [10, 10]], "at": [10, 5.02]},
        {"op": "insert_point", "between": [[10, 5], [10, 5.02]], "at": [10, 5.01]},
    ]
    outcome = fabric.edit([*made, {"op": "move_point", "at": [10, 5.01], "to": [13, 5.01]}])
    flaws = changed_flaws(outcome.coverage, outcome.changes, default_book())
    assert [(f.rule, f.parcels, f.point) for f in flaws.found] == [("spike", ("A", "B"), (13.0, 5.01))]
    after = flaws_of(fabric.with_changes(outcome.changes), {"op": "remove_point", "at": [13, 5.01]})
    assert ("spike", ("A", "B"), (13.0, 5.01)) in after.gone
    assert [f for f in after.found if f.rule == "spike"] == []


def test_a_missing_point_is_gone_when_it_is_inserted_or_moves_away() -> None:
    fabric = Fabric.of_rings(
        METRIC,
        {
            "through": [[[[0, 0], [20, 0], [20, -10], [0, -10]]]],
            "west": [[[[0, 0], [10, 0], [10, 10], [0, 10]]]],
            "east": [[[[10, 0], [20, 0], [20, 10], [10, 10]]]],
        },
    )
    missing = ("missing_point", ("east", "through", "west"), (10.0, 0.0))
    inserted = flaws_of(fabric, {"op": "insert_point", "between": [[0, 0], [20, 0]], "at": [10, 0]})
    assert (inserted.gone, inserted.found) == ([missing], [])
    moved = flaws_of(fabric, {"op": "move_point", "at": [10, 0], "to": [10, 1]})
    assert missing in moved.gone
    assert [f for f in moved.found if f.rule == "missing_point"] == []


def test_a_lot_that_becomes_tiny_or_loses_its_number_or_its_stated_area_is_found_and_found_no_more() -> None:
    fabric = lots()
    small = fabric.edit([{"op": "update", "parcel_id": "B", "properties": {"number": "7", "legal_area_m2": 500}}])
    flaws = changed_flaws(small.coverage, small.changes, default_book())
    assert [(f.rule, f.parcels, f.measure) for f in flaws.found] == [("legal_area", ("B",), -400.0)]
    assert flaws.gone == [("missing_number", ("B",), None)]
    right = flaws_of(
        fabric.with_changes(small.changes),
        {"op": "update", "parcel_id": "B", "properties": {"number": None, "legal_area_m2": 100}},
    )
    assert [(f.rule, f.measure) for f in right.found] == [("missing_number", None)]
    assert right.gone == [("legal_area", ("B",), None)]


def test_the_same_defect_has_the_same_fingerprint_to_the_bit_of_its_point() -> None:
    assert fingerprint("spike", [12, 7], (0.1 + 0.2, -1.0)) == "spike:7:12@0.30000000000000004,-1.0"
    assert fingerprint("gap", [3, 1, 2]) == "gap:1:2:3"


def test_a_missing_point_beside_parcels_that_are_merged_inherits_what_was_accepted_of_it() -> None:
    fabric = Fabric.of_rings(
        METRIC,
        {
            "through": [[[[0, 0], [20, 0], [20, -10], [0, -10]]]],
            "west": [[[[0, 0], [10, 0], [10, 10], [0, 10]]]],
            "east": [[[[10, 0], [20, 0], [20, 10], [10, 10]]]],
        },
    )
    merged = flaws_of(fabric, {"op": "merge", "parcels": ["west", "east"], "into": "west"})
    before = ("missing_point", ("east", "through", "west"))
    assert (*before, (10.0, 0.0)) in merged.gone
    (found,) = [one for one in merged.found if one.rule == "missing_point"]
    assert (found.parcels, found.point, found.heirs_of) == (("through", "west"), (10.0, 0.0), (before,))
