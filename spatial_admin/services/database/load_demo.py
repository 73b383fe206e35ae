"""The demo town comes in as an office's data would: as files, through the import, with quarantine and findings."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from spatial_admin.cadastre.precision import Ground
from spatial_admin.demo.model import LEVELS, Parcel, Parts, Town
from spatial_admin.demo.placement import place
from spatial_admin.demo.town import PARCELS_PER_TOWN, build_county
from spatial_admin.errors import BadRequest, Json
from spatial_admin.services.database.load_county import load_county
from spatial_admin.services.importing.import_parcels import import_parcels, silent
from spatial_admin.services.importing.import_zoning import ZoningOptions, import_zoning
from spatial_admin.services.importing.plan_import import ImportOptions, Progress, Report
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.tiles.draw_overviews import draw_overviews
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

# Middle latitudes, on no place in particular: a geographic deployment without an extent of its own shows it there.
LONLAT: Final = (7.4, 47.03)
ZONING: Final = ZoningOptions(code_field="code", name_field="name", is_added=True)
IS_STORED: Final = "SELECT EXISTS (SELECT FROM parcel WHERE parcel_id = %(name)s)"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was loaded."""

    name: str
    parcels: int
    quarantined: int
    findings: int
    districts: int


def load_demo(parcels: int = 2_000, *, owner_url: str, report: Report = silent) -> DemoReport:
    """Build a town and import it, then the other towns of a county; needs an application context.

    The first town comes in as an office's files would, where it is not there yet; the others, which have no defects, by
    the owner's COPY (load_county.py), a million parcels in minutes. Raises BadRequest where the extent is too small, or
    where the town, or another one of the county, is stored already: imported once more, every parcel would be refused,
    and every district would be there twice.
    """
    ground = deployment_ground()
    towns = placed_towns(parcels, ground)
    town, others = next(towns), round(parcels / PARCELS_PER_TOWN) - 1
    is_there = _stored(town)
    if is_there and others < 1:
        raise BadRequest("", f"{town.name} is there already; `--parcels 100000` adds the towns around it")
    if others >= 1:
        towns = _refuse_a_stored(towns)
    came = DemoReport(town.name, 0, 0, 0, 0) if is_there else import_town(town, report=report)
    if others < 1:
        return came
    expected = others * len(town.parcels)
    loaded = load_county(towns, expected, owner_url=owner_url, srid=ground.srid, report=report)
    report(Progress("drawing"))
    draw_overviews()  # whoever looks at the county next does not wait for each, or for the worker's next sweep
    return replace(came, parcels=came.parcels + loaded.parcels, districts=came.districts + loaded.districts)


def _stored(town: Town) -> bool:
    """Is a parcel of the town stored, current or retired?"""
    with snapshot() as session:
        return bool(run_sql(session, IS_STORED, {"name": town.parcels[0].parcel_id})[0][0])


def _refuse_a_stored(towns: Iterator[Town]) -> Iterator[Town]:
    """The towns, unless the first is there: said before anything is written, not after minutes of it."""
    first = next(towns)
    if _stored(first):
        raise BadRequest("", "The county is there already; it is loaded once, into a database that does not hold it")
    return chain((first,), towns)


def import_town(town: Town, *, report: Report = silent) -> DemoReport:
    """Write a placed town to files and import these: every step, rule and finding of an office's own data."""
    limits = Limits()
    totals = {"admitted": 0, "quarantined": 0, "findings": 0}
    srid = deployment_ground().srid
    with tempfile.TemporaryDirectory(prefix="spatial-admin-demo-") as folder:
        for level in LEVELS:
            path = Path(folder) / f"{town.name.lower().replace(' ', '-')}-{level.code}.geojson"
            if not _write(path, _features(town, level.code), srid):
                continue
            options = ImportOptions(
                level=level.code,
                id_field="parcel_id",
                number_field="number",
                kind_field="kind",
                comment=f"Demo town {town.name}: {level.name.lower()}",
            )
            came = import_parcels(path, options, limits=limits, report=report)
            for count in totals:
                totals[count] += getattr(came, count)
        path = Path(folder) / "zoning.geojson"
        _write(path, (_feature({"code": d.code, "name": d.name}, d.parts) for d in town.districts), srid)
        districts = import_zoning(path, ZONING, limits=limits, report=report).admitted
    return DemoReport(town.name, totals["admitted"], totals["quarantined"], totals["findings"], districts)


def placed_towns(parcels: int, ground: Ground) -> Iterator[Town]:
    """The towns of a county in storage coordinates, one by one: a million parcels never stand in memory at once.

    Raises BadRequest at the first that reaches beyond the deployment's extent.
    """
    origin, scale = _origin(ground)
    for town in build_county(parcels):
        placed = place(town, origin, scale, ground.steps_per_unit)
        _require_room(placed, ground)
        yield placed


def _origin(ground: Ground) -> tuple[tuple[float, float], tuple[float, float]]:
    x, y = LONLAT
    if not (ground.is_geographic and ground.contains(LONLAT)):
        west, south, east, north = ground.extent
        x, y = ground.snapped((round((west + east) / 2, 3), round((south + north) / 2, 3)))
    return (x, y), ground.scale_at(y)


def _require_room(town: Town, ground: Ground) -> None:
    for parcel in town.parcels:
        for ring in (part[0] for part in parcel.parts):
            for corner in (ring.min(axis=0), ring.max(axis=0)):
                if not ground.contains((float(corner[0]), float(corner[1]))):
                    raise BadRequest(
                        "SPATIAL_ADMIN_EXTENT",
                        "the extent is too small for the demo town; start with SPATIAL_ADMIN_DEMO=0",
                    )


def _features(town: Town, level: str) -> Iterator[Json]:
    for parcel in (*town.parcels, *(broken.parcel for broken in town.broken_features)):
        if parcel.level == level:
            yield _feature(_properties(parcel), parcel.parts)


def _properties(parcel: Parcel) -> Json:
    columns = {
        "parcel_id": parcel.parcel_id,
        "number": parcel.number,
        "kind": parcel.kind,
        "part_of": parcel.part_of,
        "legal_area_m2": parcel.legal_area_m2,
        "legal_area_text": parcel.legal_area_text,
        "land_use": parcel.land_use,
        "address": parcel.address,
    }
    return {**parcel.attributes, **{name: value for name, value in columns.items() if value is not None}}


def _feature(properties: Json, parts: Parts) -> Json:
    coordinates = [[[*ring.tolist(), *ring[:1].tolist()] for ring in rings] for rings in parts]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
    }


def _write(path: Path, features: Iterable[Json], srid: int) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{srid}"}}
        # EPSG:4326 by that name would mean latitude first; without a name GeoJSON is lon/lat.
        head = '{"type": "FeatureCollection"' + ("" if srid == 4326 else f', "crs": {json.dumps(crs)}')
        file.write(head + ', "features": [')
        for feature in features:
            file.write(("," if count else "") + "\n" + json.dumps(feature))
            count += 1
        file.write("\n]}\n")
    return count
