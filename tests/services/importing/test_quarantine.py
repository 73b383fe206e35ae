"""A dirty file through the API and a worker: everything it holds is accounted for, refused rows are decided about once."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.errors import LimitExceeded
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.importing.queue_import import run_import_job
from spatial_admin.services.importing.undo_import import UndoRequest, undo_import
from spatial_admin.services.jobs.report_progress import JobCancelled, JobInterrupted, begin_job, finish_job, stop_job
from spatial_admin.services.shared.watch_edit import Watch, unwatched
from spatial_admin.settings import Limits
from tests.accounts import People
from tests.concurrency.audit import audit
from tests.jobs.workers import work_off
from tests.web.api import at
from tests.web.openapi.conftest import DescribedClient

Json = dict[str, Any]
# Two good lots, a bow-tie beside them, a repeated id, a missing one, a line, an area far outside, an unclosed ring.
BOX = [at(0, 0), at(1, 0), at(1, 1), at(0, 1), at(0, 0)]
SECOND = [at(1, 0), at(2, 0), at(2, 1), at(1, 1), at(1, 0)]
BOW = [at(3, 0), at(4, 1), at(4, 0), at(3, 1), at(3, 0)]
TWIN = [at(0, 2), at(1, 2), at(1, 3), at(0, 3), at(0, 2)]
NAMELESS = [at(2, 2), at(3, 2), at(3, 3), at(2, 3), at(2, 2)]
REPAIRED, RENUMBERED, NAMED, LINE, REJECTED, UNCLOSED = 3, 4, 5, 6, 7, 8


def feature(properties: Json, kind: str, coordinates: Any) -> Json:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def dirty() -> bytes:
    features = [
        feature({"id": "A", "owner": "Ash"}, "Polygon", [BOX]),
        feature({"id": "B"}, "Polygon", [SECOND]),
        feature({"id": "bow", "land_use": "orchard", "note": "=1+1"}, "Polygon", [BOW]),
        feature({"id": "A", "owner": "Birch"}, "Polygon", [TWIN]),
        feature({"id": ""}, "Polygon", [NAMELESS]),
        feature({"id": "line"}, "LineString", [at(5, 0), at(6, 1)]),
        feature({"id": "far"}, "Polygon", [[[500, 500], [501, 500], [501, 501], [500, 500]]]),
        feature({"id": "open"}, "Polygon", [[at(7, 0), at(8, 0), at(8, 1)]]),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Every answer is held to the description of the interface, too."""
    app.test_client_class = DescribedClient
    return app.test_client()


@pytest.fixture
def admin(client: FlaskClient, accounts: People) -> Callable[..., TestResponse]:
    """Ask as the administrator."""

    def ask(method: str, path: str, **more: Any) -> TestResponse:
        return client.open(path, method=method, headers=accounts.administrator.bearer, **more)

    return ask


def upload(
    ask: Callable[..., TestResponse], content: bytes, name: str = "dirty.geojson", **options: str
) -> TestResponse:
    return ask("POST", "/api/imports", data={"file": (BytesIO(content), name), **options})


@pytest.fixture
def imported(app: Flask, admin: Callable[..., TestResponse]) -> int:
    answer = upload(admin, dirty(), id_field="id", comment="first delivery")
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    assert (answer.json["state"], answer.json["job"]["state"]) == ("waiting", "waiting")
    carry_out(app, answer.json["job"]["job_id"])
    return int(answer.json["import_id"])


def carry_out(app: Flask, job_id: int, watch: Watch = unwatched) -> None:
    """What a worker does with the job, without a worker."""
    with app.app_context():
        attempt = begin_job(job_id)
        assert attempt is not None
        finish_job(job_id, attempt, run_import_job(job_id, watch))


