"""Errors as answers: one table, no traceback, the right form for who asks."""

from __future__ import annotations

import inspect
import logging

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from spatial_admin import errors, file_errors
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.services.accounts import identify_account
from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.web.problems import TABLE, problem_of
from tests.accounts import People, sign_in

# Raised at start or in a command, never while a request is answered.
NOT_OVER_HTTP = {
    errors.SpatialAdminError,
    errors.SettingRefused,
    errors.DeploymentMismatch,
    errors.QueueLost,
}

EXAMPLES: list[tuple[Exception, int, str, dict[str, object]]] = [
    (errors.BadRequest("seen", "it takes an object"), 400, "bad_request", {"where": "seen"}),
    (errors.NotAllowed("no"), 403, "not_allowed", {}),
    (errors.NotFound("parcel", "7"), 404, "not_found", {}),
    (
        errors.VersionConflict([errors.StaleParcel("7", 1, 3)]),
        409,
        "version_conflict",
        {"conflicts": [{"parcel_id": "7", "seen": 1, "current_version": 3, "can_rebase": False}]},
    ),
    (errors.LimitExceeded("rings", 200, 201), 422, "limit_exceeded", {"limit": 200, "given": 201}),
    (errors.TooManyParcels("parcels", 2000), 422, "too_many_parcels", {"limit": 2000, "given": None}),
    (errors.InvalidOperation(1, "move_point", "why"), 422, "invalid_operation", {"operation": 1, "op": "move_point"}),
    (errors.UnknownPoint(0, [1.0, 2.0]), 422, "unknown_point", {"operation": 0, "point": [1.0, 2.0]}),
    (errors.KeyReused("k"), 422, "key_reused", {}),
    (file_errors.SourceRefused("no CRS"), 422, "source_refused", {}),
    (file_errors.ExportRefused("crs", "no", ["EPSG:4326"]), 422, "export_refused", {"where": "crs", "known": ["EPSG:4326"]}),
    (file_errors.TooManyExports(2), 503, "too_many_exports", {}),
    (file_errors.ExportFailed("full"), 503, "export_failed", {}),
    (file_errors.ExportGone("parcels.gpkg", 7), 410, "export_gone", {}),
    (errors.VersionRequired({"b": 2, "a": 1}), 428, "version_required",
     {"missing": [{"parcel_id": "a", "current": 1}, {"parcel_id": "b", "current": 2}]}),
    (errors.RecordRequired("r"), 422, "record_required", {}),
    (errors.UnknownRecord(7), 422, "unknown_record", {"record_id": 7}),
    (errors.RecordReturned(7), 422, "record_returned", {"record_id": 7}),
    (errors.RecordApproved(7), 409, "record_approved", {"record_id": 7}),
    (
        errors.RecordChanged({"id": 7, "state": "in_work", "version": 3}),
        409,
        "record_changed",
        {"current": {"id": 7, "state": "in_work", "version": 3}},
    ),
    (errors.FindingChanged("It is fixed.", {"id": 7}), 409, "finding_changed", {"current": {"id": 7}}),
    (errors.DraftChanged({"id": 7, "version": 3}), 409, "draft_changed", {"current": {"id": 7, "version": 3}}),
    (
        errors.TransitionRefused(7, "received", "approved", ["in_work"]),
        422,
        "transition_refused",
        {"state": "received", "allowed": ["in_work"]},
    ),
    (errors.Contention("c"), 503, "contention", {}),
    (file_errors.BackupRefused("There is no folder /x."), 409, "backup_refused", {}),
    (file_errors.BackupFailed("No space left on device."), 500, "backup_failed", {}),
    (errors.TookTooLong("t"), 503, "too_slow", {}),
    (errors.DatabaseReadOnly("r"), 503, "read_only", {}),
    (errors.OutcomeUnknown("o"), 503, "outcome_unknown", {}),
    (
        errors.EditRejected(
            [errors.Violation("overlap", ("7", "8"), "They overlap.", {"type": "Point", "coordinates": [1, 2]}, 3.0)]
        ),
        422,
        "edit_rejected",
        {"findings": [{"rule": "overlap", "parcels": ["7", "8"], "place": {"type": "Point", "coordinates": [1, 2]},
                       "measure": 3.0, "message": "They overlap."}]},
    ),
]  # fmt: skip


