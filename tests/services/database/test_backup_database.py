"""A backup is everything of one moment, and a restore is that to the bit; whatever goes wrong leaves no half thing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.file_errors import BackupFailed, BackupRefused
from spatial_admin.services.database import restore_database as restoring
from spatial_admin.services.database import run_postgres_program as programs
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.records.attach_file import attach_file
from spatial_admin.services.records.create_record import create_record
from spatial_admin.services.records.parse_record import NewRecord
from spatial_admin.settings import Limits
from tests.accounts import make_people
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, move, save, store_lots
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of
from tests.services.sources import feature, grid, lot, write_geojson

GRID = Grid(west=2.40, south=48.70)
CONTENTS = """
SELECT (SELECT count(*) FROM parcel_version), (SELECT count(*) FROM lineage), (SELECT count(*) FROM finding),
       (SELECT count(*) FROM staged_parcel WHERE decision = 'quarantined'), (SELECT sum(octet_length(content)) FROM record_file)
"""
FULL = (27, 1, 2, 1, 5)


@pytest.fixture(scope="module")
def app(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A database with an edit, a split, an import with a finding and a refused row, and a record with a file.

    The half that the split bears has no number, which is a finding too.
    """
    folder = tmp_path_factory.mktemp("home")
    app = create_app(settings_over(module_database_url, cluster, folder))
    engine = create_engine(module_database_url)
    store_lots(engine, {"a": GRID.box(0, 0), "b": GRID.box(1, 0)})
    with app.app_context():
        save([move(GRID.at(1, 0), GRID.at(1.1, 0))], {"a": 1, "b": 1})
        halves = {
            "op": "split",
            "parcel_id": "a",
            "line": [list(GRID.at(0.5, -1)), list(GRID.at(0.5, 2))],
            "into": [None, "a2"],
        }
        save([halves], {"a": 2})
        bad = feature([[0, 0], [0.001, 0.001], [0.001, 0], [0, 0.001], [0, 0]], id="bow-tie")
        file = [*grid(5, 4), bad, feature(lot(4.5, 0), id="over")]
        import_parcels(write_geojson(folder / "lots.geojson", file), ImportOptions(), limits=Limits())
        editor = make_people().editor.account_id
        record = create_record(NewRecord(type="plat", received=date(2024, 3, 1)), editor)
        attach_file(record, BytesIO(b"\x00plan"), "plan.tif", None, editor, Limits())
    with engine.connect() as connection:
        assert tuple(connection.execute(text(CONTENTS)).one()) == FULL
    engine.dispose()
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def made(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    file = tmp_path_factory.mktemp("backups") / "town.backup"
    result = run(app, "backup", str(file))
    assert result.exit_code == 0, result.output
    assert "history replayed" in result.output
    return file


@pytest.fixture
def target(cluster: TestCluster, tmp_path: Path) -> Iterator[Flask]:
    """The application over an empty database."""
    name = cluster.create_empty()
    app = create_app(settings_over(cluster.app_url(name), cluster, tmp_path))
    yield app
    dispose(app)
    cluster.drop(name)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["database", *arguments])


def rows(app: Flask, sql: str, *, as_app: bool = True) -> list[Any]:
    settings = app.config["SETTINGS"]
    engine = create_engine(settings.database_url if as_app else settings.database_owner_url)
    with engine.connect() as connection:
        found = list(connection.execute(text(sql)).all())
    engine.dispose()
    return found


