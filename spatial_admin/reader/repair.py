"""The process that repairs one polygon: `confine`, read WKB from standard input, GEOS's structure method, write WKB.

Started by services/importing/repair_shape.py, never by hand. Nothing else is opened here.
"""

from __future__ import annotations

import struct
import sys
from typing import Final

from spatial_admin.reader.isolation import Bounds, confine, seal

POLYGONAL: Final = (3, 6)


def main(cpu_s: int, memory_bytes: int) -> int:
    """Repair what comes in; writes nothing where nothing with an area is left."""
    confine(Bounds(cpu_s, memory_bytes, 0))
    seal()
    import shapely  # noqa: PLC0415 (only after confine)

    data = sys.stdin.buffer.read()
    if len(data) < 5 or struct.unpack_from("<I" if data[0] else ">I", data, 1)[0] not in POLYGONAL:
        return 2
    given = shapely.from_wkb(data, on_invalid="fix")
    mended = shapely.make_valid(given, method="structure", keep_collapsed=False)
    polygons = [part for part in shapely.get_parts(mended) if part.geom_type == "Polygon" and part.area > 0]
    if polygons:
        sys.stdout.buffer.write(shapely.to_wkb(shapely.MultiPolygon(polygons), byte_order=1))
    return 0
