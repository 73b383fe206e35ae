"""What a file holds, before it is imported: layers, fields, CRS, the first rows."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import IO, Final

from spatial_admin.errors import BadRequest, Json
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.drafts.read_reference import words_of_refusal
from spatial_admin.services.importing.queue_import import write_upload
from spatial_admin.services.parcels.choose_identity import CANDIDATES
from spatial_admin.services.shared.read_source import MIB, ReaderBounds, open_source
from spatial_admin.settings import Limits

# Somebody waits for it in a web process; it reads the first rows only.
BOUNDS: Final = ReaderBounds(cpu_s=20, wall_s=30.0, memory_bytes=1024 * MIB)
ROWS_SHOWN: Final = 5
CHARACTERS: Final = 120


def look_at_import(file: IO[bytes], layer: str | None, limits: Limits) -> Json:
    """`{driver, layer, layers, crs, fields, id_fields, rows, refused}` of an upload; nothing of it is kept.

    Where the file has several layers and none is chosen, only `layers` is known. Raises BadRequest or LimitExceeded.
    """
    with tempfile.TemporaryDirectory(prefix="look-") as folder:
        path = Path(folder) / "file"
        write_upload(file, path, limits)
        try:
            return _look(path, layer, limits)
        except SourceRefused as error:
            if error.layers and layer is None:
                return {"driver": None, "layer": None, "layers": list(error.layers), **_unknown()}
            raise BadRequest("file", words_of_refusal(error)) from error


def _unknown() -> Json:
    return {"crs": None, "fields": [], "id_fields": [], "rows": [], "refused": 0, "rows_read": 0}


def _look(path: Path, layer: str | None, limits: Limits) -> Json:
    with open_source(path, layer=layer, limits=limits, bounds=BOUNDS) as source:
        first = next(source.batches, None)
        rows = first.rows if first else []
        properties = [json.loads(row.properties) for row in rows if row.properties]
        fields = list(dict.fromkeys(name for one in properties for name in one))
        return {
            "driver": source.driver,
            "layer": source.layer,
            "layers": [source.layer] if source.layer else [],
            "crs": source.crs or source.crs_wkt,
            "fields": fields,
            "id_fields": [name for name in CANDIDATES if name in fields],
            "rows": [{name: _short(value) for name, value in one.items()} for one in properties[:ROWS_SHOWN]],
            "rows_read": len(rows),
            "refused": sum(row.refusal is not None for row in rows),
        }


def _short(value: object) -> str | None:
    text = value if isinstance(value, str) else None if value is None else json.dumps(value, ensure_ascii=False)
    return text if text is None or len(text) <= CHARACTERS else text[:CHARACTERS] + "…"
