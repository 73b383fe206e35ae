"""From the plan to areas: street, rail and water parcels, and the blocks between them that become lots."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from spatial_admin.demo.layout import (
    HALF_M,
    Mesh,
    Street,
    border,
    build_mesh,
    line,
    railway_line,
    river_line,
)
from spatial_admin.demo.model import Coordinates
from spatial_admin.demo.quarters import Quarter, build_quarter

_CORNER_RADIUS_M = 5.0
_MESH_WIDTH_M = 12.0
_NARROWEST_M = 1.6


@dataclass(frozen=True, slots=True)
class Site:
    """An area that becomes one parcel as it stands (street, water, rail, park)."""

    shape: BaseGeometry
    kind: str
    land_use: str
    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """An area to be cut into lots of one style."""

    shape: Polygon
    style: str
    quarter: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is known of a town before lots are cut."""

    streets: list[Street]
    quarters: list[Quarter]
    sites: list[Site]
    blocks: list[Block]
    river: LineString
    regions: list[tuple[str, Polygon]]


def build_plan(rng: Generator) -> Plan:
    """Lay out streets, river and railway; what they leave is cut along the quarters' lines into blocks."""
    town = Polygon(border())
    mesh = build_mesh(rng)
    quarters = [build_quarter(index, patch, rng) for index, patch in enumerate(mesh.patches)]
    streets = _mesh_streets(mesh) + [street for quarter in quarters for street in quarter.streets]
    river, rail = river_line(rng), railway_line(rng)
    streets += _tracks(mesh, rng)
    sites = _street_sites(streets, town, quarters)
    roads = shapely.union_all([site.shape for site in sites])
    bed = shapely.intersection(_strip(rail, 15.0), town).difference(roads)
    banks = _strip(river, 26.0)
    water = shapely.intersection(banks, town).difference(roads).difference(bed)
    sites.append(Site(_polygonal(bed), "lot", "railway", "Railway"))
    sites.append(Site(_polygonal(water), "water", "river", "Brindle Water"))
    regions = _regions(mesh, river, rail, rng)
    free = town.difference(shapely.union_all([site.shape for site in sites]))
    blocks = _blocks(free, quarters, regions, _belt(rng))
    return Plan(streets, quarters, sites, blocks, river, regions)


def _mesh_streets(mesh: Mesh) -> list[Street]:
    streets = [Street(line(mesh.horizontal[2]), 16.0, 0), Street(line(mesh.vertical[1]), 13.0, 1)]
    streets += [Street(line(mesh.horizontal[k]), _MESH_WIDTH_M, 2) for k in (0, 1, 3, 4)]
    return streets + [Street(line(mesh.vertical[k]), _MESH_WIDTH_M, 2) for k in (0, 2, 3)]


def _tracks(mesh: Mesh, rng: Generator) -> list[Street]:
    """Farm tracks that lead from the outer junctions into the fields and end there."""
    tracks = []
    for start, heading in (
        (mesh.horizontal[4][-1], 25.0),
        (mesh.horizontal[4][-1], 80.0),
        (mesh.horizontal[3][-1], 4.0),
        (mesh.horizontal[1][-1], -8.0),
        (mesh.vertical[3][0], -75.0),
        (mesh.vertical[2][0], -88.0),
        (mesh.vertical[0][-1], 100.0),
        (mesh.vertical[2][-1], 88.0),
        (mesh.horizontal[3][0], 176.0),
    ):
        turn = np.radians(heading + np.cumsum(rng.uniform(-9, 9, 4)))
        steps = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(70, 105)
        path = np.vstack([start, start + np.cumsum(steps, axis=0)])
        spans = [np.asarray(path)]
        tracks.append(Street(line(np.vstack(spans), 0.1), 5.0, 4))
    return tracks


def _strip(centre: LineString, width_m: float) -> BaseGeometry:
    return centre.buffer(width_m / 2, cap_style="square", join_style="mitre", mitre_limit=2.5)


def _surface(street: Street) -> BaseGeometry:
    strip = _strip(street.line, street.width_m)
    if street.has_turning_circle:
        circle = Point(street.line.coords[-1]).buffer(street.width_m + 2.5, quad_segs=3)
        return strip.union(circle)
    return strip


def _rounded(surface: BaseGeometry) -> BaseGeometry:
    """`surface` with the block corners at its junctions rounded (morphological closing)."""
    grown = surface.buffer(_CORNER_RADIUS_M, join_style="mitre", mitre_limit=5.0)
    return grown.buffer(-_CORNER_RADIUS_M, quad_segs=2).union(surface)


def _street_sites(streets: list[Street], town: Polygon, quarters: list[Quarter]) -> list[Site]:
    """Parcels of the streets: each larger street its own, local streets by quarter, those of all grids one parcel."""
    through = [street for street in streets if street.rank <= 2]
    local = [street for street in streets if street.rank > 2]
    arteries = _rounded(shapely.union_all([_surface(street) for street in through]))
    network = _rounded(shapely.union_all([arteries, *(_surface(street) for street in local)]))
    rest = arteries.intersection(town)
    sites = []
    for street in through:
        own = rest.intersection(_strip(street.line, street.width_m + (24.0 if street.rank else 0.0)))
        rest = rest.difference(own)
        sites += _lengths(street, own, town)
    lanes = network.difference(arteries).intersection(town)
    return sites + _local_sites(lanes, quarters)


