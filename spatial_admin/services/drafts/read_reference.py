"""A file to look at while one draws: points, lines and areas in exact storage coordinates. No parcel comes of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from spatial_admin.cadastre.precision import FloatArray, Ground
from spatial_admin.cadastre.source_system import SourceSystem, named_system, source_system
from spatial_admin.errors import BadRequest, Json, LimitExceeded
from spatial_admin.file_errors import SourceRefused
from spatial_admin.reader.frames import Batch, Row
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.read_source import MIB, ReaderBounds, Source, open_source
from spatial_admin.services.shared.transform_points import TransformRefused, transform_from
from spatial_admin.settings import Limits

# Somebody waits for it in a web process: less than an import may take.
BOUNDS: Final = ReaderBounds(cpu_s=20, wall_s=30.0, memory_bytes=1024 * MIB)
KINDS: Final = {0: "point", 4: "point", 1: "line", 5: "line", 3: "area", 6: "area"}
NAMED_AS: Final = ("name", "number", "point", "id", "label", "nr", "no", "numero", "code")
WHY_SHOWN: Final = 20
OUTSIDE: Final = "it lies outside of what is stored here"
UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ReferenceChoices:
    """What is known of a file; None means: find it out. `x`, `y`, `name` are columns, `name` a property elsewhere."""

    crs: str | None = None
    layer: str | None = None
    delimiter: str | None = None
    x: str | None = None
    y: str | None = None
    name: str | None = None


@dataclass(slots=True)
class _Gathered:
    """Features as they were read, and why others were left out."""

    names: list[str | None] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    points: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    why: list[Json] = field(default_factory=list)

    def leave_out(self, row: int, reason: str) -> None:
        """One feature is not drawn; the first reasons are told."""
        self.left_out[reason] += 1
        if len(self.why) < WHY_SHOWN:
            self.why.append({"row": row, "reason": reason})


def look_at_reference(path: Path, choices: ReferenceChoices, limits: Limits) -> Json:
    """What a file holds, before it is read: `{driver, layer, crs, table}`; `table` of a table of points, else null.

    `crs` is the file's own, else a proposal: degrees where columns or numbers say so, the storage CRS else. Raises
    BadRequest, which names what, where and what to do.
    """
    try:
        with open_source(path, layer=choices.layer, table=_table(choices), limits=limits, bounds=BOUNDS) as source:
            own = source.crs or source.crs_wkt
            table = source.table or None
            if table is not None:
                return {"driver": source.driver, "layer": None, "crs": _proposed(table), "table": table}
            return {
                "driver": source.driver,
                "layer": source.layer,
                "crs": source.crs,
                "has_crs": bool(own),
                "table": None,
            }
    except SourceRefused as error:
        raise BadRequest("file", words_of_refusal(error)) from error


def read_reference(path: Path, choices: ReferenceChoices, limits: Limits) -> Json:
    """The features of a file: `{crs, points: [[x, y, lon, lat]], features: [{name, kind, parts}], left_out, why}`.

    Storage coordinates are on the grid of new points, so that what is drawn to them is what is stored; a part is a list
    of numbers of points. Raises BadRequest or LimitExceeded.
    """
    try:
        with open_source(path, layer=choices.layer, table=_table(choices), limits=limits, bounds=BOUNDS) as source:
            system = _system(source, choices)
            gathered = _gathered(source, choices.name, limits)
    except SourceRefused as error:
        raise BadRequest("file", words_of_refusal(error)) from error
    return {"crs": system.name, **_placed(gathered, system, deployment_ground())}


def _table(choices: ReferenceChoices) -> dict[str, str | None]:
    return {"delimiter": choices.delimiter, "x": choices.x, "y": choices.y, "name": choices.name}


def words_of_refusal(error: SourceRefused) -> str:
    """The reader's words without those of the command line."""
    return (
        str(error).replace(" with --layer", " by its name").replace(" with --crs", "").replace("Give --crs", "Name it")
    )


def _proposed(table: Json) -> str:
    """The storage CRS, but for a table of degrees."""
    ground = deployment_ground()
    return "EPSG:4326" if table.get("is_degrees") and not ground.is_geographic else f"EPSG:{ground.srid}"


def _system(source: Source, choices: ReferenceChoices) -> SourceSystem:
    if choices.crs:
        try:
            named = named_system(choices.crs)
        except ValueError as error:
            raise BadRequest("crs", str(error)) from error
        return source_system(f"EPSG:{named.srid}")
    own = source.crs or source.crs_wkt
    if own:
        return source_system(own)
    if source.table:
        return source_system(_proposed(source.table))
    raise BadRequest("crs", "the file does not say which CRS its coordinates are of: name it, such as EPSG:32618")


