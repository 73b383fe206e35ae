"""The writer's process: `confine`, read rows from standard input, write one layer.

Started by services/exporting/write_layer.py.

Arguments: one JSON object (path, driver, layer, crs, columns, options, limits). It says what went wrong on standard
error, in one line, and ends with 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from spatial_admin.reader.isolation import Bounds, confine


def main(argument: str) -> int:
    """Write the layer of `argument`; returns the exit status."""
    request = json.loads(argument)
    confine(Bounds(request["cpu_s"], request["memory_bytes"], request["file_bytes"]))
    try:
        _write(request)
    except MemoryError:
        sys.stderr.write("MemoryError\n")
    except Exception as error:  # noqa: BLE001 (told in one line; the parent knows what it means)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    else:
        return 0
    return 1


def _write(request: dict[str, Any]) -> None:
    # numpy and GDAL only after confine: GDAL reads its driver list when it is loaded.
    from pyogrio.raw import write_arrow  # noqa: PLC0415

    from spatial_admin.writer.arrow_stream import ArrowStream  # noqa: PLC0415
    from spatial_admin.writer.columns import Column, columns_of  # noqa: PLC0415
    from spatial_admin.writer.row_batches import read_rows  # noqa: PLC0415

    names, kinds = zip(*request["columns"], strict=True)

    def batches() -> Iterator[tuple[int, list[Column]]]:
        for data, starts in read_rows(sys.stdin.buffer):
            yield len(starts), columns_of(data, starts, list(kinds))

    stream = ArrowStream(names, kinds, batches())
    try:
        write_arrow(
            stream,
            request["path"],
            layer=request["layer"],
            driver=request["driver"],
            geometry_name=request["geometry"],
            geometry_type="MultiPolygon",
            crs=request["crs"],
            encoding="UTF-8",
            layer_options=request["options"],
        )
    finally:
        if stream.error is not None:
            raise stream.error