def test_a_restored_database_is_the_one_that_was_backed_up_and_goes_on_from_there(
    app: Flask, made: Path, target: Flask
) -> None:
    result = run(target, "restore", str(made))
    assert result.exit_code == 0, result.output
    assert "all rows are the same, history replayed" in result.output
    assert [tuple(row) for row in rows(target, CONTENTS)] == [FULL]  # read with the rights of the application's role
    grants = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = current_user ORDER BY 1, 2"
    assert rows(target, grants) == rows(app, grants)
    refused = "SELECT has_function_privilege('attach_history(text, text)', 'EXECUTE'), has_table_privilege('parcel_version', 'UPDATE')"
    assert [tuple(row) for row in rows(target, refused)] == [(False, False)]
    assert (
        rows(target, "SELECT count(*) FROM conflict_cell")[0][0] == 0
    )  # it holds transaction numbers of another server
    checked = run(target, "check")
    of_the_server = ("max_pred_locks", "fsync", "full_page_writes")  # the tests' server gives these up on purpose
    wrong = [line for line in checked.output.splitlines() if line.startswith("WRONG")]
    assert [line for line in wrong if line.split()[1].split(":")[0].split("_per")[0] not in of_the_server] == []
    assert run(target, "prepare").exit_code == 0
    with target.app_context():
        save([move(GRID.at(1.1, 0), GRID.at(1.2, 0))], {"a": 3, "a2": 1, "b": 2})
    engine = create_engine(target.config["SETTINGS"].database_url)
    assert [line for line in audit(engine) if "overlap by" not in line] == []  # the file's own overlap came along
    engine.dispose()
    compared = run(target, "verify", "--backup", str(made))
    assert compared.exit_code == 1
    assert "public.parcel_version: 29 rows, 27 in the backup" in compared.output
    again = run(target, "restore", str(made))
    assert again.exit_code == 1
    assert "is not empty: it holds" in again.output
    assert "DROP DATABASE" in again.output


