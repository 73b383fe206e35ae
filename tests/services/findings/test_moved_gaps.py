"""A gap beside which a boundary moves stays one finding, whoever comes to it: in the edit, its dry run, and the scan."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.shared.watch_edit import unwatched
from tests.concurrency.fabric import SOMEBODY, Grid, move, save, store_lots, versions_of
from tests.services.findings.test_follow_gaps import accept, assert_a_scan_changes_nothing, events, gaps
from tests.waiting import PATIENT

at = Grid().at
FRONT = 1.02  # of the lots in the east, steps: 0.29 m of open land lie between them and the lot in the west
INNER = 1.03  # where a lot begins that does not come to that land yet
STREET = 1.1  # north of it all, 2.2 m wide
CORNER = at(FRONT, 0.5)  # of two lots in the east, in front of the third


@pytest.fixture
def gap(app: Flask, engine: Engine) -> Iterator[int]:
    """The finding of the gap between the lot in the west and two in the east, as a scan found it."""
    store_lots(
        engine,
        {
            "west": [at(0, 0), at(1, 0), at(1, 1), at(0, 1)],
            "south": [at(FRONT, 0), at(2, 0), at(2, 0.4), at(INNER, 0.4), at(INNER, 0.6), CORNER],
            "middle": [at(INNER, 0.4), at(2, 0.4), at(2, 0.6), at(INNER, 0.6)],
            "north": [CORNER, at(INNER, 0.6), at(2, 0.6), at(2, 1), at(FRONT, 1)],
            "street": [at(0, 1.5), at(1, STREET), at(1.01, STREET), at(FRONT, STREET), at(2, 1.5), at(2, 2), at(0, 2)],
        },
    )
    with app.app_context():
        assert scan_coverage(unwatched)["opened"] == 1
        (one,) = gaps(engine)
        assert one.names == "north south west"
        accept(engine)
        yield one.id


def open_to_the_middle() -> dict[str, Any]:
    """Without the corner in front of it the lot in the middle comes to the gap, of which a little more is open."""
    return {"op": "remove_point", "at": list(CORNER)}


def touch_from_the_street(engine: Engine) -> Any:
    """The lot behind the street comes to the end of the gap, and opens nothing."""
    return save([move(at(1.01, STREET), at(1.01, 1))], versions_of(engine)).receipt


def standing(engine: Engine) -> list[tuple[Any, ...]]:
    return [(one.id, one.status, one.reason, one.names) for one in gaps(engine)]


def test_a_parcel_that_comes_to_a_gap_joins_its_finding_and_opens_none(engine: Engine, gap: int) -> None:
    before = gaps(engine)[0].measure
    receipt = save([open_to_the_middle()], versions_of(engine)).receipt
    assert gap not in receipt["findings"]["opened"], "it was open all the time"
    assert standing(engine) == [(gap, "accepted", "an old ditch", "middle north south west")]
    assert events(engine, gap, receipt["edit_id"]) == ["changed"]
    assert gaps(engine)[0].measure > before
    assert_a_scan_changes_nothing(engine)


def test_a_dry_run_tells_no_gap_that_has_its_finding(engine: Engine, gap: int) -> None:
    body = {"key": str(uuid.uuid4()), "comment": "", "seen": versions_of(engine), "operations": [open_to_the_middle()]}
    found = rehearse_edit(parse_edit_request(body, PATIENT), SOMEBODY, PATIENT)["findings"]
    assert [one for one in found["found"] if one["rule"] == "gap"] == []
    assert standing(engine) == [(gap, "accepted", "an old ditch", "north south west")], "it keeps nothing"


def test_a_gap_that_leads_out_of_what_an_edit_looks_at_keeps_all_its_parcels_and_all_its_land(
    engine: Engine, gap: int
) -> None:
    """At its southern end the edit sees two of the three parcels, and a fraction of the land."""
    before = gaps(engine)[0].measure
    end = at(FRONT, 0)
    receipt = save([move(end, (end[0] + 1e-7, end[1]))], versions_of(engine)).receipt
    assert receipt["findings"] == {"opened": [], "closed": []}
    assert standing(engine) == [(gap, "accepted", "an old ditch", "north south west")]
    assert gaps(engine)[0].measure >= before
    assert_a_scan_changes_nothing(engine)


def test_what_a_reviewer_accepts_of_it_with_the_edit_is_accepted_of_its_finding(engine: Engine, gap: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'open', reason = NULL"))
    accepted = {"rule": "gap", "parcels": ["middle", "north", "south", "west"], "reason": "the ditch bends here"}
    body = {"key": str(uuid.uuid4()), "comment": "", "seen": versions_of(engine), "accept": [accepted]}
    body["operations"] = [open_to_the_middle()]
    edit_boundaries(parse_edit_request(body, PATIENT), replace(SOMEBODY, is_reviewer=True), PATIENT)
    assert standing(engine) == [(gap, "accepted", "the ditch bends here", "middle north south west")]


def test_a_scan_carries_a_finding_to_the_parcels_that_have_come_to_its_land(engine: Engine, gap: int) -> None:
    assert touch_from_the_street(engine)["findings"] == {"opened": [], "closed": []}
    counts = scan_coverage(unwatched)
    assert (counts["changed"], counts["opened"], counts["fixed"]) == (1, 0, 0)
    assert standing(engine) == [(gap, "accepted", "an old ditch", "north south street west")]
    assert events(engine, gap) == ["opened", "changed"]
    save([move(at(1.01, 1), at(1.01, STREET))], versions_of(engine))
    scan_coverage(unwatched)
    assert standing(engine) == [(gap, "accepted", "an old ditch", "north south west")], "and back again"


def test_a_finding_that_was_fixed_between_these_parcels_once_does_not_stand_in_its_way(
    engine: Engine, gap: int
) -> None:
    sql = """
    INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status)
    SELECT rule, 'gap:' || array_to_string(named.ids, ':'), named.ids, place, 0.1, severity, 'fixed' FROM finding,
      (SELECT array_agg(id ORDER BY id) AS ids FROM parcel WHERE parcel_id <> 'middle') AS named
    """
    with engine.begin() as connection:
        connection.execute(text(sql))
    touch_from_the_street(engine)
    scan_coverage(unwatched)
    now = {one.id: (one.status, one.names) for one in gaps(engine)}
    assert now.pop(gap) == ("accepted", "north south street west")
    assert list(now.values()) == [("fixed", "north south street west")]
    assert_a_scan_changes_nothing(engine)


def test_filling_the_land_fixes_its_finding_by_whatever_parcels_it_is_named_still(engine: Engine, gap: int) -> None:
    touch_from_the_street(engine)  # no scan since: the finding does not name the lot behind the street
    fronts = [(FRONT, 0), (FRONT, 0.5), (FRONT, 1)]
    receipt = save([move(at(x, y), at(1, y)) for x, y in fronts], versions_of(engine)).receipt
    assert receipt["findings"]["closed"] == [gap]
    assert [one.status for one in gaps(engine)] == ["fixed"]
    assert_a_scan_changes_nothing(engine)


def test_of_two_gaps_that_become_one_one_finding_is_left_and_open_if_one_was(app: Flask, engine: Engine) -> None:
    store_lots(
        engine,
        {
            "west": [at(0, 0), at(1, 0), at(1, 0.45), at(1, 0.55), at(1, 1), at(0, 1)],
            "dam": [at(1, 0.45), at(FRONT, 0.45), at(FRONT, 0.55), at(1, 0.55)],
            "east": [at(FRONT, 0), at(2, 0), at(2, 1), at(FRONT, 1), at(FRONT, 0.55), at(FRONT, 0.45)],
        },
    )
    with app.app_context():
        scan_coverage(unwatched)
        (one,) = gaps(engine)  # between the same parcels, in two places
        split = {"op": "split", "parcel_id": "east", "line": [list(at(0.9, 0.5)), list(at(2.3, 0.5))]}
        save([{**split, "into": [None, "north"]}], versions_of(engine))
        assert [gap.names for gap in gaps(engine)] == ["dam east west", "dam north west"]
        other = next(gap for gap in gaps(engine) if gap.id != one.id)
        with engine.begin() as connection:
            sql = "UPDATE finding SET status = 'accepted', reason = 'an old ditch' WHERE id = :id"
            connection.execute(text(sql), {"id": one.id})
        receipt = save([{"op": "retire", "parcel_id": "dam"}], versions_of(engine)).receipt
        (left,) = [gap for gap in gaps(engine) if gap.status != "fixed"]
        assert (left.status, left.names) == ("open", "east north west")
        assert {one.id, other.id} & {*receipt["findings"]["closed"]} == {one.id, other.id} - {left.id}
        assert_a_scan_changes_nothing(engine)
