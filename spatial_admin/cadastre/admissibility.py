"""Whether a geometry's place and size let it become a parcel of this deployment."""

from __future__ import annotations

import math
from typing import Final

from spatial_admin.cadastre.precision import Box, Ground
from spatial_admin.errors import Refusal

# 50 by 50 km of cells of 100 m. Every write of a parcel takes the cells of what changed; a polygon around the world
# would take 65 thousand million.
MAX_CELLS: Final = 250_000


def refusal_of_box(ground: Ground, box: Box) -> Refusal | None:
    """Why a parcel of this envelope (storage coordinates) is refused, or None."""
    west, south, east, north = box
    if not (ground.contains((west, south)) and ground.contains((east, north))):
        extent = ", ".join(f"{side:.10g}" for side in ground.extent)
        place = min(max(west, -1e9), 1e9), min(max(south, -1e9), 1e9)
        reason = f"it reaches to ({west:.10g}, {south:.10g}, {east:.10g}, {north:.10g}), beyond the extent ({extent})"
        return Refusal("outside_extent", f"{reason}; the CRS may be wrong", place)
    size = ground.cell_size
    cells = (math.floor(east / size) - math.floor(west / size) + 1) * (
        math.floor(north / size) - math.floor(south / size) + 1
    )
    if cells > MAX_CELLS:
        middle = ((west + east) / 2, (south + north) / 2)
        return Refusal("too_large", "its envelope is larger than 2,500 km², the most that one parcel may cover", middle)
    return None
