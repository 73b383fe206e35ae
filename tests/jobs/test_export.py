"""Exports that a worker makes: the file is that of the direct way, and only who asked for it gets it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.services.database.maintain_database import maintain_database
from spatial_admin.services.exporting.queue_export import PRUNE_EXPORTS, ExportRequest, queue_export, run_export_job
from spatial_admin.services.jobs.report_progress import JobCancelled
from spatial_admin.settings import Settings
from tests.accounts import People, csrf_token_of, sign_in
from tests.exports import store, store_many
from tests.jobs.test_worker import QUICK
from tests.jobs.workers import KILLED, has_ended, job_of, wait_for, work_off, working


def ask(client: FlaskClient, who: dict[str, str], **members: str) -> Any:
    return client.post("/api/exports", json=members, headers=who)


def test_a_file_made_by_a_job_is_fetched_by_who_asked_until_it_goes(
    app: Flask, client: FlaskClient, engine: Engine, accounts: People, settings: Settings
) -> None:
    store(engine)
    viewer, admin = accounts.viewer.bearer, accounts.administrator.bearer
    asked = ask(client, viewer, format="geojson", bbox="2,48,3,49", level="parcels")
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    number = asked.json["job_id"]
    again = ask(client, viewer, format="geojson", bbox="2,48,3,49", level="parcels")
    assert again.json["job_id"] == number, "asked for twice it is one"
    assert ask(client, admin, format="geojson", bbox="2,48,3,49", level="parcels").json["job_id"] != number
    assert client.get(f"/api/exports/{number}/file", headers=viewer).status_code == 404, "it is not there yet"
    for suffix, status in (("csv", 202), ("gpkg", 202), ("fgb", 503)):
        assert ask(client, viewer, format=suffix).status_code == status, "an account has three at a time"
    work_off(app)

    job: Any = client.get(asked.json["href"], headers=viewer).json
    assert (job["state"], job["progress"]["done"], job["receipt"]["parcels"]) == ("done", 1, 1)
    file = client.get(job["receipt"]["href"], headers=viewer, buffered=True)
    direct = client.get("/export/parcels.geojson?bbox=2,48,3,49&level=parcels", headers=viewer)
    assert (file.status_code, file.data, file.mimetype) == (200, direct.data, direct.mimetype)
    assert file.headers["Content-Disposition"].replace('"', "") == direct.headers["Content-Disposition"].replace(
        '"', ""
    )
    assert len(file.data) == job["receipt"]["bytes"]
    part = client.get(job["receipt"]["href"], headers={**viewer, "Range": "bytes=10-19"}, buffered=True)
    assert (part.status_code, part.data) == (206, file.data[10:20])
    assert client.get(job["receipt"]["href"], headers=admin).status_code == 404, "nobody else gets it"

    page, theirs = app.test_client(), app.test_client()
    sign_in(page, accounts.viewer)
    sign_in(theirs, accounts.administrator)
    details = f"/admin/job/details/?id={number}"
    assert f'href="{job["receipt"]["href"]}"' in page.get(details).text
    assert job["receipt"]["href"] not in theirs.get(details).text

    (kept,) = settings.home.glob(f"exports/export-{number}.geojson")
    assert kept.stat().st_mode & 0o077 == 0
    long_ago = time.time() - (settings.upkeep.keep_exports_days + 1) * 86_400
    os.utime(kept, (long_ago, long_ago))
    with app.app_context():
        done = maintain_database(settings, chores=[PRUNE_EXPORTS])
    assert done.chores[0].steps[0].outcome == "1 removed"
    gone: Any = client.get(job["receipt"]["href"], headers=viewer)
    assert (gone.status_code, gone.json["type"]) == (410, "/problems/export_gone")
    assert "not kept any more" in page.get(details).text


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"format": "dwg"}, 422, "export_refused"),
        ({"format": "csv", "level": "nowhere"}, 422, "export_refused"),
        ({}, 400, "bad_request"),
        ({"format": "csv", "colour": "red"}, 400, "bad_request"),
        ({"format": 1}, 400, "bad_request"),
        (["csv"], 400, "bad_request"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_once(
    client: FlaskClient, accounts: People, body: Any, status: int, word: str
) -> None:
    answer = client.post("/api/exports", json=body, headers=accounts.viewer.bearer)
    assert answer.json is not None
    assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{word}")


def test_the_list_has_a_file_prepared_and_leads_to_its_job(app: Flask, engine: Engine, accounts: People) -> None:
    page = app.test_client()
    sign_in(page, accounts.viewer)
    shown = page.get("/admin/parcel/?level=parcels").text
    assert "Prepare in the background" in shown
    form = {"csrf_token": csrf_token_of(shown), "format": "gpkg", "level": "parcels"}
    answer = page.post("/admin/parcel/export/", data=form)
    assert (answer.status_code, "/admin/job/details/?id=" in answer.location) == (303, True)
    refused = page.post("/admin/parcel/export/", data={**form, "level": "nowhere"}, follow_redirects=True)
    assert "there is no level" in refused.text


@pytest.mark.parametrize("suffix", ["geojsonl", "fgb"])
def test_an_export_that_is_stopped_leaves_nothing(
    app: Flask, engine: Engine, accounts: People, settings: Settings, suffix: str
) -> None:
    store_many(engine, 40, 100_000)
    told: list[int] = []

    def stopping(_step: str, done: int, _total: int | None = None) -> None:
        told.append(done)
        if done > 0:
            raise JobCancelled

    with app.app_context():
        number, _ = queue_export(ExportRequest(suffix), accounts.viewer.account_id)
        with pytest.raises(JobCancelled):
            run_export_job(number, stopping)
        assert 0 < told[-1] < 40, "in its midst"
        assert list((settings.home / "exports").iterdir()) == []
        assert run_export_job(number, lambda *_: None)["parcels"] == 40


def test_an_export_whose_worker_is_killed_is_made_by_another(
    app: Flask, settings: Settings, engine: Engine, accounts: People
) -> None:
    store(engine)
    with app.app_context():
        number, _ = queue_export(ExportRequest("csv"), accounts.viewer.account_id)
    left = settings.home / "exports" / f".export-{number}.x.part"
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE parcel IN ACCESS EXCLUSIVE MODE"))
        with working(settings, *QUICK) as worker:
            wait_for(engine, number, lambda job: job.state == "running" and job.message == "Counting parcels")
            assert worker.end(signal.SIGKILL) == KILLED
    left.mkdir(parents=True, exist_ok=True)
    (left / "parcels.csv").write_bytes(b"half")
    with working(settings, *QUICK) as worker:
        wait_for(engine, number, has_ended)
        assert worker.end(signal.SIGTERM) == 0
    job = job_of(engine, number)
    assert (job.state, job.attempts, job.result["parcels"]) == ("done", 2, 3)
    assert [path.name for path in Path(settings.home, "exports").iterdir()] == [f"export-{number}.csv"]
