"""Parcels as they were: by system time to the microsecond, by legal date, and by both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest, Json, NotFound
from spatial_admin.services.parcels.describe_coverage import coverage_in_box, coverage_of
from spatial_admin.services.parcels.find_parcels import Question, find_parcels
from spatial_admin.services.parcels.recall_parcels import AsOf, recalled_feature
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot
from tests.admin.fabric import make_block
from tests.concurrency.fabric import Grid, move, save, store_block, update, versions_of

GRID = Grid()
TOWN = (*GRID.at(-1, -1), *GRID.at(6, 6))
MICROSECOND = timedelta(microseconds=1)
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
# What the migration of records makes of the view: a day of its own for some edits.
OWN_DAYS = """
CREATE TABLE day_of_law (edit_id bigint PRIMARY KEY, day date NOT NULL);
CREATE OR REPLACE VIEW edit_effective_date AS
SELECT e.id AS edit_id, coalesce(d.day, (e.made_at AT TIME ZONE 'UTC')::date) AS effective_from
FROM edit AS e LEFT JOIN day_of_law AS d ON d.edit_id = e.id
"""
NEWEST_EDIT = "SELECT edit_id FROM parcel_version ORDER BY lower(period) DESC LIMIT 1"
CURRENT = "SELECT parcel_id, version, number, encode(ST_AsBinary(geom, 'NDR'), 'hex') FROM parcel WHERE end_lifespan_version IS NULL"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def own_days(owner_engine: Engine) -> Engine:
    """A table that gives edits a day of law."""
    with owner_engine.begin() as connection:
        connection.execute(text(OWN_DAYS))
    return owner_engine


def effective(engine: Engine, edit_id: int, day: date) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO day_of_law VALUES (:edit, :day)"), {"edit": edit_id, "day": day})


@dataclass(slots=True)
class Past:
    """The current parcels as they stood after each edit, read from `parcel`, never from the history."""

    engine: Engine
    moments: list[datetime] = field(default_factory=list)
    states: list[set[Any]] = field(default_factory=list)

    def note(self) -> None:
        with self.engine.connect() as connection:
            self.states.append({tuple(row) for row in connection.execute(text(CURRENT))})
            self.moments.append(connection.execute(text("SELECT max(begin_lifespan_version) FROM parcel")).scalar_one())

    def at(self, moment: datetime) -> set[Any]:
        known = [state for begun, state in zip(self.moments, self.states, strict=True) if begun <= moment]
        return known[-1] if known else set()


def lived(engine: Engine) -> Past:
    """A block in which corners move, numbers change, a lot is retired, comes back and is retired again."""
    past = Past(engine)
    store_block(engine, GRID, 2, 2)
    past.note()  # each lot of direct SQL has a time of its own; what is known is the state after the last
    for operations in (
        [move(GRID.at(1, 1), GRID.at(1.2, 1.3))],
        [update("0-0", number="7"), update("1-1", number="8")],
        [{"op": "retire", "parcel_id": "1-0"}],
        [move(GRID.at(0, 0), GRID.at(-0.1, -0.1))],
        [{"op": "restore", "parcel_id": "1-0", "version": 2}],
        [{"op": "retire", "parcel_id": "1-0"}],
    ):
        save(operations, versions_of(engine))
        past.note()
    return past


def recalled(coverage: Json) -> set[Any]:
    """Parcels of a coverage as (parcel_id, version, number)."""
    return {(parcel["parcel_id"], parcel["version"], parcel["number"]) for parcel in coverage["parcels"]}


def in_town(as_of: AsOf) -> set[Any]:
    return recalled(coverage_in_box(TOWN, Limits(), as_of))


def boundaries(engine: Engine) -> list[datetime]:
    """Every moment at which the period of a version begins or ends."""
    sql = "SELECT lower(period) FROM parcel_version UNION SELECT upper(period) FROM parcel_version WHERE NOT upper_inf(period)"
    with engine.connect() as connection:
        return sorted(connection.execute(text(sql)).scalars())


def test_the_state_of_every_moment_is_what_the_table_held_then_to_the_microsecond(engine: Engine) -> None:
    past = lived(engine)
    swept = [moment + step for moment in boundaries(engine) for step in (-MICROSECOND, timedelta(0), MICROSECOND)]
    swept = [moment for moment in swept if moment >= past.moments[0]]
    assert len(swept) >= 20
    seen = set()
    for moment in swept:
        expected = {row[:3] for row in past.at(moment)}
        assert in_town(AsOf(moment)) == expected, moment
        seen.add(frozenset(expected))
    assert len(seen) == 6  # seven states, the last of which was there before


def test_before_the_first_parcel_there_is_none(engine: Engine) -> None:
    store_block(engine, GRID, 2, 2)
    first = boundaries(engine)[0]
    assert in_town(AsOf(first - MICROSECOND)) == set()
    assert len(in_town(AsOf(first))) == 1
    assert in_town(AsOf(LONG_AGO)) == set()


def test_boundaries_of_the_past_are_those_doubles(engine: Engine) -> None:
    past = lived(engine)
    moment = past.moments[1]
    coverage = coverage_in_box(TOWN, Limits(), AsOf(moment - MICROSECOND))
    assert list(GRID.at(1, 1)) in [point[:2] for point in coverage["points"]]
    coverage = coverage_in_box(TOWN, Limits(), AsOf(moment))
    assert list(GRID.at(1, 1)) not in [point[:2] for point in coverage["points"]]
    assert coverage["as_of"] == {"at": moment.isoformat(), "legal_at": None}


def test_a_parcel_is_found_in_the_past_by_id_box_and_name(engine: Engine) -> None:
    past = lived(engine)
    then = AsOf(past.moments[2])
    assert recalled(coverage_of(["1-0"], Limits(), then)) == {("1-0", 2, "1-0")}
    with snapshot() as session:
        feature = recalled_feature(session, "0-0", then)
        pages = [find_parcels(session, Question(bbox=TOWN, limit=3, as_of=then))]
        pages.append(find_parcels(session, Question(bbox=TOWN, limit=3, as_of=then, cursor=pages[0]["next_cursor"])))
    assert (feature["properties"]["number"], feature["properties"]["version"]) == ("7", 3)
    assert feature["properties"]["ended_at"] == past.moments[4].isoformat()
    assert feature["as_of"] == then.given
    names = [found["id"] for page in pages for found in page["features"]]
    assert sorted(names) == ["0-0", "0-1", "1-0", "1-1"]
    assert pages[1]["next_cursor"] is None


def test_the_past_is_the_present_while_nothing_changes(engine: Engine) -> None:
    make_block(engine)  # in whatever storage system
    now = coverage_of(["1", "9"], Limits())
    lon, lat = now["points"][0][2:]
    for as_of in (AsOf(boundaries(engine)[-1]), AsOf(legal_at=date(2999, 1, 1))):
        assert coverage_of(["1", "9"], Limits(), as_of) == {**now, "as_of": as_of.given}
        assert coverage_in_box((lon - 1e-3, lat - 1e-3, lon + 1e-3, lat + 1e-3), Limits(), as_of)["parcels"]


def test_a_parcel_that_was_not_there_is_named_with_the_time(engine: Engine) -> None:
    past = lived(engine)
    retired = AsOf(past.moments[3])
    with pytest.raises(NotFound, match="parcel 1-0 as stored at"):
        coverage_of(["0-0", "1-0"], Limits(), retired)
    with snapshot() as session, pytest.raises(NotFound, match="parcel 1-0 as stored at"):
        recalled_feature(session, "1-0", retired)
    with snapshot() as session, pytest.raises(NotFound, match=r"parcel 0-0 as in force on 1990-01-01 and as stored at"):
        recalled_feature(session, "0-0", AsOf(past.moments[1], date(1990, 1, 1)))


def test_the_future_is_refused_and_a_day_of_law_that_lies_ahead_is_not(engine: Engine) -> None:
    store_block(engine, GRID, 2, 2)
    with pytest.raises(BadRequest, match=r"at: .* lies in the future"):
        in_town(AsOf(datetime.now(UTC) + timedelta(hours=1)))
    assert len(in_town(AsOf(legal_at=date(2999, 1, 1)))) == 4


def test_a_retired_row_that_direct_sql_touches_does_not_come_back(engine: Engine) -> None:
    store_block(engine, GRID, 2, 1)
    save([{"op": "retire", "parcel_id": "1-0"}], {"1-0": 1})
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'old' WHERE parcel_id = '1-0'"))
        (_, _, change) = connection.execute(
            text("SELECT change FROM parcel_version WHERE parcel_id = '1-0' ORDER BY version")
        ).scalars()
    assert change == "attributes"
    newest = AsOf(boundaries(engine)[-1])
    assert in_town(newest) == {("0-0", 1, "0-0")}
    assert in_town(AsOf(legal_at=date(2999, 1, 1))) == {("0-0", 1, "0-0")}


def test_without_records_an_edit_is_law_on_the_day_it_is_made(engine: Engine) -> None:
    lived(engine)
    with engine.connect() as connection:
        today = connection.execute(text("SELECT (made_at AT TIME ZONE 'UTC')::date FROM edit LIMIT 1")).scalar_one()
    with snapshot() as session:
        assert recalled_feature(session, "0-1", AsOf(legal_at=today + timedelta(days=1)))["properties"]["version"] == 2
    assert in_town(AsOf(legal_at=today - timedelta(days=1))) == set()


def test_an_edit_recorded_today_is_in_force_from_its_day_before_or_after(engine: Engine, own_days: Engine) -> None:
    store_block(engine, GRID, 1, 1)
    with engine.connect() as connection:
        for (edit_id,) in connection.execute(text("SELECT id FROM edit")).all():
            effective(own_days, edit_id, date(1900, 1, 1))
    back = save([update("0-0", number="back")], {"0-0": 1}).receipt["edit_id"]
    effective(own_days, back, date(2020, 5, 1))
    ahead = save([{"op": "retire", "parcel_id": "0-0"}], {"0-0": 2}).receipt["edit_id"]
    effective(own_days, ahead, date(2090, 1, 1))
    for day, expected in {
        date(1899, 12, 31): set(),
        date(1900, 1, 1): {("0-0", 1, "0-0")},
        date(2020, 4, 30): {("0-0", 1, "0-0")},
        date(2020, 5, 1): {("0-0", 2, "back")},
        date(2089, 12, 31): {("0-0", 2, "back")},
        date(2090, 1, 1): set(),
    }.items():
        assert in_town(AsOf(legal_at=day)) == expected, day


def test_an_image_names_the_later_law_that_it_contains(engine: Engine, own_days: Engine) -> None:
    store_block(engine, GRID, 1, 1)
    with engine.connect() as connection:
        made = connection.execute(text(NEWEST_EDIT)).scalar_one()
    effective(own_days, made, date(1900, 1, 1))
    for number, day in (("july", date(2026, 7, 1)), ("january", date(2026, 1, 1))):
        edit = save([update("0-0", number=number)], versions_of(engine)).receipt["edit_id"]
        effective(own_days, edit, day)
    with snapshot() as session:
        before = recalled_feature(session, "0-0", AsOf(legal_at=date(2025, 12, 31)))["properties"]
        between = recalled_feature(session, "0-0", AsOf(legal_at=date(2026, 3, 1)))["properties"]
        after = recalled_feature(session, "0-0", AsOf(legal_at=date(2026, 7, 1)))["properties"]
    assert (before["version"], before["ahead_of"]) == (1, [])
    assert (between["version"], between["number"], between["effective_from"]) == (3, "january", "2026-01-01")
    assert between["ahead_of"] == [2]
    assert (after["version"], after["ahead_of"]) == (3, [])


def test_both_times_together_agree_with_a_model_over_a_random_history(engine: Engine, own_days: Engine) -> None:
    chance = random.Random(20260301)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(8)]
    store_block(engine, GRID, 2, 1)
    with engine.connect() as connection:
        made = list(connection.execute(text("SELECT id FROM edit")).scalars())
    is_there = dict.fromkeys(("0-0", "1-0"), True)
    for number in range(14):
        name = chance.choice(sorted(is_there))
        operation = update(name, number=str(number))
        if not is_there[name]:
            operation = {"op": "restore", "parcel_id": name, "version": 1}
        elif chance.random() < 0.3:
            operation = {"op": "retire", "parcel_id": name}
        is_there[name] = is_there[name] if operation["op"] == "update" else operation["op"] == "restore"
        made.append(save([operation], versions_of(engine)).receipt["edit_id"])
    law = {edit_id: chance.choice(days) for edit_id in made}
    for edit_id, day in law.items():
        effective(own_days, edit_id, day)
    versions = "SELECT parcel_id, version, number, lower(period) AS begun, edit_id, change FROM parcel_version ORDER BY version"
    with engine.connect() as connection:
        history = connection.execute(text(versions)).all()
    for day in [days[0] - timedelta(days=1), *days]:
        for moment in [None, *boundaries(engine)]:
            assert in_town(AsOf(moment, day)) == _model(history, law, day, moment), (day, moment)


def _model(history: Any, law: dict[int, date], day: date, moment: datetime | None) -> set[Any]:
    """The newest version of each parcel that is law on the day and stored by the moment, unless that is a retirement."""
    newest: dict[str, Any] = {}
    for row in history:
        if law[row.edit_id] <= day and (moment is None or row.begun <= moment):
            newest[row.parcel_id] = row
    return {(row.parcel_id, row.version, row.number) for row in newest.values() if row.change != "retired"}
