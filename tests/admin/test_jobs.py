"""Jobs in the admin: one's own, their progress, and a button that stops them."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.admin.jobs import KIND_WORDS
from spatial_admin.jobs.queue import make_queue
from spatial_admin.upkeep_settings import Upkeep
from tests.accounts import People, csrf_token_of
from tests.admin.conftest import browser
from tests.concurrency.fabric import update
from tests.jobs.workers import work_off
from tests.web.api import edit

LATER = {"Prefer": "respond-async"}


def asked(client: FlaskClient, people: People, parcel_id: str) -> int:
    body = {**edit(update(parcel_id, land_use="orchard")), "seen": {parcel_id: 1}}
    answer = client.post("/api/edits", json=body, headers={**people.editor.bearer, **LATER})
    assert answer.json is not None
    return int(answer.json["job_id"])


def test_a_job_is_shown_to_who_asked_and_to_administrators_only(
    app: Flask, client: FlaskClient, accounts: People, block: Engine
) -> None:
    number = asked(client, accounts, "1")
    for role, is_shown in (("editor", True), ("administrator", True), ("viewer", False)):
        theirs = browser(app, accounts, role)
        assert (f"/admin/job/details/?id={number}" in theirs.get("/admin/job/").text) is is_shown
        assert theirs.get(f"/admin/job/details/?id={number}").status_code == (200 if is_shown else 404)
        assert (">Edit</td>" in theirs.get("/admin/job/").text) is is_shown
    assert "Nothing matches" in browser(app, accounts, "editor").get("/admin/job/?state=done").text


def test_every_kind_of_job_that_people_see_has_a_name(database_url: str) -> None:
    tasks = make_queue(database_url, 1, Upkeep()).tasks
    unseen = {name for name in tasks if name.startswith(("schedule_", "sweep", "builtin:", "procrastinate."))}
    assert set(tasks) - unseen == set(KIND_WORDS)


def test_what_came_of_a_job_is_shown_with_its_edit_or_its_problem(
    app: Flask, client: FlaskClient, accounts: People, block: Engine
) -> None:
    done, failed = asked(client, accounts, "1"), asked(client, accounts, "nowhere")
    work_off(app)
    editor = browser(app, accounts, "editor")
    with block.connect() as connection:
        edit_id = connection.execute(text("SELECT max(id) FROM edit")).scalar_one()
    page = editor.get(f"/admin/job/details/?id={done}").text
    assert f"/admin/edit/details/?id={edit_id}" in page
    assert "1 of 1 operations" in page
    assert "Stop the job" not in page
    assert "there is no current parcel nowhere" in editor.get(f"/admin/job/details/?id={failed}").text


def test_the_button_stops_a_job_that_waits(app: Flask, client: FlaskClient, accounts: People, block: Engine) -> None:
    number = asked(client, accounts, "1")
    editor, viewer = browser(app, accounts, "editor"), browser(app, accounts, "viewer")
    url = f"/admin/job/cancel/{number}"
    assert editor.post(url, data={"x": "y"}).status_code == 400, "without the token of the page"
    assert viewer.post(url, data={"csrf_token": csrf_token_of(viewer.get("/admin/").text)}).status_code == 404
    page = editor.get(f"/admin/job/details/?id={number}").text
    assert url in page
    answer = editor.post(url, data={"csrf_token": csrf_token_of(page)})
    assert answer.status_code == 303
    assert "asked to stop" in editor.get(answer.location).text
    work_off(app)
    with block.connect() as connection:
        assert connection.execute(text("SELECT state FROM job_run")).scalar_one() == "cancelled"
        assert connection.execute(text("SELECT max(version) FROM parcel")).scalar_one() == 1
