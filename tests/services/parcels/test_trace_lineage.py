"""Lineage over splits and merges that go round in circles by id and never by version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import NotFound
from spatial_admin.services.parcels.find_parcels import Question, find_parcels
from spatial_admin.services.parcels.show_parcel import parcel_feature
from spatial_admin.services.parcels.trace_lineage import MOST_STEPS, next_of_kin, successors_of, trace_lineage
from spatial_admin.transaction import snapshot
from tests.concurrency.fabric import Grid, store_lots

GRID = Grid()
STEP = (
    "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) "
    "VALUES (:parent, :pv, :child, :cv, (SELECT min(id) FROM edit), :kind)"
)
Step = tuple[str, int, str, int]


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


def store(engine: Engine, current: str, retired: str = "") -> None:
    """Parcels, one for each letter, those of `retired` at an end."""
    store_lots(engine, {name: GRID.box(index, 0) for index, name in enumerate(current + retired)}, level="units")
    if retired:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE parcel SET end_lifespan_version = clock_timestamp() WHERE parcel_id = ANY (:names)"),
                {"names": list(retired)},
            )


def link(engine: Engine, *steps: Step, kind: str = "split") -> None:
    with engine.begin() as connection:
        rows = [dict(zip(("parent", "pv", "child", "cv"), step, strict=True), kind=kind) for step in steps]
        connection.execute(text(STEP), rows)


def traced(name: str, direction: str, depth: int = 10) -> set[Step]:
    with snapshot() as session:
        found = trace_lineage(session, name, direction, depth)
    return {(step["parent"], step["parent_version"], step["child"], step["child_version"]) for step in found["steps"]}


SPLIT_OFF: Step = ("x", 1, "y", 1)  # y is split off x, which goes on as version 2
MERGED_BACK: Step = ("y", 2, "x", 3)  # and merged into it again
AGAIN: Step = ("x", 4, "y", 5)  # then split off once more, under its old id
SOLD: Step = ("y", 5, "z", 1)  # and z comes out of it


@pytest.fixture
def circle(engine: Engine) -> Engine:
    store(engine, "xyz")
    link(engine, SPLIT_OFF, AGAIN, SOLD)
    link(engine, MERGED_BACK, kind="merge")
    return engine


def test_a_lot_that_is_merged_back_and_split_off_again_has_a_lineage_with_an_end(circle: Engine) -> None:
    everything = {SPLIT_OFF, MERGED_BACK, AGAIN, SOLD}
    assert traced("z", "back") == everything
    assert traced("x", "forward") == everything
    assert traced("x", "both") == everything


def test_backwards_nothing_counts_that_came_after(circle: Engine) -> None:
    link(circle, ("z", 3, "y", 7))
    assert traced("z", "back") == {SPLIT_OFF, MERGED_BACK, AGAIN, SOLD}


def test_forwards_nothing_counts_that_came_out_before(engine: Engine) -> None:
    store(engine, "abcd")
    early, late = ("b", 1, "c", 1), ("b", 4, "d", 1)
    joined = ("a", 1, "b", 3)
    link(engine, early, late, joined)
    assert traced("a", "forward") == {joined, late}  # c came out of b before a was part of it
    assert traced("b", "forward") == {early, late}
    assert traced("c", "back") == {early}
    assert traced("d", "back") == {late, joined}


def test_depth_bounds_the_walk_and_says_so(engine: Engine) -> None:
    store(engine, "abcd")
    link(engine, ("a", 1, "b", 1), ("b", 1, "c", 1), ("c", 1, "d", 1))
    with snapshot() as session:
        short = trace_lineage(session, "a", "forward", 2)
        whole = trace_lineage(session, "a", "forward", 3)
    assert [step["child"] for step in short["steps"]] == ["b", "c"]
    assert (short["truncated"], whole["truncated"]) == (True, False)
    assert [node["parcel_id"] for node in short["nodes"]] == ["a", "b", "c"]


def test_steps_are_bounded_however_many_there_are(engine: Engine) -> None:
    store(engine, "ab")
    link(engine, *(("a", number, "b", number) for number in range(1, MOST_STEPS + 2)))
    with snapshot() as session:
        found = trace_lineage(session, "a", "forward", 10)
    assert (len(found["steps"]), found["truncated"]) == (MOST_STEPS, True)


def test_nodes_say_which_parcels_are_still_there(engine: Engine) -> None:
    store(engine, "ab", retired="c")
    link(engine, ("c", 1, "a", 1), ("c", 1, "b", 1))
    with snapshot() as session:
        nodes = trace_lineage(session, "c", "forward", 10)["nodes"]
        alone = trace_lineage(session, "a", "forward", 10)
    assert [(n["parcel_id"], n["number"], n["version"], n["is_current"]) for n in nodes] == [
        ("a", "a", 1, True),
        ("b", "b", 1, True),
        ("c", "c", 2, False),
    ]
    assert nodes[2]["retired_at"] is not None
    assert (alone["steps"], [node["parcel_id"] for node in alone["nodes"]]) == ([], ["a"])
    with snapshot() as session, pytest.raises(NotFound, match="parcel nobody"):
        trace_lineage(session, "nobody", "both", 10)


def test_a_parcel_shows_its_parents_and_children(engine: Engine) -> None:
    store(engine, "abc", retired="p")
    link(engine, ("p", 1, "a", 1))
    link(engine, ("a", 3, "b", 1), ("a", 3, "c", 2), kind="transfer")
    with snapshot() as session:
        kin = next_of_kin(session, "a")
        feature = parcel_feature(session, "a")
    assert [(p["parcel_id"], p["version"], p["kind"], p["is_current"]) for p in kin["parents"]] == [
        ("p", 1, "split", False)
    ]
    assert [(c["parcel_id"], c["version"], c["kind"]) for c in kin["children"]] == [
        ("b", 1, "transfer"),
        ("c", 2, "transfer"),
    ]
    assert feature["properties"]["lineage"] == kin
    assert "successors" not in feature["properties"]


def test_successors_are_what_is_current_among_all_that_came_out(engine: Engine) -> None:
    store(engine, "abc", retired="pq")
    # p became q and a; q became b, and c much later out of a; q itself is gone
    link(engine, ("p", 1, "q", 1), ("p", 1, "a", 1), ("q", 1, "b", 1), ("a", 5, "c", 1))
    with snapshot() as session:
        found = successors_of(session, ["p", "q", "nothing"])
        feature = parcel_feature(session, "p")
    ids = {name: [one["parcel_id"] for one in these] for name, these in found.items()}
    assert ids == {"p": ["a", "b", "c"], "q": ["b"], "nothing": []}
    assert feature["properties"]["successors"] == found["p"]


def test_a_search_finds_a_retired_number_and_names_its_successors(engine: Engine) -> None:
    store(engine, "ab", retired="pq")
    link(engine, ("p", 1, "a", 1), ("p", 1, "b", 1))
    with snapshot() as session:
        features: dict[str, Any] = {
            word: find_parcels(session, Question(q=word))["features"][0]["properties"] for word in "apq"
        }
    assert features["p"]["successors"] == [{"parcel_id": "a", "number": "a"}, {"parcel_id": "b", "number": "b"}]
    assert features["p"]["retired_at"] is not None
    assert features["q"]["successors"] == []
    assert "successors" not in features["a"]
