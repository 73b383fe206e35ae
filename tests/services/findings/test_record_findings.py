"""Findings that edits open, keep up to date, close and open again; written without reading the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cadastre.validity import Found
from spatial_admin.services.findings.record_findings import Context, Recorded, fingerprint, record_findings
from spatial_admin.transaction import short
from tests.concurrency.fabric import Grid, move, save, store_lots, versions_of

GRID = Grid()
KEYS = {"a": 11, "b": 7, "c": 9}
PLACE = shapely.box(2.31, 48.69, 2.3101, 48.6901)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


def record(edit: int, found: list[Found], gone: list[tuple[str, tuple[str, ...]]] | None = None) -> Recorded:
    with short() as session:

        def execute(sql: str, values: dict[str, Any]) -> list[Any]:
            result = session.connection().exec_driver_sql(sql, values)
            return list(result.fetchall()) if result.returns_rows else []

        return record_findings(execute, edit, found, gone or [], KEYS, Context(4326))


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        sql = "SELECT rule, parcels, measure, status, opened_by, closed_by FROM finding ORDER BY id"
        return [tuple(row) for row in connection.execute(text(sql))]


def events(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT what, edit_id FROM finding_event ORDER BY id"))]


def sliver(measure: float, *parcels: str) -> Found:
    return Found("sliver", parcels or ("a", "b"), PLACE, measure)


def test_a_finding_is_opened_with_its_parcels_ascending_and_its_place(engine: Engine) -> None:
    recorded = record(1, [sliver(0.004)])
    assert len(recorded.opened) == 1
    assert recorded.closed == []
    assert stored(engine) == [("sliver", [7, 11], 0.004, "open", 1, None)]
    assert events(engine) == [("opened", 1)]
    with engine.connect() as connection:
        place = connection.execute(text("SELECT ST_AsBinary(place), ST_SRID(place) FROM finding")).one()
    assert shapely.from_wkb(bytes(place[0])).equals(PLACE)
    assert place[1] == 4326


def test_the_same_defect_again_is_the_same_finding_with_its_new_measure(engine: Engine) -> None:
    record(1, [sliver(0.004)])
    assert record(2, [sliver(0.006, "b", "a")]) == Recorded([], [])
    assert stored(engine) == [("sliver", [7, 11], 0.006, "open", 1, None)]
    assert events(engine) == [("opened", 1), ("changed", 2)]


def test_a_defect_that_is_gone_is_fixed_and_opens_again_when_it_returns(engine: Engine) -> None:
    (finding,) = record(1, [sliver(0.004)]).opened
    assert record(2, [], [("sliver", ("b", "a"))]).closed == [finding]
    assert stored(engine) == [("sliver", [7, 11], 0.004, "fixed", 1, 2)]
    assert record(3, [sliver(0.005)]).opened == [finding]
    assert stored(engine) == [("sliver", [7, 11], 0.005, "open", 3, None)]
    assert events(engine) == [("opened", 1), ("fixed", 2), ("reopened", 3)]


def test_what_was_never_found_is_not_closed(engine: Engine) -> None:
    assert record(1, [], [("overlap", ("a", "b"))]) == Recorded([], [])
    record(2, [sliver(0.004)])
    record(3, [], [("sliver", ("a", "b"))])
    assert record(4, [], [("sliver", ("a", "b"))]).closed == [], "fixed already"


def test_an_accepted_finding_stays_accepted_when_its_measure_changes(engine: Engine) -> None:
    record(1, [sliver(0.004)])
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET status = 'accepted', reason = 'old wall'"))
    record(2, [sliver(0.003)])
    assert stored(engine)[0][2:4] == (0.003, "accepted")


def test_two_gaps_between_the_same_parcels_are_one_finding_with_both_places(engine: Engine) -> None:
    far = shapely.box(2.32, 48.69, 2.3201, 48.6901)
    record(1, [Found("gap", ("a", "b", "c"), PLACE, 0.2), Found("gap", ("c", "b", "a"), far, 0.3)])
    assert stored(engine) == [("gap", [7, 9, 11], 0.5, "open", 1, None)]
    with engine.connect() as connection:
        place = shapely.from_wkb(bytes(connection.execute(text("SELECT ST_AsBinary(place) FROM finding")).scalar_one()))
    assert place.equals(shapely.union(PLACE, far))


def test_a_fingerprint_does_not_depend_on_the_order_of_parcels() -> None:
    assert fingerprint("overlap", ("a", "b"), KEYS) == fingerprint("overlap", ("b", "a"), KEYS) == "overlap:7:11"


def test_an_edit_that_leaves_a_gap_opens_a_finding_and_the_edit_that_fills_it_closes_it(engine: Engine) -> None:
    # The corners of two lots lie apart by a millimetre, so that one can be moved without the other.
    apart = 1e-8
    west = [GRID.at(0, 0), GRID.at(1, 0), GRID.at(1, 1), GRID.at(0, 1)]
    (x0, y0), (x1, y1) = GRID.at(1, 0), GRID.at(1, 1)
    east = [(x0 + apart, y0), GRID.at(2, 0), GRID.at(2, 1), (x1 + apart, y1)]
    store_lots(engine, {"west": west, "east": east})
    aside = [move((x0 + apart, y0), (x0 + 4e-6, y0)), move((x1 + apart, y1), (x1 + 4e-6, y1))]
    opened = save(aside, versions_of(engine)).receipt["findings"]["opened"]
    assert len(opened) == 1
    with engine.connect() as connection:
        rule, measure = connection.execute(text("SELECT rule, measure FROM finding")).one()
    assert rule == "gap"
    assert measure == pytest.approx(0.29 * 22.2, rel=0.1)
    back = [move((x0 + 4e-6, y0), (x0, y0)), move((x1 + 4e-6, y1), (x1, y1))]
    assert save(back, versions_of(engine)).receipt["findings"] == {"opened": [], "closed": opened}
    assert [status for *_, status, _, _ in stored(engine)] == ["fixed"]
