"""What a coordinate reference system says of itself: units, ellipsoid, area of use. Nothing is transformed here."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pyproj
from pyproj.exceptions import CRSError

from spatial_admin.cadastre.precision import WGS84_ECCENTRICITY2, WGS84_SEMI_MAJOR_M, Box, Ground
from spatial_admin.errors import SettingRefused

GEOGRAPHIC_STEPS = 10**9  # 0.1 mm at the equator
PROJECTED_STEPS = 10**4  # 0.1 mm
CELL_M = 100.0
EXTENT_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """The parts of a CRS definition that a deployment is fixed on."""

    srid: int
    name: str
    is_geographic: bool
    metres_per_unit: float
    semi_major_m: float
    eccentricity2: float
    extent: Box


@functools.lru_cache(maxsize=8)
def describe(srid: int) -> ReferenceSystem:
    """Read the definition of EPSG:`srid`; the extent is its area of use widened by a tenth, storage coordinates."""
    try:
        crs = pyproj.CRS.from_epsg(srid)
    except CRSError as error:
        raise SettingRefused("SPATIAL_ADMIN_SRID", str(srid), "no such EPSG code is known") from error
    if not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != 2:
        raise SettingRefused(
            "SPATIAL_ADMIN_SRID", str(srid), "it must be a two-dimensional geographic or projected CRS"
        )
    ellipsoid = crs.ellipsoid
    flattening = 1 / ellipsoid.inverse_flattening if ellipsoid and ellipsoid.inverse_flattening else 0.0
    return ReferenceSystem(
        srid=srid,
        name=crs.name,
        is_geographic=crs.is_geographic,
        metres_per_unit=1.0 if crs.is_geographic else float(crs.axis_info[0].unit_conversion_factor),
        semi_major_m=float(ellipsoid.semi_major_metre) if ellipsoid else WGS84_SEMI_MAJOR_M,
        eccentricity2=flattening * (2 - flattening) if flattening else WGS84_ECCENTRICITY2,
        extent=_area_of_use(crs),
    )


def ground_of(
    srid: int,
    extent: Box | None = None,
    grid: float | None = None,
    node_within_m: float = 0.01,
    gap_width_m: float = 0.5,
) -> Ground:
    """The ground of a deployment from its settings; `grid` is the step of new points in storage units."""
    system = describe(srid)
    steps = GEOGRAPHIC_STEPS if system.is_geographic else PROJECTED_STEPS
    if grid is not None:
        steps = round(1 / grid)
        if steps < 1 or abs(1 / grid - steps) > 1e-6 * steps:
            raise SettingRefused("SPATIAL_ADMIN_GRID", str(grid), "1/grid must be a whole number")
    return Ground(
        srid=srid,
        extent=extent or system.extent,
        steps_per_unit=steps,
        cell_size=CELL_M / 100_000 if system.is_geographic else CELL_M / system.metres_per_unit,
        is_geographic=system.is_geographic,
        metres_per_unit=system.metres_per_unit,
        semi_major_m=system.semi_major_m,
        eccentricity2=system.eccentricity2,
        node_within_m=node_within_m,
        gap_width_m=gap_width_m,
    )


def _area_of_use(crs: pyproj.CRS) -> Box:
    area = crs.area_of_use
    world = (-180.0, -90.0, 180.0, 90.0)
    lonlat = area.bounds if area is not None else world
    if crs.is_geographic:
        west, south, east, north = _widened(lonlat)
        return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)
    to_grid = pyproj.Transformer.from_crs(crs.geodetic_crs or 4326, crs, always_xy=True)
    west, south, east, north = to_grid.transform_bounds(*lonlat, densify_pts=21)
    return _widened((west, south, east, north))


def _widened(box: Box) -> Box:
    width, height = box[2] - box[0], box[3] - box[1]
    return (
        box[0] - EXTENT_MARGIN * width,
        box[1] - EXTENT_MARGIN * height,
        box[2] + EXTENT_MARGIN * width,
        box[3] + EXTENT_MARGIN * height,
    )
