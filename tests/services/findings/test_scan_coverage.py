"""Scans of a block of lots: gone on with, never out of date, by the rules that are set. Real files: test_scan_real_files."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.findings import judge_numbers
from spatial_admin.services.findings import scan_coverage as module
from spatial_admin.services.findings.load_rules import RuleChange, rule_book, save_rule
from spatial_admin.services.findings.scan_coverage import ScanRuns, scan_coverage
from spatial_admin.services.findings.show_finding import show_finding
from spatial_admin.services.shared.held_snapshot import SCAN
from spatial_admin.services.shared.watch_edit import unwatched
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from tests.concurrency.fabric import Grid, save, store_block, update
from tests.web.api import edit


@pytest.fixture
def block(engine: Engine) -> Engine:
    """Nine lots, of which direct SQL made two overlap nothing yet."""
    store_block(engine, Grid(), 3, 3)
    return engine


def rows(engine: Engine, sql: str, **values: Any) -> list[Any]:
    with engine.begin() as connection:
        result = connection.execute(text(sql), values)
        return list(result.all()) if result.returns_rows else []


def findings(engine: Engine) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows(engine, "SELECT rule, status FROM finding ORDER BY id")]


def test_defects_made_by_sql_are_found_fixed_and_found_again_as_the_same_finding(app: Flask, block: Engine) -> None:
    same = "UPDATE parcel SET number = :number WHERE parcel_id IN ('0-0', '2-2')"
    with app.app_context():
        assert scan_coverage(unwatched)["parcels"] == 9
        before = len(findings(block))
        rows(block, same, number="7/1")
        assert scan_coverage(unwatched)["opened"] == 1
        number = rows(block, "SELECT id FROM finding WHERE rule = 'duplicate_number'")[0].id
        rows(block, "UPDATE parcel SET number = parcel_id")
        assert scan_coverage(unwatched)["fixed"] == 1
        closed = rows(block, "SELECT status, closed_by FROM finding WHERE id = :id", id=number)[0]
        assert (closed.status, closed.closed_by) == ("fixed", rows(block, "SELECT max(id) FROM edit")[0][0])
        rows(block, same, number="7/1")
        assert scan_coverage(unwatched)["reopened"] == 1
        # It came with the edit that gave the number anew; a scan that sees it again writes its own row only.
        with snapshot() as session:
            shown = show_finding(session, number)
        newest = rows(block, "SELECT max(id) FROM edit")[0][0]
        assert (shown["opened_by"], shown["seen_again"]["scans"]) == (newest, 0)
        assert f"edit {newest} was the last of its parcels" in shown["opened"]["words"]
        scan_coverage(unwatched)
        with snapshot() as session:
            again = show_finding(session, number)
        assert again["seen_again"]["scans"] == 1
        assert again["history"] == shown["history"]
    events = rows(block, "SELECT what, reason FROM finding_event WHERE finding = :id ORDER BY id", id=number)
    assert [event.what for event in events] == ["opened", "fixed", "reopened"]
    assert all(event.reason.startswith("Scan ") for event in events)
    assert len(findings(block)) == before + 1


def test_the_session_that_holds_the_snapshot_says_what_for(app: Flask, block: Engine) -> None:
    """It is idle for as long as the cells are judged; the page Database must not call it forgotten."""
    named = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name"
    seen: list[str] = []

    def look(step: str, _done: int = 0, _total: int | None = None) -> None:
        if step == "Scanning":
            seen.extend(row.state for row in rows(block, named, name=SCAN))

    with app.app_context():
        scan_coverage(look)
    assert set(seen) == {"idle in transaction"}


def test_what_is_accepted_stays_so_until_its_day_and_then_opens_again(app: Flask, block: Engine) -> None:
    rows(block, "UPDATE parcel SET number = '7/1' WHERE parcel_id IN ('0-0', '2-2')")
    accept = "UPDATE finding SET status = 'accepted', reason = 'the plat says so', accepted_until = :day"
    with app.app_context():
        scan_coverage(unwatched)
        rows(block, f"{accept} WHERE rule = 'duplicate_number'", day="2999-01-01")
        assert scan_coverage(unwatched)["reopened"] == 0
        rows(block, f"{accept} WHERE rule = 'duplicate_number'", day="2020-01-01")
        assert scan_coverage(unwatched)["reopened"] == 1
    kept = rows(block, "SELECT status, reason, accepted_until FROM finding WHERE rule = 'duplicate_number'")[0]
    assert tuple(kept) == ("open", None, None)


def test_an_edit_opens_and_closes_what_it_makes_of_a_number(app: Flask, block: Engine) -> None:
    with app.app_context():
        opened = save([update("0-0", number="2-2")], {"0-0": 1}).receipt["findings"]
        assert (len(opened["opened"]), opened["closed"]) == (1, [])
        # Of three there are two left, and it stays open.
        assert save([update("1-1", number="2-2")], {"1-1": 1}).receipt["findings"]["closed"] == []
        assert save([update("1-1", number="1-1")], {"1-1": 2}).receipt["findings"]["closed"] == []
        assert save([update("0-0", number="0-0")], {"0-0": 2}).receipt["findings"]["closed"] == opened["opened"]
        both = [update("0-0", number="2-2"), update("2-2", number="9")]  # a number that goes from one to another
        assert save(both, {"0-0": 3, "2-2": 1}).receipt["findings"] == {"opened": [], "closed": []}
    assert findings(block) == [("duplicate_number", "fixed")]


def test_numbers_are_judged_within_their_level_however_many_of_another_have_them(
    app: Flask, block: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_numbers, "MOST_NAMED", 2)
    # Older than what the edit writes, and so the first of all that have the number: easements, as many as are named.
    rows(block, "UPDATE parcel SET level = 'easements', number = 'E' WHERE parcel_id IN ('0-0', '0-1', '0-2')")
    with app.app_context():
        alone = save([update("1-1", number="E")], {"1-1": 1}).receipt["findings"]
        assert alone == {"opened": [], "closed": []}, "of its own level nobody else has it"
        two = save([update("1-2", number="E")], {"1-2": 1}).receipt["findings"]
        assert (len(two["opened"]), two["closed"]) == (1, [])
        third = save([update("2-2", number="E")], {"2-2": 1}).receipt["findings"]
        assert third == {"opened": [], "closed": []}
        found = rows(
            block, "SELECT fingerprint, measure, cardinality(parcels) AS named FROM finding WHERE status = 'open'"
        )
        assert [tuple(row) for row in found] == [("duplicate_number:parcels:e", 3.0, 2)], "all counted, two named"
        assert save([update("1-1", number="1")], {"1-1": 2}).receipt["findings"]["closed"] == []
        assert save([update("1-2", number="2")], {"1-2": 2}).receipt["findings"]["closed"] == two["opened"]


def test_an_edit_during_the_scan_is_not_undone_by_what_the_scan_saw(
    app: Flask, block: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(block, "UPDATE parcel SET number = '7/1' WHERE parcel_id IN ('0-0', '2-2')")
    versions = {row.parcel_id: row.version for row in rows(block, "SELECT parcel_id, version FROM parcel")}
    merge = module.merge_scan

    def edited_before(*arguments: Any) -> Any:
        body = {**edit(update("2-2", number="8")), "seen": versions}
        edit_boundaries(parse_edit_request(body, Limits()), Author(None, "test"))
        return merge(*arguments)

    monkeypatch.setattr(module, "merge_scan", edited_before)
    with app.app_context():
        result = scan_coverage(unwatched)
    assert (result["opened"], result["skipped"]) == (0, 1)
    assert ("duplicate_number", "open") not in findings(block)


def test_a_scan_that_was_killed_is_gone_on_with_by_the_next(app: Flask, block: Engine) -> None:
    class Killed(Exception):
        pass

    def kill(step: str, _done: int, _total: int | None = None) -> None:
        if step == "Looking at numbers and zones":
            raise Killed

    with app.app_context():
        with pytest.raises(Killed):
            scan_coverage(kill)
        assert rows(block, "SELECT state FROM scan")[0].state == "running"
        kept = rows(block, "SELECT count(*) FROM scan_cell WHERE parcels IS NOT NULL")[0][0]
        assert kept > 0
        asked: list[str] = []
        result = scan_coverage(lambda step, *_: asked.append(step))
    assert result["parcels"] == 9
    assert asked.count("Scanning") == 1  # no cell was looked at again
    assert [row.state for row in rows(block, "SELECT state FROM scan")] == ["done"]


def test_one_scan_at_a_time(app: Flask, block: Engine) -> None:
    with app.app_context(), snapshot(may_lag=False) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": module.LOCK})
        with pytest.raises(ScanRuns):
            scan_coverage(unwatched)


def test_rules_that_are_set_are_what_scans_and_edits_go_by(app: Flask, block: Engine) -> None:
    with app.app_context():
        largest = rows(block, "SELECT max(area_m2) FROM parcel")[0][0]
        save_rule(
            RuleChange("tiny_parcel", "error", is_on=True, blocks=False, numbers={"area_m2": min(largest + 1, 1e4)}),
            None,
        )
        assert rule_book().severity("tiny_parcel") == "error"
        scan_coverage(unwatched)
        found = rows(block, "SELECT count(*), min(severity) FROM finding WHERE rule = 'tiny_parcel'")[0]
        assert tuple(found) == (9, "error") if largest < 1e4 else (0, None)
        for change, named in (
            (RuleChange("gap", "warning", is_on=True, blocks=False, numbers={"width_m": 0.0}), "width_m"),
            (RuleChange("overlap", "error", is_on=True, blocks=False, numbers={}), "blocks"),
            (RuleChange("gap", "dreadful", is_on=True, blocks=False, numbers={}), "severity"),
            (RuleChange("taste", "error", is_on=True, blocks=False, numbers={}), "name"),
        ):
            with pytest.raises(BadRequest, match=named):
                save_rule(change, None)
