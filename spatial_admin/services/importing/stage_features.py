"""Staging: every feature of a file becomes a row of staged_parcel as it came; refused ones say why and where."""

from __future__ import annotations

import queue
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.hilbert import hilbert_keys
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.reprojection import Transform
from spatial_admin.reader.frames import HAD_M, HAD_Z, Batch, Refusal, Row
from spatial_admin.services.importing.plan_import import Progress, Report
from spatial_admin.services.shared.copy_rows import blob, copy_rows, int4, int8, jsonb
from spatial_admin.services.shared.read_source import Source
from spatial_admin.services.shared.transform_points import transform_one
from spatial_admin.transaction import raw_connection

COPIED_ROWS: Final = 10_000
COPIED_BYTES: Final = 32 * 1024 * 1024
WAITING_BATCHES: Final = 16
EWKB_POINT: Final = struct.Struct("<BIIdd")
POINT_WITH_SRID: Final = 0x20000001
TABLE_COLUMNS: Final = (
    "batch", "row", "properties", "wkb", "raw_geometry", "decision", "rule", "reason", "place", "sort_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Staging:
    """Where the rows of one file go: batch, storage ground, and the transformation where the file has another CRS."""

    batch: int
    ground: Ground
    is_source_geographic: bool
    transform: Transform | None


@dataclass(slots=True)
class Staged:
    """How many rows were staged, how many of them refused, and what was dropped from them."""

    rows: int = 0
    refused: int = 0
    z_dropped: int = 0
    m_dropped: int = 0
    fields: list[str] = field(default_factory=list)


def stage_features(session: Session, source: Source, staging: Staging, progress: Progress, report: Report) -> Staged:
    """Copy every row of the source into staged_parcel, in the session's transaction; memory stays flat."""
    staged = Staged()
    waiting: list[bytes] = []
    size = 0
    for batch in _read_ahead(source.batches):
        rows = _encoded(batch, staging, staged)
        waiting += rows
        size += sum(map(len, rows))
        if len(waiting) >= COPIED_ROWS or size >= COPIED_BYTES:
            copy_rows(raw_connection(session), "staged_parcel", TABLE_COLUMNS, waiting)
            waiting, size = [], 0
        progress.done = staged.rows
        report(progress)
    copy_rows(raw_connection(session), "staged_parcel", TABLE_COLUMNS, waiting)
    staged.fields = source.fields
    return staged


def _read_ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Keep the reader's process at work while PostgreSQL takes rows; errors of the reader are raised here."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(WAITING_BATCHES)
    is_abandoned = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not is_abandoned.is_set():
            try:
                ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            for batch in batches:
                put(batch)
                if is_abandoned.is_set():
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
            put(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_abandoned.set()
        thread.join(10)


def _encoded(batch: Batch, staging: Staging, staged: Staged) -> list[bytes]:
    keys = hilbert_keys(batch.bounds, is_geographic=staging.is_source_geographic).tolist()
    if staging.transform is None:
        _refuse_by_box(batch, staging.ground)
    encoded = []
    for row, key in zip(batch.rows, keys, strict=True):
        staged.rows += 1
        staged.refused += row.refusal is not None
        staged.z_dropped += bool(row.flags & HAD_Z)
        staged.m_dropped += bool(row.flags & HAD_M)
        encoded.append(_row(row, key, staging))
    return encoded


def _refuse_by_box(batch: Batch, ground: Ground) -> None:
    west, south, east, north = ground.extent
    low, high = np.array([west, south]), np.array([east, north])
    inside = (batch.bounds[:, :2] >= low).all(axis=1) & (batch.bounds[:, 2:] <= high).all(axis=1)
    span = (batch.bounds[:, 2:] - batch.bounds[:, :2]).max(axis=1)
    # Only what could be refused is looked at one by one: 100 cells in a row are far below the limit.
    for index in np.flatnonzero(~inside | (span > 100 * ground.cell_size)).tolist():
        row = batch.rows[index]
        if row.refusal is None and row.wkb is not None:
            box = batch.bounds[index].tolist()
            refusal = refusal_of_box(ground, (box[0], box[1], box[2], box[3]))
            if refusal is not None:
                row.refusal = Refusal(refusal.rule, refusal.reason, refusal.place)


def _row(row: Row, key: int, staging: Staging) -> bytes:
    refusal = row.refusal
    if refusal is None:
        raw = None if row.raw is None else _text(row.raw)
        verdict = blob(b"staged") + blob(None) * 3
    else:
        raw = None if row.raw is None else _text(row.raw)
        place = refusal.place if staging.transform is None else transform_one(staging.transform, refusal.place)
        reason = refusal.reason
        if refusal.place is not None and staging.transform is not None:
            reason += f" (in the file's coordinates at {refusal.place[0]:.10g}, {refusal.place[1]:.10g})"
        verdict = blob(b"quarantined") + blob(_text(refusal.rule.encode())) + blob(_text(reason.encode()))
        verdict += blob(_ewkb(place, staging.ground.srid))
    return b"".join(
        (
            int8(staging.batch),
            int4(row.number),
            jsonb(row.properties),
            blob(row.wkb),
            blob(raw),
            verdict,
            int8(key),
        )
    )


def _ewkb(place: tuple[float, float] | None, srid: int) -> bytes | None:
    return None if place is None else EWKB_POINT.pack(1, POINT_WITH_SRID, srid, *place)


def _text(raw: bytes) -> bytes:
    """Text that PostgreSQL takes, whatever the reader sent."""
    return raw.decode("utf-8", "replace").replace("\x00", "\\u0000").encode()