def test_every_error_of_the_product_has_a_row_in_the_table() -> None:
    classes = {thing for _, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, Exception)}
    assert classes - NOT_OVER_HTTP == {kind for kind in TABLE if kind.__module__ == errors.__name__}


@pytest.mark.parametrize(("error", "status", "word", "members"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_error_becomes_its_problem(
    app: Flask, error: Exception, status: int, word: str, members: dict[str, object]
) -> None:
    with app.test_request_context("/api/x"):
        problem = problem_of(error)
        body = problem.body()
    assert (problem.status, body["status"], body["type"]) == (status, status, f"/problems/{word}")
    assert body["title"]
    assert {name: body[name] for name in members} == members
    assert ("Retry-After" in problem.headers) is (status == 503)


def test_client_gets_problem_json_and_person_gets_a_page(client: FlaskClient, accounts: People) -> None:
    answer = client.get("/api/nowhere", headers=accounts.viewer.bearer)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    sign_in(client, accounts.viewer)
    page = client.get("/nowhere")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Not Found" in page.text
    script = client.get("/nowhere", headers={"Accept": "application/json"})
    assert script.mimetype == "application/problem+json"


def test_unexpected_error_is_logged_and_not_shown(
    app: Flask, accounts: People, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    client = app.test_client()
    sign_in(client, accounts.viewer)
    with caplog.at_level(logging.ERROR):
        page = client.get("/broken")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    record = next(record for record in caplog.records if "Unexpected error" in record.message)
    assert record.exc_info is not None
    assert record.message.split()[2] in page.text, "the page names the reference that the log has"


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        ("57014", 503, "too_slow"),  # statement timeout
        ("57P01", 503, "database_unreachable"),  # the server is stopped
        ("25006", 503, "read_only"),  # a standby
        ("53300", 503, "database_unreachable"),  # too many connections
        (None, 503, "database_unreachable"),  # refused
        ("42P01", 500, "internal_error"),  # a table that is missing is our fault
    ],
)
def test_what_the_database_says_is_not_repeated(app: Flask, code: str | None, status: int, word: str) -> None:
    class Spoken(psycopg2.OperationalError):
        pgcode = code

    error = OperationalError("SELECT secret", None, Spoken("relation secret"))
    with app.test_request_context("/api/x"):
        problem = problem_of(error)
    assert (problem.status, problem.word) == (status, word)
    assert "secret" not in str(problem.body())


def test_a_pool_that_is_used_up_is_a_503_and_no_fault_of_ours(app: Flask) -> None:
    with app.test_request_context("/api/x"):
        problem = problem_of(PoolTimeout("QueuePool limit of size 4 overflow 8 reached"))
    assert (problem.status, problem.word, problem.headers) == (503, "database_unreachable", {"Retry-After": "1"})
    assert "QueuePool" not in problem.detail


def test_who_is_signed_in_sees_a_page_too_when_the_database_is_gone(
    app: Flask, accounts: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can say who looks then, and the page's header must not ask again."""

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", None, psycopg2.OperationalError("connection refused"))

    client = app.test_client()
    sign_in(client, accounts.viewer)
    monkeypatch.setattr(identify_account, "look_up", gone)
    for path in ("/", "/admin/", "/admin/database/"):
        page = client.get(path)
        assert (page.status_code, page.mimetype) == (503, "text/html")
        assert "The database is out of reach" in page.text


def test_place_is_told_in_lon_lat_where_storage_is_projected(app: Flask) -> None:
    place = {"type": "LineString", "coordinates": [[2600000.0, 1200000.0], [2600010.0, 1200000.0]]}
    error = errors.EditRejected([errors.Violation("overlap", (), "m", place), errors.Violation("extent", (), "m")])
    # As a deployment in the Swiss grid has it; this process has the tables of another SRID.
    app.extensions["spatial_admin.deployment"] = Fixed(ground_of(2056), "CH1903+ / LV95", frozenset(), ())
    with app.test_request_context("/api/x"):
        first, second = problem_of(error).body()["findings"]
    lon, lat = first["place"]["coordinates"][0]
    assert (lon, lat) == pytest.approx((7.4386, 46.9511), abs=1e-3), "Bern, the origin of the grid"
    assert second["place"] is None
