"""Whether a geometry's place and size let it become a parcel of this deployment."""

from __future__ import annotations

from typing import Final

from spatial_admin.cadastre.precision import MOST_CELLS, Box, Ground
from spatial_admin.file_errors import Refusal

# Every rule of the quarantine, those that are met often first (docs/importing.md says what each means).
QUARANTINE_RULES: Final = (
    "invalid_geometry", "duplicate_id", "missing_id", "invalid_id", "null_geometry", "empty", "not_polygonal",
    "not_finite", "outside_extent", "too_large", "not_transformable", "too_many_vertices", "too_many_rings",
    "too_many_parts", "invalid_json", "duplicate_member", "too_deep", "invalid_geojson", "invalid_properties",
    "unreadable",
)  # fmt: skip


def refusal_of_box(ground: Ground, box: Box) -> Refusal | None:
    """Why a parcel of this envelope (storage coordinates) is refused, or None."""
    west, south, east, north = box
    if not (ground.contains((west, south)) and ground.contains((east, north))):
        extent = ", ".join(f"{side:.10g}" for side in ground.extent)
        place = min(max(west, -1e9), 1e9), min(max(south, -1e9), 1e9)
        reason = f"it reaches to ({west:.10g}, {south:.10g}, {east:.10g}, {north:.10g}), beyond the extent ({extent})"
        return Refusal("outside_extent", f"{reason}; the CRS may be wrong", place)
    # Every write of a parcel takes the cells of what changed; a polygon around the world has 65 thousand million.
    size = ground.cell_size
    if (east - west + 2 * size) * (north - south + 2 * size) > MOST_CELLS * size**2:
        middle = ((west + east) / 2, (south + north) / 2)
        return Refusal(
            "too_large", "its envelope is larger than about 2,500 km², the most that one parcel may cover", middle
        )
    return None
