"""The plan of one town: border, street mesh, quarters, river and railway, before anything is cut into parcels.

The inner town is a mesh of 4 x 5 junctions with curved streets between them. Each of its 12 patches is filled with the
streets of one quarter, drawn in the patch's own coordinates (a Coons patch), so that they follow the streets around it.
Everything on the border lies where it lies in every other town: towns can stand side by side and share that border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, Polygon

from spatial_admin.demo.model import Coordinates

HALF_M = 1200.0
MESH_X = (-740.0, -260.0, 240.0, 700.0)
MESH_Y = (-660.0, -250.0, -50.0, 200.0, 640.0)
MAIN_ROAD_Y, COUNTRY_ROAD_X, RIVER_X, RAILWAY_Y = -50.0, -250.0, -950.0, -750.0
_BORDER_STEP_M = 100.0
_STATIONS = 41
_STRAIGHT_FROM_M = 1112.0


@dataclass(frozen=True, slots=True)
class Street:
    """A centre line and its street's width; `rank` is 0 main road, 1 country road, 2 mesh, 3 local street, 4 track."""

    line: LineString
    width_m: float
    rank: int
    quarter: int = -1
    has_turning_circle: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch of the mesh: four curved sides, addressed by u (west to east) and v (south to north), both 0 to 1."""

    south: Coordinates
    north: Coordinates
    west: Coordinates
    east: Coordinates

    def at(self, u: NDArray[np.float64] | float, v: NDArray[np.float64] | float) -> Coordinates:
        """Positions (n, 2) in metres (S. A. Coons, bilinearly blended patch)."""
        u_of, v_of = np.broadcast_arrays(np.atleast_1d(np.asarray(u, float)), np.atleast_1d(np.asarray(v, float)))
        ub, vb = u_of[:, None], v_of[:, None]
        ruled = (1 - vb) * _along(self.south, u_of) + vb * _along(self.north, u_of)
        ruled += (1 - ub) * _along(self.west, v_of) + ub * _along(self.east, v_of)
        corners = (1 - ub) * (1 - vb) * self.south[0] + ub * (1 - vb) * self.south[-1]
        corners += (1 - ub) * vb * self.north[0] + ub * vb * self.north[-1]
        return np.asarray(ruled - corners)

    def outline(self) -> Polygon:
        """The patch as a polygon."""
        return Polygon(np.vstack([self.south, self.east[1:], self.north[::-1][1:], self.west[::-1][1:-1]]))

    @property
    def size_m(self) -> tuple[float, float]:
        """Mean width and height in metres."""
        width = np.linalg.norm(self.south[-1] - self.south[0]) + np.linalg.norm(self.north[-1] - self.north[0])
        height = np.linalg.norm(self.west[-1] - self.west[0]) + np.linalg.norm(self.east[-1] - self.east[0])
        return float(width) / 2, float(height) / 2


@dataclass(frozen=True, slots=True)
class Mesh:
    """The street mesh: centre lines of its streets and the patches between them, row by row from the south-west."""

    vertical: list[Coordinates]
    horizontal: list[Coordinates]
    patches: list[Patch]


def _along(side: Coordinates, t: NDArray[np.float64]) -> Coordinates:
    stations = np.linspace(0.0, 1.0, len(side))
    return np.column_stack([np.interp(t, stations, side[:, 0]), np.interp(t, stations, side[:, 1])])


def border() -> Coordinates:
    """The town's border (n, 2), anticlockwise, whole millimetres; opposite sides differ by one town's shift."""
    at = np.arange(-HALF_M, HALF_M, _BORDER_STEP_M)
    turns = (at + HALF_M) * np.pi / (2 * HALF_M)
    bend = 44 * np.sin(turns) - 26 * np.sin(4 * turns) + 17 * np.sin(7 * turns) - 9 * np.sin(13 * turns)
    across = 34 * np.sin(2 * turns) + 22 * np.sin(3 * turns) - 14 * np.sin(8 * turns) + 10 * np.sin(11 * turns)
    for offset, crossings in ((bend, (MAIN_ROAD_Y, RAILWAY_Y)), (across, (COUNTRY_ROAD_X, RIVER_X))):
        for crossing in crossings:  # roads and water leave the town at a right angle
            first = int((crossing + HALF_M) // _BORDER_STEP_M)
            offset[first + 1] = offset[first]
    bend, across = np.round(bend, 1), np.round(across, 1)
    south = np.column_stack([at, across - HALF_M])
    west = np.column_stack([bend - HALF_M, at])
    span = 2 * HALF_M
    north = np.vstack([south, [[HALF_M, -HALF_M]]]) + np.array([0.0, span])
    east = np.vstack([west, [[-HALF_M, HALF_M]]]) + np.array([span, 0.0])
    return np.round(np.vstack([south, east[:-1], north[::-1], west[1:][::-1]]), 3)


def curve(points: Coordinates, stations: int = _STATIONS) -> list[Coordinates]:
    """A smooth line through `points` (Catmull-Rom), one array of `stations` positions for each of its spans."""
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    through = np.vstack([before, points, after])
    t = np.linspace(0.0, 1.0, stations)[:, None]
    spans = []
    for a, b, c, d in zip(through, through[1:], through[2:], through[3:], strict=False):
        bent = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        spans.append(np.asarray(bent / 2))
    return spans


def line(points: Coordinates, tolerance_m: float = 0.35) -> LineString:
    """A centre line with no more vertices than a surveyor would set."""
    kept = (
        (points[:, None] == shapely.get_coordinates(LineString(points).simplify(tolerance_m))).all(axis=2).any(axis=1)
    )
    # Where a street nears the border it must not lean by what simplifying allows: the next town has it straight.
    outside = np.abs(points).max(axis=1) > _STRAIGHT_FROM_M
    kept |= outside & ~(np.roll(outside, 1) & np.roll(outside, -1))
    return LineString(points[kept])


def build_mesh(rng: Generator) -> Mesh:
    """The mesh of this town; rounded at the corners, turned a little; the main road (row 2) swings most."""
    x, y = np.meshgrid(MESH_X, MESH_Y)
    pulled = np.stack(
        [x * (1 - 0.14 * (y / 660) ** 2), y * (1 - np.where(y > 0, 0.17, 0.03) * (x / 740) ** 2)], axis=-1
    )
    nodes = pulled + rng.uniform(-27, 27, (len(MESH_Y), len(MESH_X), 2))
    nodes[2, :, 1] += np.array([-38.0, 30.0, -34.0, 38.0]) * rng.choice([-1.0, 1.0])
    turn = np.radians(rng.uniform(1.5, 3.5) * rng.choice([-1.0, 1.0]))
    nodes = nodes @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    rows = [curve(nodes[j]) for j in range(len(MESH_Y))]
    out_x, out_y = np.array([920.0, 1110.0, 1300.0]), np.array([870.0, 1100.0, 1330.0])
    west = np.column_stack([-out_x[::-1], np.full(3, MAIN_ROAD_Y)])
    rows[2] = curve(np.vstack([west, nodes[2], west[::-1] * [-1, 1]]))
    columns = [curve(nodes[:, i]) for i in range(len(MESH_X))]
    south = np.column_stack([np.full(3, COUNTRY_ROAD_X), -out_y[::-1]])
    columns[1] = curve(np.vstack([south, nodes[:, 1], south[::-1] * [1, -1]]))
    patches = []
    for j in range(len(MESH_Y) - 1):
        for i in range(len(MESH_X) - 1):
            sides = [rows[k][i + 3 * (k == 2)] for k in (j, j + 1)]
            sides += [columns[k][j + 3 * (k == 1)] for k in (i, i + 1)]
            patches.append(Patch(*sides))
    return Mesh(
        vertical=[_joined(spans) for spans in columns], horizontal=[_joined(spans) for spans in rows], patches=patches
    )


def _joined(spans: list[Coordinates]) -> Coordinates:
    return np.vstack([spans[0], *(span[1:] for span in spans[1:])])


def river_line(rng: Generator) -> LineString:
    """The river, from the southern to the northern border, meandering west of the town."""
    y = np.linspace(-1330.0, 1330.0, 12)
    sway = rng.uniform(30, 70, 12) * np.where(np.arange(12) % 2, 1.0, -1.0) * rng.choice([-1.0, 1.0])
    # Three points in a row without sway make the last stretch straight.
    sway[[0, 1, 2, -3, -2, -1]] = 0.0
    x = RIVER_X + sway
    return line(_joined(curve(np.column_stack([x, y]), 12)), 0.3)


def railway_line(rng: Generator) -> LineString:
    """The railway, from the western to the eastern border, south of the town, in one wide bend."""
    bow = rng.uniform(8.0, 22.0)
    x = np.concatenate([[-1320.0, -1090.0], np.linspace(-1000, 1000, 9), [1090.0, 1320.0]])
    y = np.concatenate([[0.0, 0.0], bow * np.cos(np.linspace(-1, 1, 9) * np.pi / 2), [0.0, 0.0]]) + RAILWAY_Y
    return line(_joined(curve(np.column_stack([x, y]), 8)), 0.2)
