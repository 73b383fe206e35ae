"""Files to import, made for a test: a grid of lots as GeoJSON, GeoPackage or zipped Shapefile."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

LON, LAT, STEP = 2.3, 48.68, 0.0002  # about 15 by 22 m
Ring = list[list[float]]


def lot(column: float, row: float, width: float = 1, height: float = 1) -> Ring:
    """A rectangle of the grid; neighbours share their corners to the bit."""
    west, east = LON + column * STEP, LON + (column + width) * STEP
    south, north = LAT + row * STEP, LAT + (row + height) * STEP
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(ring: Ring | None, **properties: Any) -> dict[str, Any]:
    geometry = None if ring is None else {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_geojson(path: Path, features: Iterable[Any], **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": list(features)}))
    return path


def grid(columns: int, rows: int, prefix: str = "P") -> list[dict[str, Any]]:
    """Lots of a clean coverage."""
    return [feature(lot(i, j), id=f"{prefix}{i}-{j}", n=i * rows + j) for j in range(rows) for i in range(columns)]


def write_ogr(path: Path, geometries: Sequence[shapely.Geometry], crs: str, driver: str, **options: Any) -> Path:
    ids = np.array([f"R{n}" for n in range(len(geometries))], dtype=object)
    kind = "Polygon" + (" Z" if shapely.has_z(geometries[0]) else "")
    pyogrio.raw.write(
        path, shapely.to_wkb(geometries), [ids], ["parcel_id"], geometry_type=kind, crs=crs, driver=driver, **options
    )
    return path


def zipped_shapefile(folder: Path, geometries: Sequence[shapely.Geometry], crs: str, *, without: str = "") -> Path:
    shape = write_ogr(folder / "lots.shp", geometries, crs, "ESRI Shapefile")
    archive = folder / "lots.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for part in sorted(folder.glob("lots.*")):
            if part.suffix not in (".zip", without):
                opened.write(part, part.name)
    shape.unlink()
    return archive
