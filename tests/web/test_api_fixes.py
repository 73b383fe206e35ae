"""GET /api/findings/{id}/fixes: each that is offered saves, closes its finding, opens none, and changes what it says."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.editing.offer_fixes import ADVICE
from tests.web.fixes import DEFECTS, SMALL, store_defect
from tests.web.openapi.validation import check_answer

Bearer = dict[str, dict[str, str]]
ONE_WAY = ("missing_point", "repeated_point", "spike")  # where a second way may come to the same
VERSIONS = text("SELECT parcel_id, version, area_m2 FROM parcel ORDER BY parcel_id")
STATUS = text("SELECT id, status FROM finding ORDER BY id")
COUNTS = text(
    "SELECT (SELECT count(*) FROM edit), (SELECT count(*) FROM parcel_version), (SELECT count(*) FROM finding)"
)


def asked(client: FlaskClient, bearer: Bearer, finding: int) -> Any:
    answer = client.get(f"/api/findings/{finding}/fixes", headers=bearer["editor"])
    assert answer.status_code == 200, answer.text
    check_answer("/api/findings/{finding_id}/fixes", "get", answer)
    return answer.json


def saved(client: FlaskClient, bearer: Bearer, fix: Any, **members: Any) -> Any:
    body = {name: fix[name] for name in ("comment", "nature", "seen", "operations")}
    answer = client.post("/api/edits", json={**body, "key": str(uuid.uuid4()), **members}, headers=bearer["editor"])
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("rule", DEFECTS)
def test_an_offered_fix_saves_and_changes_what_it_says(
    rule: str, index: int, client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    finding = store_defect(engine, rule)
    with engine.connect() as connection:
        before = {row.parcel_id: row for row in connection.execute(VERSIONS)}
        counts = connection.execute(COUNTS).one()
    answer = asked(client, bearer, finding)
    with engine.connect() as connection:
        assert connection.execute(COUNTS).one() == counts  # asking keeps nothing
    if index >= len(answer["fixes"]):
        assert index == 1
        assert rule in ONE_WAY
        return
    fix = answer["fixes"][index]
    assert fix["closes"] == [finding]
    assert fix["needs"] == ("nothing" if rule in SMALL else "reason")
    assert fix["is_below_accuracy"] == (fix["farthest_m"] <= answer["accuracy_m"])
    receipt = saved(client, bearer, fix)
    assert receipt["findings"] == {"opened": [], "closed": [finding]}
    assert receipt["parcels"] == fix["parcels"]
    with engine.connect() as connection:
        after = {row.parcel_id: row for row in connection.execute(VERSIONS)}
        assert connection.execute(STATUS).all() == [(finding, "fixed")]
    changed = {name for name, row in after.items() if row.version != before[name].version}
    assert changed == {parcel["parcel_id"] for parcel in fix["parcels"]}
    for parcel in fix["parcels"]:
        name = parcel["parcel_id"]
        assert parcel["area_m2_before"] == pytest.approx(before[name].area_m2)
        assert parcel["area_m2_after"] == pytest.approx(after[name].area_m2)


def test_what_moves_least_comes_first_and_no_more_than_three(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    fixes = asked(client, bearer, store_defect(engine, "overlap"))["fixes"]
    distances = [fix["farthest_m"] for fix in fixes]
    assert 2 <= len(fixes) <= 3
    assert distances == sorted(distances)
    results = [{p["parcel_id"]: round(p["area_m2_after"], 1) for p in fix["parcels"]} for fix in fixes]
    assert all(results.count(one) == 1 for one in results)  # cut back or joined there is one result
    assert fixes[0]["numbers"] == {
        p["parcel_id"]: {"A": "101", "B": "102", "road": "103"}[p["parcel_id"]] for p in fixes[0]["parcels"]
    }
    assert distances[0] == pytest.approx(0.0736, abs=0.001)


def test_a_fixed_finding_has_none_and_says_so(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    finding = store_defect(engine, "gap")
    saved(client, bearer, asked(client, bearer, finding)["fixes"][0])
    answer = asked(client, bearer, finding)
    assert (answer["fixes"], answer["why_none"]) == ([], "The finding is fixed.")


def test_a_rule_that_no_boundary_mends_has_none(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    finding = store_defect(engine, "gap")
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET rule = 'stack'"))
    answer = asked(client, bearer, finding)
    assert (answer["fixes"], answer["why_none"]) == (
        [], ADVICE["stack"],
    )  # fmt: skip


def test_a_stale_fix_is_a_conflict_like_any_edit(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    first, second = asked(client, bearer, store_defect(engine, "overlap"))["fixes"][:2]
    saved(client, bearer, first)
    body = {name: second[name] for name in ("comment", "nature", "seen", "operations")}
    answer = client.post("/api/edits", json={**body, "key": str(uuid.uuid4())}, headers=bearer["editor"])
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/version_conflict")


def test_a_viewer_is_offered_none_and_a_finding_that_is_none_is_not_found(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    finding = store_defect(engine, "gap")
    assert client.get(f"/api/findings/{finding}/fixes", headers=bearer["viewer"]).status_code == 403
    assert client.get(f"/api/findings/{finding}/fixes").status_code == 401
    assert client.get("/api/findings/999/fixes", headers=bearer["editor"]).status_code == 404
    assert client.get(f"/api/findings/{finding}/fixes?x=1", headers=bearer["editor"]).status_code == 400


def test_a_deployment_that_wants_records_wants_them_of_fixes_too(
    with_settings: Callable[..., Flask], bearer: Bearer, engine: Engine
) -> None:
    finding = store_defect(engine, "sliver")
    client = with_settings(record_required=True).test_client()
    fixes = asked(client, bearer, finding)["fixes"]
    assert {fix["needs"] for fix in fixes} == {"record"}


def test_accuracy_decides_what_one_click_may_save(
    with_settings: Callable[..., Flask], bearer: Bearer, engine: Engine
) -> None:
    finding = store_defect(engine, "sliver")
    fixes = asked(with_settings(point_accuracy_m=0.0001).test_client(), bearer, finding)["fixes"]
    assert {(fix["needs"], fix["is_below_accuracy"]) for fix in fixes} == {("reason", False)}


@pytest.mark.parametrize("rule", ["overlap", "gap"])
def test_a_boundary_halfway_is_offered_where_an_administrator_allows_it(
    rule: str, with_settings: Callable[..., Flask], client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    finding = store_defect(engine, rule)
    assert not any("halfway" in fix["title"] for fix in asked(client, bearer, finding)["fixes"])
    fixes = asked(with_settings(halfway_fixes=True).test_client(), bearer, finding)["fixes"]
    (halved,) = [fix for fix in fixes if "halfway" in fix["title"]]
    assert halved["needs"] == "reason"
    assert {parcel["parcel_id"] for parcel in halved["parcels"] if parcel["change"] == "geometry"} == {"A", "B"}
    assert saved(client, bearer, halved)["findings"] == {"opened": [], "closed": [finding]}
