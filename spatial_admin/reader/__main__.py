"""The reader's process: `confine`, open, stream. Started by services/shared/read_source.py, never by hand.

Arguments: one JSON object (upload, layer, encoding, limits). Standard output carries frames and nothing else.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from spatial_admin.reader.isolation import Bounds, confine, seal


def main(argument: str) -> int:
    """Read the upload of `argument` to the stream; returns the exit status."""
    request = json.loads(argument)
    has_no_network = confine(Bounds(request["cpu_s"], request["memory_bytes"], request["unpacked_bytes"]))
    # Libraries print; frames go out on a descriptor that they do not know.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from spatial_admin.reader.frames import ERROR, write_json  # noqa: PLC0415 (numpy only after confine)
    from spatial_admin.reader.refusal import SourceUnreadableError  # noqa: PLC0415

    try:
        _stream(out, request, has_no_network)
    except SourceUnreadableError as error:
        write_json(out, ERROR, {"code": "unreadable", "message": str(error), "layers": error.layers[:200]})
    except MemoryError:
        write_json(out, ERROR, {"code": "memory", "message": ""})
    return 0


def _stream(out: BinaryIO, request: dict[str, Any], has_no_network: bool) -> None:
    from spatial_admin.reader.frames import BATCH_ROWS, HEADER, TRAILER, write_batch, write_json  # noqa: PLC0415
    from spatial_admin.reader.geometry_check import GeometryLimits, check_rows, check_shapes  # noqa: PLC0415

    check = check_shapes if request["table"] is not None else check_rows
    limits = GeometryLimits(request["vertices"], request["rings"], request["parts"])
    header, rows, fields = _opened(request)
    write_json(out, HEADER, {**header, "has_no_network": has_no_network})
    count = 0
    while batch := list(itertools.islice(rows, BATCH_ROWS)):
        check(batch, limits)
        write_batch(out, batch)
        count += len(batch)
    write_json(out, TRAILER, {"rows": count, "fields": list(fields)})


def _opened(request: dict[str, Any]) -> tuple[dict[str, Any], Iterator[Any], Any]:
    """Header, rows, and the names of all properties (complete when the rows are read)."""
    from spatial_admin.reader.upload_kind import kind_of  # noqa: PLC0415

    path = Path(request["upload"])
    described: dict[str, Any]
    table = request["table"]
    kind = kind_of(path, takes_tables=table is not None)
    if kind == "csv":
        from spatial_admin.reader.csv_points import open_table, table_rows  # noqa: PLC0415

        seal()
        points = open_table(path, table)
        described = {"driver": "CSV", "layer": None, "declared": None, "crs": None, "crs_wkt": None}
        return {**described, "table": points.described()}, table_rows(points), points.columns
    if kind == "geojson":
        from spatial_admin.reader.geojson_features import open_geojson, rows_of  # noqa: PLC0415
        from spatial_admin.reader.geojson_geometry import any_wkb  # noqa: PLC0415

        seal()
        source = open_geojson(path.open("rb"), request["json_depth"])
        if table is not None:
            source.encode = any_wkb
        header = {"driver": "GeoJSON", "layer": None, "declared": None, "crs": source.crs, "crs_wkt": None}
        return header, rows_of(source), source.fields
    if kind == "zip":
        from spatial_admin.reader.archive_members import ArchiveLimits, unpack_shapefile  # noqa: PLC0415

        limits = ArchiveLimits(request["members"], request["unpacked_bytes"])
        path, names = unpack_shapefile(path, path.parent, request["layer"], limits)
        layer_name = request["layer"] or names[0]
    seal()
    from spatial_admin.reader.ogr_layers import layer_rows, open_layer, verify_drivers  # noqa: PLC0415

    verify_drivers()
    layer = open_layer(path, None if kind == "zip" else request["layer"], request["encoding"])
    described = {
        "driver": layer.driver,
        "layer": layer_name if kind == "zip" else layer.name,
        "declared": layer.declared,
        "crs": layer.crs,
        "crs_wkt": layer.crs_wkt,
    }
    return described, layer_rows(layer), layer.fields


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
