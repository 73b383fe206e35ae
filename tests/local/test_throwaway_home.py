from __future__ import annotations

from pathlib import Path

import pytest

from spatial_admin.local import throwaway_home as module
from spatial_admin.local.throwaway_home import throwaway_home


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 1)


@pytest.mark.usefixtures("roomy")
def test_a_folder_in_memory_is_gone_afterwards(tmp_path: Path) -> None:
    with throwaway_home(tmp_path / "disk", tmp_path) as home:
        assert home.parent == tmp_path
        (home / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_without_room_the_folder_on_disk_is_taken_and_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "ROOM", 2**62)
    disk = tmp_path / "disk"
    disk.mkdir()
    with throwaway_home(disk, tmp_path) as home:
        assert home == disk
    assert disk.is_dir()


def test_where_there_is_no_such_memory_the_folder_on_disk_is_taken(tmp_path: Path) -> None:
    with throwaway_home(tmp_path / "disk", tmp_path / "absent") as home:
        assert home == tmp_path / "disk"


@pytest.mark.usefixtures("roomy")
def test_what_a_killed_run_left_is_cleared_and_a_run_that_goes_on_keeps_its_own(tmp_path: Path) -> None:
    left = tmp_path / f"{module.PREFIX}killed"
    (left / "postgres").mkdir(parents=True)
    other = tmp_path / "somebody-else"
    other.mkdir()
    with throwaway_home(tmp_path / "disk", tmp_path) as going_on, throwaway_home(tmp_path / "disk", tmp_path) as second:
        assert not left.exists()
        assert other.is_dir()
        assert going_on.is_dir()
        assert second != going_on
