"""A gap beside a parcel that is split or merged stays one finding, as a scan of the whole coverage names it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_revert_request
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.shared.watch_edit import unwatched
from spatial_admin.settings import Limits
from tests.concurrency.fabric import SOMEBODY, Grid, save, store_lots, versions_of

GRID = Grid()
AWAY = 4e-6  # 0.29 m
ASK = """
SELECT f.id, f.status, f.reason, f.assignee_id, f.opened_by, f.measure,
       (SELECT string_agg(parcel_id, ' ' ORDER BY parcel_id) FROM parcel WHERE id = ANY (f.parcels)) AS names
FROM finding AS f WHERE rule = 'gap' ORDER BY id
"""


@pytest.fixture
def gap(app: Flask, engine: Engine) -> Iterator[int]:
    """The finding of the gap between two lots, as a scan found it; sides lie askew, so that new points are rounded."""
    west = [GRID.at(0, 0), GRID.at(1, 0.13), GRID.at(1.1, 1.07), GRID.at(0, 1)]
    (x0, y0), (x1, y1) = GRID.at(1, 0.13), GRID.at(1.1, 1.07)
    east = [(x0 + AWAY, y0), GRID.at(2, 0), GRID.at(2, 1), (x1 + AWAY, y1)]
    store_lots(engine, {"west": west, "east": east})
    with app.app_context():
        assert scan_coverage(unwatched)["opened"] == 1
        yield gaps(engine)[0].id


def gaps(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(ASK)))


def events(engine: Engine, finding: int, edit_id: int | None = None) -> list[str]:
    sql = "SELECT what FROM finding_event WHERE finding = :finding AND edit_id IS NOT DISTINCT FROM :edit ORDER BY id"
    with engine.connect() as connection:
        return [row.what for row in connection.execute(text(sql), {"finding": finding, "edit": edit_id})]


def accept(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'accepted', reason = 'an old ditch'"))


def assert_a_scan_changes_nothing(engine: Engine) -> None:
    before = gaps(engine)
    counts = scan_coverage(unwatched)
    assert {name: counts[name] for name in ("opened", "reopened", "fixed", "skipped")} == {
        "opened": 0, "reopened": 0, "fixed": 0, "skipped": 0,
    }  # fmt: skip
    assert [(one.id, one.names, one.status) for one in gaps(engine)] == [(o.id, o.names, o.status) for o in before]


def split(engine: Engine, at: float, into: list[str | None], parcel: str = "east") -> Any:
    line = [[*GRID.at(0.9, at)], [*GRID.at(2.3, at)]]
    operation = {"op": "split", "parcel_id": parcel, "line": line, "into": into}
    return save([operation], versions_of(engine)).receipt


def merge(engine: Engine, names: list[str], into: str) -> Any:
    return save([{"op": "merge", "parcels": names, "into": into}], versions_of(engine)).receipt


@pytest.mark.parametrize("into", [[None, "east/1"], ["east/1", "east/2"]], ids=["one continues", "both are new"])
def test_a_split_beside_a_gap_leaves_one_finding_of_all_who_come_to_it(
    engine: Engine, gap: int, into: list[str | None]
) -> None:
    accept(engine)
    receipt = split(engine, 0.41, into)
    assert gap not in receipt["findings"]["closed"]
    (one,) = gaps(engine)
    assert (one.id, one.status, one.reason) == (gap, "accepted", "an old ditch")
    assert one.names == " ".join(sorted(["west", *(name or "east" for name in into)]))
    assert_a_scan_changes_nothing(engine)


def test_the_pieces_merged_again_have_the_finding_as_it_was(engine: Engine, gap: int) -> None:
    split(engine, 0.41, [None, "east/1"])
    merge(engine, ["east", "east/1"], "east")
    assert [(one.id, one.status, one.names) for one in gaps(engine)] == [(gap, "open", "east west")]
    assert_a_scan_changes_nothing(engine)


def test_a_split_that_is_undone_has_the_finding_as_it_was(engine: Engine, gap: int) -> None:
    accept(engine)
    edit_id = split(engine, 0.41, ["east/1", "east/2"])["edit_id"]
    request = request_to_revert(edit_id, parse_revert_request({"key": str(uuid.uuid4()), "comment": "no"}), Limits())
    edit_boundaries(request, SOMEBODY)
    assert [(one.id, one.status, one.names) for one in gaps(engine)] == [(gap, "accepted", "east west")]
    assert_a_scan_changes_nothing(engine)


def test_what_somebody_has_in_hand_stays_in_hand_and_the_history_says_which_edit_it_was(
    engine: Engine, gap: int, accounts: Any
) -> None:
    with engine.begin() as connection:
        account = connection.execute(text("SELECT min(id) FROM account")).scalar_one()
        connection.execute(text("UPDATE finding SET assignee_id = :account"), {"account": account})
    edit_id = split(engine, 0.41, [None, "east/1"])["edit_id"]
    (one,) = gaps(engine)
    assert (one.status, one.assignee_id) == ("open", account)
    assert events(engine, gap, edit_id) == ["changed"]


def test_a_parcel_that_does_not_come_to_the_gap_does_not_change_its_finding(engine: Engine, gap: int) -> None:
    line = [[*GRID.at(1.7, -1)], [*GRID.at(1.7, 2)]]
    save([{"op": "split", "parcel_id": "east", "line": line, "into": ["far", None]}], versions_of(engine))
    assert [(one.id, one.names) for one in gaps(engine)] == [(gap, "east west")]
    assert events(engine, gap) == ["opened"]
    assert_a_scan_changes_nothing(engine)


def test_a_gap_in_two_places_goes_on_where_its_parcels_are_and_the_other_begins_as_it_stood(
    engine: Engine, gap: int
) -> None:
    """The split runs from where the gap is cut in two; the merge makes one finding of both again."""
    accept(engine)
    parts = "ST_Multi(ST_Difference(place, ST_MakeEnvelope(2.3, 48.690088, 2.32, 48.690092, 4326)))"
    with engine.begin() as connection:  # as a scan stores it: one finding, two places
        connection.execute(
            text(f"UPDATE finding SET place = {parts}, measure = measure * ST_Area({parts}) / ST_Area(place)")
        )
    whole = gaps(engine)[0].measure
    receipt = split(engine, 0.45, [None, "east/1"])
    kept, other = gaps(engine)
    assert [(kept.id, kept.names), other.names] == [(gap, "east west"), "east/1 west"]
    assert kept.measure + other.measure == pytest.approx(whole, rel=0.001)
    assert (other.status, other.reason) == ("accepted", "an old ditch")
    assert other.id in receipt["findings"]["opened"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'open', reason = NULL WHERE id = :id"), {"id": other.id})
    closed = merge(engine, ["east", "east/1"], "east")["findings"]["closed"]
    one, fixed = gaps(engine)
    assert [(one.names, one.status), fixed.status] == [("east west", "open"), "fixed"], "nobody accepted all of it"
    assert fixed.id in closed
