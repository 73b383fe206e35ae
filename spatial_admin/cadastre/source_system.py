"""The CRS of an imported file: its name for PostGIS, and metres in it. PostGIS alone transforms its coordinates."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import pyproj
from pyproj.exceptions import CRSError

from spatial_admin.cadastre.precision import WGS84_ECCENTRICITY2, WGS84_SEMI_MAJOR_M, Ground
from spatial_admin.file_errors import SourceRefused

CODE = re.compile(r"(?:EPSG\s*:\s*)?([0-9]{1,6})", re.IGNORECASE)
MARGIN = 0.1
NOWHERE = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class SourceSystem:
    """A file's CRS: `srid` where it has an EPSG code, else `definition` (WKT or another authority's code)."""

    name: str
    srid: int | None
    definition: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class NamedSystem:
    """A CRS that somebody named by its EPSG code; `area` is its area of use, west, south, east, north in degrees."""

    srid: int
    name: str
    area: tuple[float, float, float, float] | None

    def is_used_at(self, lon: float, lat: float) -> bool:
        """Whether a place lies in its area of use or near it: where that ends is not meant to the metre."""
        if self.area is None:
            return True
        west, south, east, north = self.area
        # An area may lie across the antimeridian: west is then east of east.
        across, up = (east - west) % 360 or 360.0, north - south
        is_across = (lon - west + MARGIN * across) % 360 <= (1 + 2 * MARGIN) * across
        return is_across and south - MARGIN * up <= lat <= north + MARGIN * up


@functools.lru_cache(maxsize=64)
def named_system(code: str) -> NamedSystem:
    """The two-dimensional system of a code such as EPSG:32618 (or 32618); ValueError says what is wrong."""
    found = CODE.fullmatch(code.strip())
    if not found:
        raise ValueError("it takes an EPSG code, such as EPSG:32618")
    try:
        system = pyproj.CRS.from_epsg(int(found[1]))
    except CRSError as error:
        raise ValueError(f"EPSG:{int(found[1])} is not known; epsg.io lists the codes") from error
    if not (system.is_geographic or system.is_projected) or len(system.axis_info) != 2:
        raise ValueError(f"EPSG:{int(found[1])} ({system.name}) has no two coordinates for a place on the ground")
    area = system.area_of_use
    return NamedSystem(int(found[1]), system.name, None if area is None else area.bounds)


def source_system(crs: str) -> SourceSystem:
    """Understand an authority code such as EPSG:5514, or a WKT; raises SourceRefused, which says what `--crs` takes.

    The `ground` knows metres per unit of the file's coordinates; it has no grid, no cells and no extent.
    """
    try:
        system = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise SourceRefused(
            f"The CRS {crs[:80]!r} is not known. Give --crs as an authority code, such as EPSG:5514."
        ) from error
    if not (system.is_geographic or system.is_projected):
        raise SourceRefused(f"The CRS {system.name} is neither geographic nor projected; parcels cannot be read in it.")
    ellipsoid = system.ellipsoid
    flattening = 1 / ellipsoid.inverse_flattening if ellipsoid and ellipsoid.inverse_flattening else 0.0
    unit = float(system.axis_info[0].unit_conversion_factor) if system.axis_info else 1.0
    ground = Ground(
        srid=0,
        extent=NOWHERE,
        steps_per_unit=1,
        cell_size=1.0,
        is_geographic=system.is_geographic,
        metres_per_unit=1.0 if system.is_geographic else unit,
        semi_major_m=float(ellipsoid.semi_major_metre) if ellipsoid else WGS84_SEMI_MAJOR_M,
        eccentricity2=flattening * (2 - flattening) if flattening else WGS84_ECCENTRICITY2,
    )
    authority, _, code = crs.partition(":")
    srid = int(code) if authority.upper() == "EPSG" and code.isdigit() else None
    if authority.upper() == "OGC" and code.upper() == "CRS84":
        srid = 4326
    return SourceSystem(system.name, srid, crs, ground)
