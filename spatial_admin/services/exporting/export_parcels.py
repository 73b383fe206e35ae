"""Parcels as a file: streamed to a client, or written to a path; all of one snapshot, in flat memory."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from sqlalchemy import exc
from sqlalchemy.orm import Session

from spatial_admin.file_errors import ExportFailed, ExportRefused
from spatial_admin.services.exporting.bound_exports import Slot, take_slot
from spatial_admin.services.exporting.export_formats import LAYER
from spatial_admin.services.exporting.pack_shapefile import measure, pack
from spatial_admin.services.exporting.plan_export import Export, Selection, feature_rows, select_parcels, table_rows
from spatial_admin.services.exporting.stream_export import ExportStream
from spatial_admin.services.exporting.write_layer import write_layer
from spatial_admin.services.parcels.describe_coverage import WGS84
from spatial_admin.services.shared.copy_out import BLOCK_BYTES, Blocks, Told, copy_out, copy_statement
from spatial_admin.transaction import snapshot

FOLDER: Final = "spatial-admin-export-"
# Times in UTC and numbers to the bit, whatever the settings of the server or the role.
SETTINGS: Final = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL extra_float_digits = 1"
COLLECTION: Final = '{{"type":"FeatureCollection","name":"{layer}",{crs}"features":[\n'
CRS_MEMBER: Final = '"crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{srid}"}}}},'


class ExportFile(Iterator[bytes]):
    """The blocks of a file that has no name any more: it is gone when it is closed, or when this process ends."""

    def __init__(self, file: IO[bytes], slot: Slot) -> None:
        self._file, self._slot = file, slot
        self.size = os.fstat(file.fileno()).st_size

    def __next__(self) -> bytes:
        """The next block; after the last, nothing is held any more."""
        block = b"" if self._file.closed else self._file.read(BLOCK_BYTES)
        if not block:
            self.close()
            raise StopIteration
        return block

    def close(self) -> None:
        """Give the disk its space back, and the next export its place."""
        self._file.close()
        self._slot.release()


@dataclass(frozen=True, slots=True)
class _Text:
    """A text format: the COPY that makes it, and what stands around."""

    statement: bytes
    head: bytes
    tail: bytes
    is_json: bool


def open_export(export: Export, timeout_ms: int, *, whole: bool = False) -> ExportStream | ExportFile:
    """The blocks of an export; `close` them, whatever happens. `whole`: with a size, known before the first block.

    Raises ExportRefused, TooManyExports, ExportFailed, TookTooLong, DBAPIError, before anything is sent.
    """
    slot = take_slot()
    try:
        if export.format.driver is None and not whole:
            return _stream(export, timeout_ms, slot)
        with _folder(timeout_ms) as folder:
            path = folder / f"{LAYER}.{export.format.suffix}"
            export_to_file(export, path, seconds=timeout_ms / 1000)
            return ExportFile(path.open("rb"), slot)
    except BaseException:
        slot.release()
        raise


def export_to_file(export: Export, path: Path, *, seconds: float | None = None, told: Told | None = None) -> None:
    """Write an export to `path`, in a folder that nobody else writes to; raises as open_export."""
    try:
        with _selected(export, seconds) as (session, selection):
            if export.format.driver is None:
                _write_text(session, selection, path, told)
            else:
                _write_layer(session, selection, path, seconds, told)
    except OSError as error:
        raise ExportFailed(f"{path} could not be written ({error.strerror}); nothing is left of it.") from error


def _stream(export: Export, timeout_ms: int, slot: Slot) -> ExportStream:
    seconds = timeout_ms / 1000
    with ExitStack() as stack:
        stack.callback(slot.release)
        session, selection = stack.enter_context(_selected(export, seconds))
        text = _text_of(session, selection)
        stream = ExportStream(
            session, text.statement, head=text.head, tail=text.tail, is_json=text.is_json, seconds=seconds
        )
        stream.on_close(stack)
        return stream


@contextmanager
def _selected(export: Export, seconds: float | None) -> Iterator[tuple[Session, Selection]]:
    """The snapshot of an export, on a replica where one is right, with a time of its own."""
    with snapshot() as session:
        bound = "" if seconds is None else f"; SET LOCAL statement_timeout = {round(seconds * 1000)}"
        session.connection().exec_driver_sql(SETTINGS + bound)
        try:
            yield session, select_parcels(session, export)
        except exc.InternalError as error:
            if "transform" not in str(error.orig):
                raise
            why = f"the parcels have no coordinates in {export.crs} ({str(error.orig).splitlines()[0][:200]})"
            raise ExportRefused("crs", why) from error


def _text_of(session: Session, selection: Selection) -> _Text:
    export = selection.export
    if export.format.suffix == "csv":
        select, values = table_rows(selection)
        return _Text(copy_statement(session, select, values, "csv"), b"", b"", is_json=False)
    is_collection = export.format.suffix == "geojson"
    select, values = feature_rows(selection, is_collection=is_collection)
    statement = copy_statement(session, select, values, "text")
    if not is_collection:
        return _Text(statement, b"", b"", is_json=True)
    crs = "" if export.srid == WGS84 else CRS_MEMBER.format(srid=export.srid)
    return _Text(statement, COLLECTION.format(layer=LAYER, crs=crs).encode(), b"]}\n", is_json=True)


def _write_text(session: Session, selection: Selection, path: Path, told: Told | None) -> None:
    text = _text_of(session, selection)
    with path.open("wb") as file:
        is_first = bool(text.head)

        def emit(block: bytes) -> None:
            nonlocal is_first
            file.write(block[1:] if is_first else block)  # the comma before the first feature
            is_first = False

        file.write(text.head)
        blocks = Blocks(emit, is_json=text.is_json, told=told)
        try:
            copy_out(session, text.statement, blocks)
        except exc.DBAPIError:
            raise
        except BaseException:
            session.invalidate()  # in the middle of its COPY
            raise
        blocks.flush()
        file.write(text.tail)


def _write_layer(session: Session, selection: Selection, path: Path, seconds: float | None, told: Told | None) -> None:
    if selection.export.format.driver != "ESRI Shapefile":
        write_layer(session, selection, path, seconds=seconds, told=told)
        return
    sizes = measure(session, selection)
    with tempfile.TemporaryDirectory(prefix=FOLDER, dir=path.parent) as folder:
        write_layer(session, selection, Path(folder) / f"{LAYER}.shp", seconds=seconds, told=told)
        pack(Path(folder), path, selection.export, sizes)


@contextmanager
def _folder(timeout_ms: int) -> Iterator[Path]:
    """A private folder in the system's one for such files; gone when the block is left, or with the next export.

    Nothing is left by an error; a process that was killed leaves its folder, and the next export finds it too old.
    """
    old = time.time() - 2 * timeout_ms / 1000
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(FileNotFoundError):  # another export has just ended
            if left.stat().st_mtime < old and left.stat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
        yield Path(folder)
