"""A file that GDAL writes: rows go to a confined child process (spatial_admin/writer) as PostgreSQL sends them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import disk_usage
from typing import IO, BinaryIO, Final, cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spatial_admin.errors import TookTooLong
from spatial_admin.file_errors import ExportFailed
from spatial_admin.services.exporting.export_formats import GEOMETRY, LAYER
from spatial_admin.services.exporting.plan_export import Selection, layer_columns, layer_rows
from spatial_admin.services.shared.copy_out import Told, copy_out, copy_statement
from spatial_admin.services.shared.package_root import PACKAGE_ROOT
from spatial_admin.writer.row_batches import COPY_HEADER_BYTES, COPY_TRAILER, write_rows

BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from spatial_admin.writer.__main__ import main; "
    "sys.exit(main(sys.argv[2]))"
)
MIB: Final = 1024 * 1024
BATCH_BYTES: Final = MIB // 2
MEMORY_BYTES: Final = 2048 * MIB  # FlatGeobuf's index of ten million parcels fits
MOST_FILE_BYTES: Final = 1 << 50
LITTLE_SPACE: Final = 16 * MIB
OPTIONS: Final = {"ESRI Shapefile": {"2GB_LIMIT": "YES"}}
NO_END_S: Final = 86_400.0


@dataclass(slots=True)
class _Rows:
    """Sends rows on in batches; a sink of COPY."""

    send: Callable[[Sequence[bytes]], None]
    told: Told | None
    rows: list[bytes]
    size: int = 0
    count: int = 0

    def write(self, row: bytes) -> None:
        """One row; the first carries the header of the format, and after the last comes its trailer."""
        if self.count == 0 and not self.rows:
            row = row[COPY_HEADER_BYTES:]
        if row == COPY_TRAILER:
            return
        self.rows.append(row)
        self.size += len(row)
        if self.size >= BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what is waiting, if anything is."""
        if self.rows:
            self.send(self.rows)
            self.count += len(self.rows)
            self.rows, self.size = [], 0
            if self.told:
                self.told(self.count)


def write_layer(
    session: Session, selection: Selection, path: Path, *, seconds: float | None = None, told: Told | None = None
) -> int:
    """Write the parcels to `path`, in a folder of its own, as one layer; returns how many they are.

    Raises ExportFailed (the disk is full, GDAL cannot go on), TookTooLong, and DBAPIError as the database does.
    """
    select, values = layer_rows(selection)
    statement = copy_statement(session, select, values, "binary")
    limit_s = seconds or NO_END_S
    until = time.monotonic() + limit_s
    with tempfile.TemporaryFile() as said:
        child = _started(selection, path, said, round(limit_s))
        timer = threading.Timer(limit_s, child.kill)  # whoever waits for it, to take rows or to end, goes on then
        timer.daemon = True
        timer.start()
        rows = _Rows(partial(write_rows, cast("BinaryIO", child.stdin)), told, [])
        try:
            _feed(session, statement, rows, child)
            session.close()  # indexes are made and files packed without a snapshot
        except BrokenPipeError:
            session.invalidate()  # in the middle of its COPY
        except DBAPIError:
            child.kill()
            raise
        except BaseException:
            child.kill()
            session.invalidate()  # likewise: somebody stopped it
            raise
        finally:
            code = child.wait()
            timer.cancel()
        if code != 0 and time.monotonic() >= until:
            raise TookTooLong(f"An export may take {limit_s:,.0f} s. Ask for less at once.")
        if code != 0:
            raise _failure(code, said, path.parent)
    return rows.count


def _started(selection: Selection, path: Path, said: IO[bytes], cpu_s: int) -> subprocess.Popen[bytes]:
    chosen = selection.export.format
    request = {
        "path": str(path),
        "driver": chosen.driver,
        "layer": LAYER,
        "geometry": GEOMETRY,
        "crs": selection.export.crs,
        "columns": layer_columns(chosen),
        "options": OPTIONS.get(cast("str", chosen.driver), {}),
        "cpu_s": cpu_s,
        "memory_bytes": MEMORY_BYTES,
        "file_bytes": MOST_FILE_BYTES,
    }
    return subprocess.Popen(  # noqa: S603 (our own interpreter and module; the path is named in JSON)
        [sys.executable, "-I", "-c", BOOT, str(PACKAGE_ROOT), json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        cwd=path.parent,
        env={},
        start_new_session=True,
    )


def _feed(session: Session, statement: bytes, rows: _Rows, child: subprocess.Popen[bytes]) -> None:
    stdin = cast("BinaryIO", child.stdin)
    try:
        copy_out(session, statement, rows)
        rows.flush()
        write_rows(stdin, [])  # the end: without it the file is not made
    finally:
        stdin.close()


def _failure(code: int, said: IO[bytes], folder: Path) -> Exception:
    """Why the writer ended early, in words."""
    said.seek(0)
    lines = [line for line in said.read().decode("utf-8", "replace").splitlines() if not line.startswith("Warning")]
    last = lines[-1][:300] if lines else "it said nothing"
    if disk_usage(folder).free < LITTLE_SPACE or "No space left" in last or "disk is full" in last:
        return ExportFailed(f"The disk that holds {folder.parent} is full; nothing is left of the export.")
    if code == -signal.SIGXCPU:
        return TookTooLong("The export took more processor time than it may. Ask for less at once.")
    if "MemoryError" in last or code in (-signal.SIGABRT, -signal.SIGKILL):
        return ExportFailed(f"The file needs more than {MEMORY_BYTES // MIB:,} MiB of memory. Ask for less at once.")
    ended = f"signal {-code}" if code < 0 else f"status {code}"
    return ExportFailed(f"The file could not be written ({ended}: {last.replace(str(folder), '')}).")