def test_what_is_written_while_the_backup_runs_is_not_in_it(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = programs.run_program

    def dump_later(*arguments: Any, **options: Any) -> str:
        with app.app_context():
            create_record(NewRecord(type="deed", received=date(2024, 3, 2)), None)
        return dump(*arguments, **options)

    monkeypatch.setattr("spatial_admin.services.database.backup_database.run_program", dump_later)
    file = tmp_path / "later.backup"
    assert run(app, "backup", str(file)).exit_code == 0
    listed = subprocess.run(
        ["pg_restore", "--file=-", "--data-only", "--table=record", file], capture_output=True, text=True, check=True
    )
    assert "plat" in listed.stdout
    assert "deed" not in listed.stdout


def test_no_password_is_seen_and_none_is_left(app: Flask, made: Path, tmp_path: Path) -> None:
    url = app.config["SETTINGS"].database_owner_url
    spy = tmp_path / "pg_spy"
    spy.write_text(
        '#!/bin/sh\ntr "\\0" " " </proc/$$/cmdline; env; stat -c %a "$PGPASSFILE"; echo "file $PGPASSFILE"\n'
    )
    spy.chmod(0o700)
    said = programs.run_program(spy, [f"--dbname={programs.connection_words(url)}"], url)
    assert "only-for-tests" not in said
    assert "\n600\n" in said
    assert "dbname='spatial_admin_test" in said
    assert not Path(said.rsplit("file ", 1)[1].strip()).exists()
    assert made.stat().st_mode & 0o077 == 0


def test_a_full_disk_leaves_nothing(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatial_admin.services.database.backup_database._part_of", lambda _file: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    result = run(app, "backup", str(tmp_path / "full.backup"))
    assert result.exit_code == 1
    assert "No space left on device" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param("cut", "was cut off or changed", id="cut off"),
        pytest.param("text", "is no backup", id="another file"),
        pytest.param("alone", "manifest.json cannot be read", id="without its manifest"),
        pytest.param("srid", "SPATIAL_ADMIN_SRID is 4326. Set it to 2056", id="another SRID"),
        pytest.param("newer", "this version of the application does not know", id="of a newer release"),
        pytest.param("server", "this server is older", id="of a newer server"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_changed(
    damage: str, said: str, made: Path, tmp_path: Path, target: Flask
) -> None:
    file = tmp_path / "copy.backup"
    file.write_bytes(b"CREATE TABLE" if damage == "text" else made.read_bytes()[: -1 if damage == "cut" else None])
    told = json.loads(Path(f"{made}.manifest.json").read_text())
    told |= {"srid": {"srid": 2056}, "newer": {"revision": "9999"}, "server": {"server": 99}}.get(damage, {})
    if damage != "alone":
        Path(f"{file}.manifest.json").write_text(json.dumps(told))
    result = run(target, "restore", str(file))
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert rows(target, "SELECT to_regclass('parcel'), to_regclass('restore_not_ended')", as_app=False) == [
        (None, None)
    ]


def test_a_backup_is_never_overwritten_and_asks_for_a_folder(app: Flask, made: Path, tmp_path: Path) -> None:
    assert "is there already" in run(app, "backup", str(made)).output
    assert "There is no folder" in run(app, "backup", str(tmp_path / "none" / "x")).output


def test_a_missing_or_old_program_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        BackupRefused, match=r"pg_dump of PostgreSQL 99 or newer is needed .* is of \d+.*postgresql-client-99"
    ):
        programs.find_program("pg_dump", 99)
    monkeypatch.setattr(programs, "FOLDERS", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupRefused, match="none is installed"):
        programs.find_program("pg_dump", 13)


def test_a_restore_that_is_killed_leaves_nothing_that_could_be_taken_for_a_database(
    made: Path, target: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_program = programs.run_program

    def kill_in_the_middle(program: Path, arguments: list[str], url: str, **options: Any) -> str:
        if "--single-transaction" not in arguments:
            return run_program(program, arguments, url, **options)
        # Its data are in, the transaction is not committed: the last statements are held up until it is dead.
        options["told"] = lambda: os.kill(child_of_ours(program), signal.SIGKILL)
        monkeypatch.setattr(programs, "POLL_S", 0.05)
        return run_program(program, arguments, url, **options)

    monkeypatch.setattr(restoring, "run_program", kill_in_the_middle)
    result = run(target, "restore", str(made))
    assert result.exit_code == 1
    assert "pg_restore ended with -9" in result.output
    assert rows(target, "SELECT to_regclass('parcel')", as_app=False) == [(None,)]
    refused = run(target, "prepare")
    assert refused.exit_code == 1
    assert "A restore into this database has not ended" in refused.output
    monkeypatch.undo()
    assert run(target, "restore", str(made)).exit_code == 0  # nothing was there, so it is simply done again


def child_of_ours(program: Path) -> int:
    """The process that runs a program for us."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-x", program.name], capture_output=True, text=True, check=True
    )
    return int(found.stdout.split()[0])


def test_a_restore_that_differs_stays_marked_and_says_what_to_do(
    made: Path, target: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_a_row(_program: Path, _file: Path, settings: Any, _restored: Any) -> None:
        engine = create_engine(settings.database_owner_url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE level SET name = 'Unit' WHERE code = 'units'"))
        engine.dispose()

    monkeypatch.setattr(restoring, "_give_rights", lose_a_row)
    with (
        target.app_context(),
        pytest.raises(BackupFailed, match=r"public\.level: 3 rows as in the backup, but not the same ones"),
    ):
        restoring.restore_database(made, target.config["SETTINGS"], lambda *_: None)
    assert "an earlier restore into it did not end" in run(target, "restore", str(made)).output
    assert run(target, "prepare").exit_code == 1


def test_a_role_that_is_not_there_is_named(made: Path, target: Flask, cluster: TestCluster, tmp_path: Path) -> None:
    name = name_of(target.config["SETTINGS"].database_url)
    settings = settings_over(cluster.app_url(name), cluster, tmp_path)
    other = settings.database_url.replace("spatial_admin_app_test", "somebody_else")
    with target.app_context(), pytest.raises(BackupRefused, match='no role "somebody_else"'):
        restoring.restore_database(
            made, type(settings)(other, settings.database_owner_url, settings.secret_key), lambda *_: None
        )