def _gathered(source: Source, name: str | None, limits: Limits) -> _Gathered:
    found = _Gathered()
    for batch in source.batches:
        _gather(found, batch, name)
        if found.points > limits.reference_points:
            raise LimitExceeded(
                "points in a reference layer",
                limits.reference_points,
                found.points,
                "Load a part of the file: what lies around the place where you draw.",
            )
    return found


def _gather(found: _Gathered, batch: Batch, name: str | None) -> None:
    fine: list[Row] = []
    for row in batch.rows:
        if row.refusal is not None or row.wkb is None:
            found.leave_out(row.number, row.refusal.reason if row.refusal else "it has no geometry")
        else:
            fine.append(row)
    shapes = shapely.force_2d(shapely.from_wkb([row.wkb for row in fine]))
    found.points += int(shapely.get_num_coordinates(shapes).sum()) if fine else 0
    found.shapes += list(shapes)
    found.rows += [row.number for row in fine]
    found.names += [_name_of(row, name) for row in fine]


def _name_of(row: Row, name: str | None) -> str | None:
    """The property that is asked for, else the first that is usually a name."""
    properties = json.loads(row.properties or b"{}")
    if name and name in properties:
        value = properties[name]
    else:
        by_name = {key.lower(): value for key, value in reversed(properties.items())}
        value = next((by_name[key] for key in NAMED_AS if by_name.get(key) not in (None, "")), None)
    if value is None or isinstance(value, (dict, list, bool)):
        return None
    return UNPRINTABLE.sub("", str(value))[:100] or None


def _placed(gathered: _Gathered, system: SourceSystem, ground: Ground) -> Json:
    coordinates, owners = shapely.get_coordinates(gathered.shapes, return_index=True)
    stored = _transformed(coordinates, system, ground.srid)
    steps = ground.steps_per_unit
    stored = np.floor(stored * steps + 0.5) / steps
    west, south, east, north = ground.extent
    inside = (stored >= (west, south)).all(axis=1) & (stored <= (east, north)).all(axis=1)
    outside = set(np.unique(owners[~inside]).tolist())
    if len(outside) == len(gathered.shapes):
        if not gathered.shapes:
            raise BadRequest("file", f"nothing in it can be drawn: {_told(gathered) or 'it holds no feature'}")
        raise BadRequest(
            "crs",
            f"no feature lies where parcels are stored, read as {system.name}: name the CRS of the file, or "
            "look whether east and north are in the right columns",
        )
    for index in sorted(outside):
        gathered.leave_out(gathered.rows[index], OUTSIDE)
    return _numbered(gathered, stored, owners, outside, ground)


def _transformed(coordinates: FloatArray, system: SourceSystem, srid: int) -> FloatArray:
    if system.srid == srid:
        return coordinates
    try:
        return transform_from(system, srid)(coordinates)
    except TransformRefused as error:
        raise BadRequest("crs", f"coordinates of the file are no places in {system.name}: {error}") from error


def _numbered(gathered: _Gathered, stored: FloatArray, owners: Any, outside: set[int], ground: Ground) -> Json:
    """Distinct points and, of every feature, lists of their numbers."""
    kept = ~np.isin(owners, list(outside))
    distinct, numbers = np.unique(stored[kept], axis=0, return_inverse=True)
    lonlat = _transformed(distinct, source_system(f"EPSG:{ground.srid}"), 4326)
    order: list[int] = numbers.ravel().tolist()
    features: list[Json] = []
    at = 0
    for index, (shape, name) in enumerate(zip(gathered.shapes, gathered.names, strict=True)):
        if index in outside:
            continue
        parts = []
        for size in _sizes(shape):
            parts.append(order[at : at + size])
            at += size
        features.append({"name": name, "kind": KINDS[int(shapely.get_type_id(shape))], "parts": parts})
    return {
        "points": np.hstack([distinct, lonlat]).tolist(),
        "features": features,
        "left_out": sum(gathered.left_out.values()),
        "why": gathered.why,
    }


def _sizes(shape: Any) -> list[int]:
    """Of each line or ring of a shape, in the order of its coordinates; of points one each."""
    kind = int(shapely.get_type_id(shape))
    if KINDS[kind] == "area":
        rings = [ring for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]
        return [int(shapely.get_num_coordinates(ring)) for ring in rings]
    return [int(shapely.get_num_coordinates(part)) for part in shapely.get_parts(shape)]


def _told(gathered: _Gathered) -> str:
    return "; ".join(f"{count:,} times: {reason}" for reason, count in gathered.left_out.most_common(3))