def _lengths(street: Street, own: BaseGeometry, town: Polygon) -> list[Site]:
    """The main road is three parcels: through the town and towards both sides of it."""
    if street.rank:
        return [Site(_polygonal(own), "road", "street", "")]
    left, _, right, _ = town.bounds
    limits = (left, -755.0, 715.0, right)
    pieces = [shapely.clip_by_rect(own, a, -HALF_M, b, HALF_M) for a, b in pairwise(limits)]
    return [Site(_polygonal(piece), "road", "street", "") for piece in pieces]


def _solid_parts(shape: BaseGeometry) -> list[Polygon]:
    """Parts of `shape` without whiskers and necks narrower than a gate (morphological opening)."""
    thinned = shape.buffer(-_NARROWEST_M / 2, join_style="mitre", mitre_limit=3.0)
    solid = thinned.buffer(_NARROWEST_M / 2, join_style="mitre", mitre_limit=3.0).intersection(shape)
    return [part for part in shapely.get_parts(solid).tolist() if part.geom_type == "Polygon" and part.area >= 25.0]


def _polygonal(shape: BaseGeometry) -> BaseGeometry:
    parts = _solid_parts(shape)
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _local_sites(lanes: BaseGeometry, quarters: list[Quarter]) -> list[Site]:
    parts = _solid_parts(lanes)
    outlines = np.array([quarter.outline for quarter in quarters], dtype=object)
    sites, grid_parts = [], []
    for part in parts:
        shares = shapely.area(shapely.intersection(outlines, part))
        style = quarters[int(np.argmax(shares))].style if shares.max() > part.area / 2 else "track"
        if style == "grid":
            grid_parts.append(part)
        else:
            sites.append(Site(part, "road", "farm track" if style == "track" else "street", ""))
    return [*sites, Site(MultiPolygon(grid_parts), "road", "street", "Municipal streets")]


def _belt(rng: Generator) -> list[Polygon]:
    """Fields along the border. Their boundaries reach it only at fixed points, so that the next town has the same."""
    ring = border()
    marks = ring[::2]
    inward = -marks / np.linalg.norm(marks, axis=1)[:, None] + rng.uniform(-0.10, 0.10, marks.shape)
    fields = []
    for k in range(len(marks)):
        after = (k + 1) % len(marks)
        depth = rng.uniform(110, 290)
        ends = [marks[n] + inward[n] * (depth + rng.uniform(-45, 45)) for n in (after, k)]
        fields.append(Polygon(np.vstack([marks[k], ring[2 * k + 1], marks[after], *ends])))
    return fields


def _regions(mesh: Mesh, river: LineString, rail: LineString, rng: Generator) -> list[tuple[str, Polygon]]:
    """Parts of the countryside with a use of their own: industry along the railway, the park, the river meadows."""
    street, top, west = mesh.horizontal[0], mesh.horizontal[4], mesh.vertical[0]
    industry = Polygon(np.vstack([street, _facing(rail, street[-1], street[0])]))
    reach = top[(top[:, 0] > -300) & (top[:, 0] < 150)]
    rise = np.sin(np.linspace(0.35, 2.9, len(reach)) + rng.uniform(-0.15, 0.15))
    park = Polygon(np.vstack([reach, (reach + np.column_stack([0 * rise, 120 + 100 * rise]))[::-2]]))
    meadow = Polygon(np.vstack([west, _facing(river, west[-1], west[0])]))
    return [("industry", industry), ("park", park), ("meadow", meadow)]


def _facing(way: LineString, start: Coordinates, end: Coordinates) -> Coordinates:
    """The stretch of `way` that lies beside `start` to `end`."""
    a, b = (way.project(Point(point)) for point in (start, end))
    return np.array([way.interpolate(at).coords[0] for at in np.linspace(a, b, 40)])


def _blocks(
    free: BaseGeometry, quarters: list[Quarter], regions: list[tuple[str, Polygon]], belt: list[Polygon]
) -> list[Block]:
    """Cut the free area along all lines and give every piece the style of the place where it lies."""
    town = shapely.union_all([quarter.outline for quarter in quarters])
    built = shapely.union_all([town, *(shape for _, shape in regions)])
    lines: list[BaseGeometry] = [cut for quarter in quarters for cut in quarter.cuts]
    lines += [shape.exterior for _, shape in regions]
    lines += [piece for piece in (field.exterior.difference(built) for field in belt) if not piece.is_empty]
    network = shapely.union_all([shapely.boundary(free), *lines], grid_size=0.001)
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    inside = shapely.point_on_surface(pieces)
    pieces = pieces[shapely.contains(free, inside)]
    along_border = shapely.union_all(belt)
    return [_styled(piece, quarters, regions, along_border) for piece in pieces.tolist()]


def _styled(piece: Polygon, quarters: list[Quarter], regions: list[tuple[str, Polygon]], belt: BaseGeometry) -> Block:
    at = piece.point_on_surface()
    for index, quarter in enumerate(quarters):
        if quarter.outline.contains(at):
            is_square = quarter.square is not None and quarter.square.contains(at)
            return Block(piece, "square" if is_square else quarter.style, index)
    for style, shape in regions:
        if shape.contains(at):
            return Block(piece, style, -1)
    return Block(piece, "whole" if belt.contains(at) else "field", -1)