def counts(engine: Engine, batch: int) -> tuple[int, int, int, int]:
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT features, admitted, quarantined, rejected FROM import_batch WHERE id = :b"), {"b": batch}
        ).one()
        staged = connection.execute(
            text(
                "SELECT count(*), count(*) FILTER (WHERE decision = 'admitted'), count(*) FILTER (WHERE decision = "
                "'quarantined'), count(*) FILTER (WHERE decision = 'rejected') FROM staged_parcel WHERE batch = :b"
            ),
            {"b": batch},
        ).one()
    assert tuple(row) == tuple(staged), "the counts of the batch are those of its rows"
    assert row[0] == sum(row[1:])
    return tuple(row)


def body(**more: Any) -> Json:
    return {"key": str(uuid.uuid4()), "comment": "seen on the plat", **more}


def test_a_dirty_file_is_imported_and_every_row_is_told(
    app: Flask, admin: Callable[..., TestResponse], imported: int, engine: Engine
) -> None:
    shown = admin("GET", f"/api/imports/{imported}").json
    assert shown is not None
    assert (shown["state"], shown["job"]["state"], shown["findings"]) == ("done", "done", 0)
    assert counts(engine, imported) == (8, 2, 6, 0)
    assert shown["refused"] == {
        "invalid_geometry": 2, "duplicate_id": 1, "missing_id": 1, "not_polygonal": 1, "outside_extent": 1,
    }  # fmt: skip
    assert not list((app.config["SETTINGS"].home / "imports").iterdir()), "the file is gone with its job"
    first = admin("GET", f"/api/imports/{imported}/quarantine?limit=4").json
    assert first is not None
    assert [row["row"] for row in first["rows"]] == [3, 4, 5, 6]
    bow = first["rows"][0]
    assert bow["place"] == pytest.approx([at(3.5, 0.5)[0], at(3.5, 0.5)[1]])
    assert bow["geometry"] == {"type": "Polygon", "coordinates": [BOW]}
    assert bow["properties"] == {"id": "bow", "land_use": "orchard", "note": "=1+1"}
    assert first["rows"][3]["geometry"] is None, "what is no area is named, and its place shown"
    rest = admin("GET", f"/api/imports/{imported}/quarantine?limit=4&cursor={first['next_cursor']}").json
    assert rest is not None
    assert ([row["row"] for row in rest["rows"]], rest["next_cursor"]) == ([7, 8], None)
    only = admin("GET", f"/api/imports/{imported}/quarantine?rule=missing_id").json
    assert only is not None
    assert [row["row"] for row in only["rows"]] == [NAMED]
    file = admin("GET", f"/api/imports/{imported}/quarantine.geojson")
    found = json.loads(file.text)["features"]
    assert [one["id"] for one in found] == [3, 4, 5, 6, 7, 8]
    assert found[0]["properties"]["quarantine_reason"] == "Self-intersection"
    assert found[1]["properties"]["owner"] == "Birch"


