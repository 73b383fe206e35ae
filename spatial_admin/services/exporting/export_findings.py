"""Findings as a file: CSV for spreadsheets, GeoJSON for maps; all of one moment, those opened first come first."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.findings.list_findings import MOST, Narrowing, Question, list_findings
from spatial_admin.services.shared.spreadsheet_text import no_formula

IN_MEMORY: Final = 4 << 20
COLUMNS: Final = (
    "id", "rule", "title", "severity", "status", "parcels", "numbers", "measure", "measure_text", "assignee",
    "opened_at", "changed_at", "age_days", "accepted_until", "reason", "record", "disputed", "opened_by", "closed_by",
    "longitude", "latitude",
)  # fmt: skip


def export_findings(session: Session, narrowing: Narrowing, suffix: str) -> IO[bytes]:
    """The findings in one of FORMATS, to be read from its begin; a large file lies on the disk, and must be closed."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
    try:
        FORMATS[suffix][1](file, _all_of(session, narrowing))
    except BaseException:
        file.close()
        raise
    is_small = file.tell() <= IN_MEMORY
    file.seek(0)
    if not is_small:
        return file
    with file:
        return io.BytesIO(file.read())


def _all_of(session: Session, narrowing: Narrowing) -> Iterator[Json]:
    cursor: str | None = None
    while True:
        page = list_findings(session, Question(narrowing, sort="oldest", limit=MOST, cursor=cursor))
        yield from page["findings"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _write_csv(file: IO[bytes], findings: Iterator[Json]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        told = _told(finding)
        writer.writerow([no_formula(told[name]) for name in COLUMNS])
    text.detach()


def _told(finding: Json) -> Json:
    """Lists as texts, the record by its name, the middle of the place."""
    box = finding["bbox"]
    middle = ("", "") if box is None else (f"{(box[0] + box[2]) / 2:.7f}", f"{(box[1] + box[3]) / 2:.7f}")
    record = finding["record"]
    return {
        **finding,
        "parcels": "; ".join(finding["parcels"]),
        "numbers": "; ".join(finding["numbers"]),
        "record": f"{record['type']} {record['number'] or record['id']}" if record else None,
        "longitude": float(middle[0]) if box else None,
        "latitude": float(middle[1]) if box else None,
    }


def _write_geojson(file: IO[bytes], findings: Iterator[Json]) -> None:
    file.write(b'{"type":"FeatureCollection","features":[')
    for n, finding in enumerate(findings):
        feature = {
            "type": "Feature",
            "id": finding["id"],
            "geometry": finding["place"],
            "properties": {name: value for name, value in finding.items() if name not in ("place", "bbox")},
        }
        file.write(b",\n" if n else b"\n")
        file.write(json.dumps(feature, ensure_ascii=False, allow_nan=False).encode())
    file.write(b"\n]}\n")


Writer = Callable[[IO[bytes], Iterator[Any]], None]
FORMATS: Final[Mapping[str, tuple[str, Writer]]] = {
    "csv": ("text/csv", _write_csv),
    "geojson": ("application/geo+json", _write_geojson),
}
