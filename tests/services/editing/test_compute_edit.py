"""How much of its surroundings an edit may look at."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from spatial_admin.errors import LimitExceeded
from spatial_admin.services.editing.edit_boundaries import edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.settings import Limits
from spatial_admin.transaction import Outcome
from tests.concurrency.audit import audit
from tests.concurrency.fabric import SOMEBODY, Grid, move, store_block, store_lots, versions_of

GRID = Grid()
LOTS = 40
FEW = replace(Limits(), parcels_per_edit=3)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def road(engine: Engine) -> Engine:
    """Lots in a row, and a road along all of them."""
    store_block(engine, GRID, LOTS, 1)
    along = [GRID.at(i, 0) for i in range(LOTS, -1, -1)]
    store_lots(engine, {"road": [GRID.at(0, -0.5), GRID.at(LOTS, -0.5), *along]})
    return engine


def edit(operation: dict[str, Any], seen: dict[str, int], limits: Limits) -> Outcome:
    body = {"key": str(uuid.uuid4()), "comment": "", "seen": seen, "operations": [operation]}
    return edit_boundaries(parse_edit_request(body, limits), SOMEBODY, limits)


def test_a_change_that_would_look_at_half_the_town_is_refused_and_a_job_is_advised(road: Engine) -> None:
    with pytest.raises(LimitExceeded) as refused:
        edit({"op": "retire", "parcel_id": "road"}, {"road": 1}, FEW)
    assert refused.value.what == "parcels around one edit"
    assert (refused.value.limit, refused.value.given) == (30, 1 + LOTS)
    assert "respond-async" in str(refused.value)
    assert versions_of(road)["road"] == 1


def test_as_a_job_it_is_made(road: Engine) -> None:
    edit({"op": "retire", "parcel_id": "road"}, {"road": 1}, FEW.for_job())
    assert versions_of(road)["road"] == 2
    assert audit(road) == []


def test_a_point_of_the_same_road_moves_as_ever(road: Engine) -> None:
    outcome = edit(move(GRID.at(7, 0), GRID.at(7.1, 0.05)), {"road": 1, "6-0": 1, "7-0": 1}, FEW)
    assert {parcel["parcel_id"] for parcel in outcome.receipt["parcels"]} == {"road", "6-0", "7-0"}
