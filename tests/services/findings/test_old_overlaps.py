"""Real parcels that overlap others since their import stay editable, and their overlaps cannot grow."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine

from spatial_admin.errors import EditRejected, SpatialAdminError
from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.settings import Limits
from tests.conftest import dispose, settings_over
from tests.database import TestCluster
from tests.services.findings.fixes_tried import open_overlaps, save_fixes
from tests.services.findings.old_overlaps import (
    Town,
    growths,
    merges,
    moves_of_a_far_corner,
    overlaps_that_grew,
    rehearse,
    renumbering,
    sample,
    splits,
)

SAMPLE = 8  # of each kind and file; SPATIAL_ADMIN_TEST_ALL=1 tries all of them
FILES = ("us_va_williamsburg_parcels.geojson", "us_pa_philadelphia_parcels_dirty.geojson")
Tries = Callable[[Town, str], Iterator[list[dict[str, Any]]]]


@pytest.fixture(scope="module", params=FILES)
def town(
    request: pytest.FixtureRequest, cluster: TestCluster, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    name = cluster.clone()
    app: Flask = create_app(settings_over(cluster.app_url(name), cluster, tmp_path_factory.mktemp("home")))
    engine = create_engine(cluster.app_url(name))
    with app.app_context():
        import_parcels(shared_data / "parcels" / request.param, ImportOptions(), limits=Limits())
        with engine.connect() as connection:
            found = Town.as_imported(deployment_ground(), connection)
        yield found
    engine.dispose()
    dispose(app)
    cluster.drop(name)


def chosen(town: Town) -> list[str]:
    if os.environ.get("SPATIAL_ADMIN_TEST_ALL"):
        return sorted(town.partners.keys() | town.stacks.keys())
    # In Philadelphia nearly all of them are of stacks: some of both.
    return sorted({name for kind in (town.partners, town.stacks) for name in sample(sorted(kind), SAMPLE)})


@pytest.mark.parametrize("tries", [renumbering, splits, merges, moves_of_a_far_corner])
def test_a_parcel_with_an_old_overlap_can_be(tries: Tries, town: Town) -> None:
    outcomes: Counter[str] = Counter()
    impossible = {}
    for name in chosen(town):
        refusals = []
        for operations in tries(town, name):
            outcome = rehearse(town, name, operations)
            if not isinstance(outcome, SpatialAdminError):
                outcomes["done"] += 1
                break
            refusals.append(str(outcome))
        else:
            outcomes["refused" if refusals else "nothing to try"] += 1
            if refusals:
                impossible[name] = refusals
    report(tries, outcomes, impossible)
    assert impossible == {}
    assert outcomes["done"] > outcomes["nothing to try"]


def test_no_old_overlap_can_grow(town: Town) -> None:
    outcomes: Counter[str] = Counter()
    grown = {}
    for name in chosen(town):
        for operations in itertools.islice(growths(town, name), 4):
            outcome = rehearse(town, name, operations)
            if isinstance(outcome, SpatialAdminError):
                outcomes[f"{operations[0]['op']} refused"] += 1
                assert isinstance(outcome, EditRejected)
            elif pairs := overlaps_that_grew(town, outcome):
                grown[name] = [operations, pairs]
            else:  # the point lay on a segment of the other, which was noded and went along
                outcomes["went along"] += 1
    report(growths, outcomes, grown)
    assert grown == {}
    assert outcomes["draw refused"] == len(chosen(town))
    assert outcomes["move_point refused"] > 0


def test_fixes_of_old_overlaps_save_and_change_what_they_say(town: Town) -> None:
    """The last test of a town: it changes it. All of Williamsburg's, tried on the import each, are 99 of 123."""
    findings = open_overlaps()
    tried = findings if os.environ.get("SPATIAL_ADMIN_TEST_ALL") else sample(findings, SAMPLE)
    outcomes = save_fixes(town.ground, tried)
    report(test_fixes_of_old_overlaps_save_and_change_what_they_say, outcomes, {})
    assert outcomes["fixed"] >= len(tried) // 4


def report(tries: Callable[..., Any], outcomes: Counter[str], failed: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"tries": tries.__name__, **outcomes, "failed": failed}) + "\n")
