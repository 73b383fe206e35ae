"""The folder of exported files that wait to be fetched: one file a job, named by its number.

Files and not rows: a million parcels are 600 MB, which no backup of the database should hold, and a file can be sent
from any place in it. Worker and web server share the folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spatial_admin.file_errors import ExportFailed
from spatial_admin.services.exporting.export_formats import LAYER
from spatial_admin.settings import Settings

PREFIX: Final = "export-"
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class KeptExport:
    """A file, the name under which it is given out, and its format."""

    path: Path
    name: str
    suffix: str


def exports_folder(settings: Settings) -> Path:
    """SPATIAL_ADMIN_EXPORT_FOLDER, else `exports` among the private files."""
    return settings.upkeep.export_folder or settings.home / "exports"


def file_of(folder: Path, job_id: int, suffix: str) -> Path:
    """Where the file of a job lies."""
    return folder / f"{PREFIX}{job_id}.{suffix}"


@contextmanager
def making(final: Path) -> Iterator[Path]:
    """A path to write to, which gets the name `final` when the block is left without error, whole and on the disk.

    Raises ExportFailed where the folder cannot be written.
    """
    try:
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{final.stem}.", suffix=".part", dir=final.parent) as folder:
            part = Path(folder) / final.name.replace(final.name.partition(".")[0], LAYER, 1)
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.chmod(0o600)
            part.replace(final)
    except OSError as error:
        raise ExportFailed(f"{final.parent} could not be written ({error.strerror}); nothing is left of it.") from error


def remove_parts(folder: Path, job_id: int) -> None:
    """Remove what a killed attempt left."""
    for left in folder.glob(f".{PREFIX}{job_id}.*.part"):
        shutil.rmtree(left, ignore_errors=True)


def old_exports(folder: Path, days: int) -> list[Path]:
    """What is older: files, and what killed workers left. Only names of ours are looked at."""
    before = time.time() - days * DAY_S
    found = []
    for path in (*folder.glob(f"{PREFIX}*"), *folder.glob(f".{PREFIX}*.part")):
        with suppress(FileNotFoundError):  # somebody else removes them, too
            if path.stat().st_mtime < before:
                found.append(path)
    return found


def remove_exports(paths: Sequence[Path]) -> int:
    """Remove them; answers how many went."""
    gone = 0
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        gone += not path.exists()
    return gone
