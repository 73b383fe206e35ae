from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from spatial_admin.local import postgres_programs, system_packages
from spatial_admin.local.console import CannotGoOn


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an ordinary user on a machine that has Python and apt-get only."""
    which = shutil.which
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(postgres_programs, "newest", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None if name in system_packages.BROWSERS else which(name))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_everything_missing_is_named_in_one_line_and_the_exit_code_is_3(bare_machine: None) -> None:
    with pytest.raises(CannotGoOn) as caught:
        system_packages.ensure(postgis=True, browser=True)
    assert caught.value.exit_code == 3
    commands = [line for line in str(caught.value).splitlines() if "apt-get" in line]
    assert len(commands) == 1
    words = commands[0].split()
    assert words[0] == "sudo"
    assert words[-3] == "python3-venv"
    assert words[-2] == "postgresql-postgis" or system_packages.POSTGIS_PACKAGE.fullmatch(words[-2])
    assert words[-1] in ("chromium", system_packages.HEADLESS)


def test_what_is_not_needed_is_not_asked_for(bare_machine: None) -> None:
    with pytest.raises(CannotGoOn) as caught:
        system_packages.ensure(postgis=False, browser=False)
    assert "python3-venv" in str(caught.value)
    assert "postgres" not in str(caught.value)
    assert "chromium" not in str(caught.value)


def test_without_apt_the_missing_things_are_named_in_words(bare_machine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(CannotGoOn, match="PostgreSQL 13 or newer with PostGIS 3") as caught:
        system_packages.ensure(postgis=True, browser=False)
    assert caught.value.exit_code == 3


def test_a_machine_that_has_everything_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(*_: object) -> None:
        raise AssertionError("nothing is to be installed")

    monkeypatch.setattr(system_packages, "_install", installed)
    system_packages.ensure(postgis=True, browser=True)


def test_the_installed_postgresql_is_recognised_with_its_postgis() -> None:
    programs = postgres_programs.newest()
    assert programs is not None
    assert programs.major >= postgres_programs.OLDEST_MAJOR
    assert os.access(programs / "initdb", os.X_OK)
    assert postgres_programs.newest(programs.major) == programs
    assert postgres_programs.newest(7) is None


def test_a_library_that_does_not_lie_beside_the_programs_is_not_asked_for(tmp_path: Path) -> None:
    programs = postgres_programs.Programs(99, tmp_path / "bin")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "plpgsql.so").touch()
    assert programs.libraries() == ["plpgsql"]


def test_a_server_without_postgis_does_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "lib" / "postgresql" / "99" / "bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "pg_ctl", "postgres", "psql"):
        (folder / name).touch()
    assert not postgres_programs._has_postgis(folder, 99)
    extension = folder.parent / "share" / "extension"
    extension.mkdir(parents=True)
    (extension / "postgis.control").touch()
    assert postgres_programs._has_postgis(folder, 99)