def test_rows_are_repaired_renumbered_drawn_and_rejected_once_and_the_counts_add_up(
    admin: Callable[..., TestResponse], imported: int, engine: Engine
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    repair = admin("POST", f"{rows}/{REPAIRED}/repair", json={}).json
    assert repair is not None
    assert (repair["before"]["parts"], repair["after"]["parts"]) == (1, 2)
    assert (repair["points_added"], repair["points_removed"]) == (1, 0)
    assert repair["differs"] == [pytest.approx(at(3.5, 0.5))]
    assert counts(engine, imported) == (8, 2, 6, 0), "a proposal stores nothing"
    asked = body(operations=[repair["draw"]])
    dry = admin("POST", f"{rows}/{REPAIRED}/admit", json={**asked, "dry_run": True})
    assert dry.status_code == 200, dry.text
    assert counts(engine, imported) == (8, 2, 6, 0)
    made = admin("POST", f"{rows}/{REPAIRED}/admit", json=asked)
    assert made.status_code == 201, made.text
    assert admin("POST", f"{rows}/{REPAIRED}/admit", json=asked).json == made.json, "the same key is the same edit"
    again = admin("POST", f"{rows}/{REPAIRED}/admit", json=body(operations=[repair["draw"]]))
    assert again.status_code == 409
    assert again.json is not None
    assert again.json["type"] == "/problems/row_decided"
    assert made.json is not None
    assert again.json["edit_id"] == made.json["edit_id"]

    shown = admin("GET", f"{rows}/{RENUMBERED}").json
    assert shown is not None
    assert shown["proposal"]["parcel_ids"][0] == "A-2"
    taken = admin("POST", f"{rows}/{RENUMBERED}/admit", json=body(parcel_id="A"))
    assert taken.status_code == 422, "an id is never used twice"
    assert admin("POST", f"{rows}/{RENUMBERED}/admit", json=body(parcel_id="A-2", number="7/2")).status_code == 201
    assert admin("POST", f"{rows}/{NAMED}/admit", json=body()).status_code == 201, "by the first free id"

    line = [at(5, 0), at(6, 0), at(6, 1)]
    refused = admin("POST", f"{rows}/{LINE}/admit", json=body())
    assert refused.status_code == 400
    assert "LineString" in refused.text or "geometry can be read" in refused.text
    drawn = {"op": "draw", "parcel_id": "line", "number": "line", "kind": "road", "rings": [line]}
    edit = {**body(), "operations": [drawn], "admits": {"import": imported, "row": LINE}}
    assert admin("POST", "/api/edits", json=edit).status_code == 201
    polygon = {"type": "Polygon", "coordinates": [[at(7, 0), at(8, 0), at(8, 1), at(7, 0)]]}
    assert admin("POST", f"{rows}/{UNCLOSED}/admit", json=body(geometry=polygon)).status_code == 201

    assert admin("POST", f"{rows}/{REJECTED}/reject", json={"reason": " "}).status_code == 400
    gone = admin("POST", f"{rows}/{REJECTED}/reject", json={"reason": "another county"})
    assert gone.status_code == 200
    assert gone.json is not None
    assert gone.json["history"][0]["reason"] == "another county"
    assert admin("POST", f"{rows}/{REJECTED}/reject", json={"reason": "twice"}).status_code == 409
    assert counts(engine, imported) == (8, 7, 0, 1)
    with engine.connect() as connection:
        bow = connection.execute(text("SELECT land_use, attributes FROM parcel WHERE parcel_id = 'bow'")).one()
        assert tuple(bow) == ("orchard", {"id": "bow", "note": "=1+1"})
        reasons = connection.execute(text("SELECT what, reason, edit_id FROM row_decision ORDER BY id")).all()
        assert [row.what for row in reasons] == ["admitted"] * 5 + ["rejected"]
        assert all((row.edit_id is None) == (row.what == "rejected") for row in reasons)
    assert [line for line in audit(engine) if "promised" not in line] == []


def test_an_undone_admission_puts_the_row_back_and_undoing_that_admits_it_again(
    app: Flask, admin: Callable[..., TestResponse], imported: int, engine: Engine
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    made = admin("POST", f"{rows}/{RENUMBERED}/admit", json=body(parcel_id="A-2")).json
    assert made is not None
    undone = admin("POST", f"/api/edits/{made['edit_id']}/revert", json=body(comment="wrong lot"))
    assert undone.status_code == 201, undone.text
    assert undone.json is not None
    assert counts(engine, imported) == (8, 2, 6, 0)
    row = admin("GET", f"{rows}/{RENUMBERED}").json
    assert row is not None
    assert [event["what"] for event in row["history"]] == ["admitted", "returned"]
    assert row["proposal"]["parcel_ids"][0] == "A-3", "the retired id is not used again"
    assert admin("POST", f"/api/edits/{undone.json['edit_id']}/revert", json=body()).status_code == 201
    assert counts(engine, imported) == (8, 3, 5, 0)
    with engine.connect() as connection:
        edit = connection.execute(text("SELECT edit_id FROM import_batch WHERE id = :b"), {"b": imported}).scalar_one()
    with app.app_context():
        undo_import(UndoRequest(edit, uuid.uuid4(), "all of it"), None, unwatched)
    shown = admin("GET", f"/api/imports/{imported}").json
    assert shown is not None
    assert shown["notes"]["undone_by"] > 0
    assert counts(engine, imported) == (8, 3, 5, 0)
    assert admin("POST", f"{rows}/{NAMED}/reject", json={"reason": "the import was undone"}).status_code == 200
    assert counts(engine, imported) == (8, 3, 4, 1)


def test_of_two_reviewers_at_one_row_one_decides(app: Flask, accounts: People, imported: int, engine: Engine) -> None:
    def admit(row: int, parcel_id: str) -> tuple[str, Json]:
        return f"/api/imports/{imported}/quarantine/{row}/admit", body(parcel_id=parcel_id)

    def reject(row: int) -> tuple[str, Json]:
        return f"/api/imports/{imported}/quarantine/{row}/reject", {"reason": "not ours"}

    races = [[admit(4, "x1"), admit(4, "x2")], [admit(5, "y1"), reject(5)], [reject(7), reject(7)]]
    for race in races:
        barrier = threading.Barrier(len(race))
        statuses: list[int] = []

        def run(path: str, sent: Json, barrier: threading.Barrier = barrier, told: list[int] = statuses) -> None:
            client = app.test_client()
            barrier.wait(30)
            told.append(client.post(path, json=sent, headers=accounts.administrator.bearer).status_code)

        threads = [threading.Thread(target=run, args=one) for one in race]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert max(statuses) == 409, (race, statuses)
        assert sum(status in (200, 201) for status in statuses) == 1
    counts(engine, imported)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM row_decision")).scalar() == 3


def test_who_may_and_what_is_taken(
    client: FlaskClient, accounts: People, admin: Callable[..., TestResponse], imported: int
) -> None:
    rows = f"/api/imports/{imported}/quarantine"
    for person in (accounts.viewer, accounts.editor, accounts.reviewer):
        answer = client.post("/api/imports", data={"file": (BytesIO(b"{}"), "x")}, headers=person.bearer)
        assert answer.status_code == 403
        assert client.get(f"{rows}/4", headers=person.bearer).status_code == 200
    for path, sent in ((f"{rows}/4/admit", body()), (f"{rows}/4/reject", {"reason": "x"}), (f"{rows}/4/repair", {})):
        assert client.post(path, json=sent, headers=accounts.editor.bearer).status_code == 403
    admits = {**body(), "operations": [], "admits": {"import": imported, "row": 4}}
    drawn = {"op": "draw", "kind": "lot", "rings": [TWIN[:-1]]}
    answer = client.post("/api/edits", json={**admits, "operations": [drawn]}, headers=accounts.editor.bearer)
    assert answer.status_code == 403
    for sent, where in (
        ({"operations": [drawn], "parcel_id": "x"}, "parcel_id"),
        ({"geometry": {"type": "Point", "coordinates": [0, 0]}}, "geometry"),
        ({"parcel_id": 7}, "parcel_id"),
        ({"admits": {}}, "admits"),
        ({"comment": ""}, "comment"),
    ):
        refused = admin("POST", f"{rows}/4/admit", json=body(**sent))
        assert (refused.status_code, (refused.json or {}).get("where")) == (400, where), refused.text
    for path in (f"{rows}/1", f"{rows}/99", "/api/imports/999/quarantine", "/api/imports/999"):
        assert admin("GET", path).status_code == 404, path
    for query in ("limit=0", "cursor=x", "decision=maybe", "bbox=1"):
        assert admin("GET", f"{rows}?{query}").status_code == 400, query
    for content, options, status in (
        (b"", {}, 400), (dirty(), {"level": "none"}, 400), (dirty(), {"crs": "EPSG:0"}, 400), (dirty(), {"x": "1"}, 400),
    ):  # fmt: skip
        assert upload(admin, content, **options).status_code == status, options
    look = admin("POST", "/api/imports?look=1", data={"file": (BytesIO(dirty()), "d.geojson")}).json
    assert look is not None
    assert (look["driver"], look["rows_read"], look["refused"]) == ("GeoJSON", 8, 3)
    assert look["fields"][:2] == ["id", "owner"]


def test_a_file_that_cannot_be_read_fails_in_plain_words_and_a_cancelled_one_leaves_nothing(
    app: Flask, admin: Callable[..., TestResponse], engine: Engine
) -> None:
    bad = upload(admin, b"<xml/>", "notes.xml").json
    waiting = upload(admin, dirty()).json
    unfit = upload(admin, dirty(), id_field="nope").json
    fit = upload(admin, dirty(), id_field="id").json
    assert bad is not None
    assert waiting is not None
    assert unfit is not None
    assert fit is not None
    assert admin("POST", f"/api/jobs/{waiting['job']['job_id']}/cancel", json={}).status_code == 200
    assert len(list((app.config["SETTINGS"].home / "imports").iterdir())) == 3, "the other files still wait"
    work_off(app)
    for one, state in ((bad, "failed"), (waiting, "cancelled")):
        shown = admin("GET", f"/api/imports/{one['import_id']}").json
        assert shown is not None
        assert (shown["state"], shown["job"]["state"]) == ("failed", state)
        assert shown["notes"]["failure"]
        assert "--" not in shown["notes"]["failure"]
    assert not list((app.config["SETTINGS"].home / "imports").iterdir())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(DISTINCT batch) FROM staged_parcel")).scalar() == 1
    job = admin("GET", f"/api/jobs/{unfit['job']['job_id']}").json
    assert job is not None
    assert job["problem"]["type"] == "/problems/source_refused"
    done = admin("GET", f"/api/imports/{fit['import_id']}").json
    assert done is not None
    assert (done["state"], done["job"]["state"], done["admitted"]) == ("done", "done", 2)


def test_an_import_whose_worker_stops_goes_on_with_the_next(
    app: Flask, admin: Callable[..., TestResponse], engine: Engine
) -> None:
    asked = upload(admin, dirty(), id_field="id").json
    assert asked is not None
    for step in ("Reading rows", "Admitting parcels"):

        def stop(told: str, _done: int, _total: int | None = None, step: str = step) -> None:
            if told == step:
                raise JobInterrupted

        with pytest.raises(JobInterrupted):
            carry_out(app, asked["job"]["job_id"], stop)
        shown = admin("GET", f"/api/imports/{asked['import_id']}").json
        assert shown is not None
        assert shown["state"] == {"Reading rows": "staging", "Admitting parcels": "admitting"}[step]
        unfinished = admin("POST", f"{asked['href']}/quarantine/4/reject", json={"reason": "too early"})
        assert (unfinished.status_code, (unfinished.json or {})["type"]) == (409, "/problems/import_unfinished")
    assert admin("POST", f"{asked['href']}/resume", json={}).status_code == 409, "its job has not ended"
    carry_out(app, asked["job"]["job_id"])
    assert counts(engine, asked["import_id"]) == (8, 2, 6, 0)


def test_an_import_that_was_cancelled_while_it_admitted_can_be_gone_on_with(
    app: Flask, admin: Callable[..., TestResponse], engine: Engine
) -> None:
    asked = upload(admin, dirty(), id_field="id").json
    assert asked is not None
    job_id = asked["job"]["job_id"]

    def cancel(told: str, _done: int, _total: int | None = None) -> None:
        if told == "Admitting parcels":
            assert admin("POST", f"/api/jobs/{job_id}/cancel", json={}).status_code == 200
            raise JobCancelled

    with pytest.raises(JobCancelled):
        carry_out(app, job_id, cancel)
    with app.app_context():
        stop_job(job_id)
    stopped = admin("GET", asked["href"]).json
    assert stopped is not None
    assert (stopped["state"], stopped["is_stopped"], stopped["job"]["state"]) == ("admitting", True, "cancelled")
    again = admin("POST", f"{asked['href']}/resume", json={})
    assert again.status_code == 202
    assert again.json is not None
    carry_out(app, again.json["job"]["job_id"])
    assert counts(engine, asked["import_id"]) == (8, 2, 6, 0)


def test_a_row_of_a_file_in_another_crs_is_drawn_and_repaired_in_storage_coordinates(
    app: Flask, admin: Callable[..., TestResponse], engine: Engine
) -> None:
    ring = [[448500, 5393000], [448600, 5393100], [448600, 5393000], [448500, 5393100], [448500, 5393000]]
    file = {"type": "FeatureCollection", "features": [feature({"id": "utm"}, "Polygon", [ring])]}
    asked = upload(admin, json.dumps(file).encode(), crs="EPSG:32631").json
    assert asked is not None
    carry_out(app, asked["job"]["job_id"])
    rows = f"{asked['href']}/quarantine"
    (row,) = (admin("GET", rows).json or {})["rows"]
    assert row["place"] == pytest.approx([2.3, 48.69], abs=0.02)
    assert row["geometry"]["coordinates"][0][0] == pytest.approx([2.3, 48.69], abs=0.02)
    repair = admin("POST", f"{rows}/1/repair", json={}).json
    assert repair is not None
    assert repair["after"]["area_m2"] == pytest.approx(5_000, rel=0.01)
    assert admin("POST", f"{rows}/1/admit", json=body(operations=[repair["draw"]])).status_code == 201
    with engine.connect() as connection:
        assert connection.execute(text("SELECT area_m2 FROM parcel")).scalar_one() == pytest.approx(5_000, rel=0.01)


@pytest.fixture
def hostile(shared_data: Path) -> list[Path]:
    """Some whose rows are refused for many reasons; tests/hostile imports them all."""
    folder = shared_data / "hostile"
    if not folder.is_dir():
        pytest.skip("the hostile files (../shared/data/hostile) are not on this machine")
    names = (
        "*bowtie*",
        "*ex21*",
        "*loop*",
        "*invalid-polygon*",
        "invalid_unclosed*",
        "*depth_shallow*",
        "*outside_lat*",
    )
    found = [path for name in names for path in sorted(folder.rglob(name))]
    assert len(found) >= len(names)
    return found


def test_every_refused_row_of_hostile_files_can_be_looked_at_and_repaired_or_not(
    app: Flask, admin: Callable[..., TestResponse], engine: Engine, hostile: list[Path]
) -> None:
    looked = repaired = 0
    with app.app_context():
        for path in hostile:
            try:
                report = import_parcels(path, ImportOptions(crs="EPSG:4326"), limits=Limits())
            except (SourceRefused, LimitExceeded):  # of a file as a whole; that is another test's
                continue
            listed = admin("GET", f"/api/imports/{report.import_id}/quarantine?limit=200")
            assert listed.status_code == 200, (path, listed.text)
            assert (
                json.loads(admin("GET", f"/api/imports/{report.import_id}/quarantine.geojson").text)["features"]
                is not None
            )
            for row in (listed.json or {})["rows"][:2]:
                looked += 1
                href = f"/api/imports/{report.import_id}/quarantine/{row['row']}"
                shown = admin("GET", href)
                assert shown.status_code == 200, (path, shown.text)
                mended = admin("POST", f"{href}/repair", json={})
                assert mended.status_code in (200, 422), (path, mended.text)
                repaired += mended.status_code == 200
            counts(engine, report.import_id)
    assert looked >= 5
    assert repaired >= 1
