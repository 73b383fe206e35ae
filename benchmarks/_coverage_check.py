"""The limit of benchmarks/scan.py: GEOS' coverage check of each cell by one process, read as the scanners read.

It speaks as `spatial_admin.scanner` does, so that what is compared is the looking alone.

The width of gaps, a length in metres, becomes degrees where the parcels of a cell lie, as in the scanners. The cells at the edge
reach to the poles, where half a metre is 500,000 degrees: asked for gaps of that width, GEOS compares every side of a cell
with every other and does not end.
"""

from __future__ import annotations

import json
import sys

import psycopg2
import shapely

from spatial_admin.cadastre.precision import Ground
from spatial_admin.scanner.read_cell import Reader


def main() -> int:
    told = json.loads(sys.stdin.readline())
    ground = Ground(**{**told["ground"], "extent": tuple(told["ground"]["extent"])})
    reader = Reader(psycopg2.connect(**told["connection"]), told["snapshot"], ground.srid)
    for line in sys.stdin:
        number, west, south, east, north = json.loads(line)
        parcels = reader.load((west, south, east, north))
        bounds = shapely.bounds(parcels.geometries).reshape(-1, 4)
        own = (bounds[:, 0] >= west) & (bounds[:, 0] < east) & (bounds[:, 1] >= south) & (bounds[:, 1] < north)
        invalid = 0
        if len(parcels):
            width = ground.gap_width_m / min(ground.scale_at(float(abs(bounds[:, 1]).max())))
        for level in told["levels"] if len(parcels) else ():
            edges = shapely.coverage_invalid_edges(parcels.geometries[parcels.levels == level], gap_width=width)
            invalid += int((~shapely.is_empty(edges)).sum())
        sys.stdout.write(json.dumps({"cell": number, "parcels": int(own.sum()), "defects": [invalid]}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
