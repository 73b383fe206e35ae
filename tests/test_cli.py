"""The commands, as an operator types them."""

from __future__ import annotations

import errno
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cli.progress_line import ProgressLine, describe
from spatial_admin.factory import create_app
from tests.accounts import People
from tests.conftest import dispose, settings_over
from tests.database import OWNER, TestCluster, name_of

SQUARES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": f"A{n}"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 48.6], [x + 0.001, 48.6], [x + 0.001, 48.601], [x, 48.601], [x, 48.6]]],
            },
        }
        for n, x in ((1, 2.3), (2, 2.301))
    ]
    + [{"type": "Feature", "properties": {"id": "A3"}, "geometry": None}],
}


def run(app: Flask, *arguments: str, **options: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), **options)


@pytest.fixture
def empty_app(cluster: TestCluster, empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application over a database that holds nothing but the extensions, as at a first start."""
    name = name_of(empty_database_url)
    settings = settings_over(cluster.app_url(name), cluster, tmp_path)
    app = create_app(replace(settings, admin_email="boss@example.org"))
    yield app
    dispose(app)


def test_first_start_migrates_and_shows_the_administrators_password_once(empty_app: Flask) -> None:
    result = run(empty_app, "database", "prepare")
    assert result.exit_code == 0, result.output
    found = re.search(r"boss@example.org\n\s+(\S+)\n", result.output)
    assert found
    answer = empty_app.test_client().get("/admin/account/", auth=("boss@example.org", found.group(1)))
    assert answer.status_code == 200
    again = run(empty_app, "database", "prepare")
    assert again.exit_code == 0
    assert "administrator" not in again.output


def test_given_administrators_password_is_used_and_not_shown(empty_app: Flask) -> None:
    empty_app.config["SETTINGS"] = replace(empty_app.config["SETTINGS"], admin_password="given by the operator")
    result = run(empty_app, "database", "prepare")
    assert "given by" not in result.output
    answer = empty_app.test_client().get("/admin/", auth=("boss@example.org", "given by the operator"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"srid": 2056}, ["SPATIAL_ADMIN_SRID is 2056", "4326 (WGS 84)"]),
        ({"extent": (0.0, 1.0, 2.0, 3.0)}, ["SPATIAL_ADMIN_EXTENT is 0.0,1.0,2.0,3.0", "-180.0,-90.0,180.0,90.0"]),
        ({"grid": 0.001}, ["SPATIAL_ADMIN_GRID is 0.001", "1e-09"]),
        ({"node_within_m": 0.5}, ["SPATIAL_ADMIN_NODE_WITHIN_M is 0.5", "0.01"]),
        (
            {"grid": 0.001, "node_within_m": 0.5},
            ["SPATIAL_ADMIN_GRID is 0.001", "SPATIAL_ADMIN_NODE_WITHIN_M is 0.5"],
        ),
    ],
    ids=["srid", "extent", "grid", "noding", "two"],
)
def test_settings_that_do_not_fit_the_database_are_named_each(
    with_settings: Callable[..., Flask], changes: dict[str, object], named: list[str]
) -> None:
    result = run(with_settings(**changes), "database", "prepare")
    assert result.exit_code == 1
    for part in named:
        assert part in result.output
    assert "take another database" in result.output
    assert "Traceback" not in result.output


def test_database_out_of_reach_is_said_in_a_sentence(with_settings: Callable[..., Flask]) -> None:
    app = with_settings(database_url="postgresql+psycopg2://nobody@127.0.0.1:1/none")
    result = run(app, "database", "prepare")
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database cannot be reached")


def test_one_role_for_both_is_warned_about(with_settings: Callable[..., Flask], settings: object) -> None:
    owner = with_settings().config["SETTINGS"].database_owner_url
    result = run(with_settings(database_url=owner), "database", "prepare")
    assert result.exit_code == 0, result.output
    assert "may change history" in result.output
    assert OWNER in owner


def test_check_notices_a_queue_that_another_release_made(app: Flask, owner_engine: Engine) -> None:
    assert "ok     job queue: made by procrastinate" in run(app, "database", "check").output
    with owner_engine.begin() as connection:
        connection.execute(text("COMMENT ON TABLE procrastinate_jobs IS 'procrastinate 2.0.0'"))
    result = run(app, "database", "check")
    assert result.exit_code == 1
    assert "WRONG  job queue: made by procrastinate 2.0.0; procrastinate" in result.output


def test_check_finds_what_a_foreign_key_would_have(app: Flask, owner_engine: Engine, engine: Engine) -> None:
    result = run(app, "database", "check")
    assert "WRONG  parcels without" not in result.output
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, level, kind, geom) VALUES ('1', 'parcels', 'lot', "
                "'SRID=4326;MULTIPOLYGON(((1 1, 1.001 1, 1.001 1.001, 1 1)))')"
            )
        )
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE parcel_version DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE parcel_version SET edit_id = 999999, version = 7"))
    result = run(app, "database", "check")
    assert result.exit_code == 1
    assert "WRONG  versions without their edit: 1" in result.output
    assert "WRONG  parcels whose newest version is not their image: 1" in result.output


def test_check_judges_how_the_database_is_looked_after(app: Flask, owner_engine: Engine) -> None:
    assert "ok     autovacuum: it is on" in run(app, "database", "check").output
    with owner_engine.begin() as connection:
        connection.execute(text("ALTER TABLE edit SET (autovacuum_enabled = off)"))
    result = run(app, "database", "check")
    assert result.exit_code == 1
    assert "WRONG  tables without autovacuum: edit: ALTER TABLE" in result.output


def test_maintenance_says_what_it_would_do_then_does_it(app: Flask, owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text("INSERT INTO job_run (kind, state, ended_at) VALUES ('edit', 'done', now() - interval '1 year')")
        )
    about = "    1 jobs that ended more than 90 days ago"
    assert f"{about}: would be done" in run(app, "database", "maintain", "--dry-run").output
    result = run(app, "database", "maintain")
    assert result.exit_code == 0, result.output
    assert f"{about}: 1 deleted" in result.output
    with owner_engine.connect() as connection:
        kept = connection.execute(text("SELECT kind, state, result -> 'is_rehearsal' FROM job_run")).all()
    assert [tuple(row) for row in kept] == [("maintain_database", "done", False)]


def test_maintenance_without_the_owner_fails_and_says_why(
    with_settings: Callable[..., Flask], owner_engine: Engine
) -> None:
    app = with_settings()
    alone = with_settings(database_owner_url=app.config["SETTINGS"].database_url)
    with owner_engine.begin() as connection:
        connection.execute(
            text("INSERT INTO job_run (kind, state, ended_at) VALUES ('edit', 'done', now() - interval '1 year')")
        )
    result = run(alone, "database", "maintain")
    assert result.exit_code == 1
    assert "not done: it needs the owner of the tables; give DATABASE_OWNER_URL that role" in result.output


def test_user_is_created_with_a_password_shown_once(app: Flask) -> None:
    result = run(app, "users", "create", "new@example.org", "--role", "editor", "--role", "reviewer")
    assert result.exit_code == 0, result.output
    password = result.output.strip().rsplit(" ", 1)[1]
    assert app.test_client().get("/admin/", auth=("new@example.org", password)).status_code == 200


def test_password_can_be_asked_for(app: Flask) -> None:
    typed = "typed by hand\ntyped by hand\n"
    result = run(app, "users", "create", "new@example.org", "--role", "viewer", "--ask", input=typed)
    assert result.exit_code == 0, result.output
    assert "typed by hand" not in result.output
    assert app.test_client().get("/admin/", auth=("new@example.org", "typed by hand")).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["users", "create", "new@example.org"], "--role"),
        (["users", "create", "new@example.org", "--role", "king"], "king"),
        (["users", "create", "nobody", "--role", "viewer"], "no email address"),
        (["users", "create", "viewer@example.org", "--role", "viewer"], "already"),
        (["users", "token", "nobody@example.org"], "There is no account nobody@example.org"),
        (["users", "token", "viewer@example.org", "--days", "0"], "at least one day"),
    ],
)
def test_mistakes_are_said_in_a_sentence(app: Flask, accounts: People, arguments: list[str], said: str) -> None:
    result = run(app, *arguments)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert "Traceback" not in result.output


def test_token_stands_alone_on_stdout(app: Flask, accounts: People) -> None:
    result = run(app, "users", "token", accounts.editor.email, "--days", "3", "--name", "GIS script")
    token = result.stdout.strip()
    assert "\n" not in token
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/admin/", headers=headers).status_code == 200


def test_import_accounts_for_every_feature(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "lots.geojson"
    file.write_text(json.dumps(SQUARES))
    result = run(app, "parcels", "import", str(file))
    assert result.exit_code == 0, result.output
    assert "3 features read" in result.stdout
    assert "2 admitted (ids from the field id)" in result.stdout
    assert "1 in quarantine:" in result.stdout
    assert "1 null geometry" in result.stdout


def test_export_is_whole_or_not_there(app: Flask, tmp_path: Path) -> None:
    squares = tmp_path / "squares.geojson"
    squares.write_text(json.dumps(SQUARES))
    assert run(app, "parcels", "import", str(squares)).exit_code == 0
    folder = tmp_path / "out"
    folder.mkdir()
    file = folder / "parcels.gpkg"
    result = run(app, "parcels", "export", str(file), "--bbox", "2.2995,48.5,2.3015,48.7")
    assert result.exit_code == 0, result.output
    assert "2 parcels, EPSG:4326" in result.output
    content = file.read_bytes()
    refused = run(app, "parcels", "export", str(file), "--level", "units")
    assert (refused.exit_code, file.read_bytes()) == (1, content)
    assert "--force" in refused.output
    replaced = run(app, "parcels", "export", str(file), "--level", "units", "--force", "--format", "csv")
    assert (replaced.exit_code, f"{file}: 0 parcels" in replaced.output) == (0, True)
    assert file.read_text(encoding="utf-8").startswith("parcel_id,")
    assert [one.name for one in folder.iterdir()] == ["parcels.gpkg"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["parcels.zip"], "name one with --format", id="no format"),
        pytest.param(["missing/parcels.csv"], "there is no folder", id="no folder"),
        pytest.param(["p.fgb", "--crs", "EPSG:999999"], "crs: EPSG:999999 is not known", id="no CRS"),
        pytest.param(["p.fgb", "--bbox", "1,2"], "bbox: it takes 4 finite numbers", id="no box"),
        pytest.param(["p.fgb", "--level", "x"], "Known: easements, parcels, units", id="no level"),
    ],
)
def test_export_that_cannot_be_made_says_why(app: Flask, tmp_path: Path, arguments: list[str], says: str) -> None:
    result = run(app, "parcels", "export", str(tmp_path / arguments[0]), *arguments[1:])
    assert result.exit_code == 1
    assert says in result.output
    assert list(tmp_path.iterdir()) == []


def test_export_that_breaks_off_leaves_nothing(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("spatial_admin.services.exporting.export_parcels.copy_out", break_off)
    result = run(app, "parcels", "export", str(tmp_path / "p.csv"))
    assert (result.exit_code, "No space left on device" in result.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_import_ends_with_one_json_object(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "lots.geojson"
    file.write_text(json.dumps(SQUARES))
    result = run(app, "parcels", "import", "--json", str(file))
    report = json.loads(result.stdout)
    assert {name: report[name] for name in ("features", "admitted", "quarantined", "findings")} == {
        "features": 3, "admitted": 2, "quarantined": 1, "findings": 0,
    }  # fmt: skip
    assert isinstance(report["import_id"], int)


def test_file_that_is_none_is_refused_in_a_sentence(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "lots.geojson"
    file.write_text("this is no GeoJSON")
    result = run(app, "parcels", "import", str(file))
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("Error: ")
    assert "Traceback" not in result.output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_in_a_terminal() -> None:
    stream = Terminal()
    with ProgressLine(stream) as line:
        line.show("Reading", 10, None, 100.0, None)
        line.show("Admitting", 10, 20, 100.0, 0.1)
        line.show("Admitting", 20, 20, 100.0, 0.0)
    assert stream.getvalue().count("\n") == 2, "one between the stages, one at the end"
    assert stream.getvalue().count("\r") == 3


def test_progress_outside_a_terminal_is_seldom() -> None:
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        for done in range(1000):
            line.show("Reading", done, None, 100.0, None)
    assert stream.getvalue() == "Reading 0 rows\n"


def test_progress_says_how_long_it_takes() -> None:
    assert describe("Admitting", 50, 200, 25.0, 6.0) == "Admitting [######..................] 50 of 200 25/s, 6 s left"


def test_no_command_of_flask_security_is_offered(app: Flask) -> None:
    result = run(app, "users", "--help")
    assert "activate" not in result.output
    assert run(app, "roles", "--help").exit_code != 0
