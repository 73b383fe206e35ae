"""The CRS of an imported file: its name for PostGIS, and metres in it. PostGIS alone transforms its coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import pyproj
from pyproj.exceptions import CRSError

from spatial_admin.cadastre.precision import WGS84_ECCENTRICITY2, WGS84_SEMI_MAJOR_M, Ground
from spatial_admin.errors import SourceRefused

NOWHERE = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class SourceSystem:
    """A file's CRS: `srid` where it has an EPSG code, else `definition` (WKT or another authority's code)."""

    name: str
    srid: int | None
    definition: str
    ground: Ground


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
