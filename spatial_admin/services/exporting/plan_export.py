"""What is exported: format, place, level, time, coordinates; and the statement that reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.reference_system import describe
from spatial_admin.errors import BadRequest, Json, SettingRefused
from spatial_admin.file_errors import ExportRefused
from spatial_admin.services.exporting.export_formats import COLUMNS, DECIMALS, FORMATS, GEOMETRY, Column, Format
from spatial_admin.services.parcels.describe_coverage import WGS84, storage_box
from spatial_admin.services.parcels.recall_parcels import AsOf, source_of
from spatial_admin.services.shared.parse_box import parse_box
from spatial_admin.services.shared.read_deployment import fixed

EPSG_CODE: Final = re.compile(r"(?:EPSG:)?([1-9][0-9]{3,5})", re.IGNORECASE)
CRS84: Final = "OGC:CRS84"
# The parcels of an export, in no order: that of the table is that of the ground, as far as they were imported.
ROWS: Final = "SELECT {columns} FROM {table} {beside} WHERE {condition} {in_box} {of_level}"
IN_BOX: Final = "AND v.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)"
OF_LEVEL: Final = "AND v.level = %(level)s"
# One line for each feature; %(before)s stands between two features of a collection.
FEATURE: Final = f"""
%(before)s || '{{{{"type":"Feature","id":' || to_json(v.parcel_id) || ',"geometry":'
|| ST_AsGeoJSON({{geom}}, {DECIMALS}, 0) || ',"properties":'
|| row_to_json(r) || '}}}}'
"""
# Beside each parcel, and not a query within the columns: with one, PostgreSQL would read with a single process.
PROPERTIES: Final = ", LATERAL (SELECT {columns}) AS r"
WKT: Final = f"ST_AsText({{geom}}, {DECIMALS})"
# A spreadsheet takes a text that begins so for a formula, and runs it: an apostrophe before it makes it text again.
NO_FORMULA: Final = r"CASE WHEN {text} ~ '^[-=+@\t\r\n＝＋－＠]' THEN '''' || {text} ELSE {text} END"
IS_KNOWN: Final = "SELECT EXISTS (SELECT FROM spatial_ref_sys WHERE srid = %(crs)s)"


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for; `box` is lon/lat, `srid` the EPSG code of the coordinates in the file."""

    format: Format
    srid: int
    box: Box | None = None
    level: str | None = None
    as_of: AsOf | None = None

    @property
    def crs(self) -> str:
        """The authority's code of the coordinates."""
        return f"EPSG:{self.srid}"

    def file_name(self) -> str:
        """Day, place and CRS, so that two files are never taken for one another."""
        words = ["parcels", datetime.now(UTC).date().isoformat()]
        if self.as_of:
            words += [f"at-{self.as_of.at:%Y-%m-%dT%H%M%SZ}"] if self.as_of.at else []
            words += [f"legal-{self.as_of.legal_at}"] if self.as_of.legal_at else []
        words += [self.level] if self.level else []
        words += ["_".join(f"{side:.6g}" for side in self.box)] if self.box else []
        name = re.sub(r"[^\w.,+-]", "-", "_".join([*words, f"epsg{self.srid}"]), flags=re.ASCII)
        return f"{name}.{self.format.suffix}"


def plan_export(
    suffix: str,
    *,
    bbox: str | None = None,
    crs: str | None = None,
    level: str | None = None,
    as_of: AsOf | None = None,
) -> Export:
    """Understand what is asked for; raises ExportRefused, which names the parameter and what it takes."""
    if suffix not in FORMATS:
        raise ExportRefused("format", f"there is no format {suffix!r}", list(FORMATS))
    chosen = FORMATS[suffix]
    if level is not None and level not in fixed().levels:
        raise ExportRefused("level", f"there is no level {level[:80]!r}", fixed().levels)
    try:
        box = None if bbox is None else parse_box(bbox)
    except BadRequest as error:
        raise ExportRefused("bbox", f"{error.why} (such as 2.3,48.6,2.4,48.7)") from error
    srid = _srid(crs, chosen)
    return Export(chosen, srid, box, level, as_of)


def _srid(crs: str | None, chosen: Format) -> int:
    stored = fixed().ground.srid
    if crs is None:
        return WGS84 if chosen.is_lonlat else stored
    known = list(dict.fromkeys((f"EPSG:{stored}", f"EPSG:{WGS84}", CRS84)))
    found = EPSG_CODE.fullmatch(crs.strip())
    if found is None and crs.strip().upper() != CRS84:
        raise ExportRefused("crs", f"{crs[:80]!r} is no code; it takes one of EPSG, such as EPSG:{stored}", known)
    srid = int(found[1]) if found else WGS84
    try:
        describe(srid)
    except SettingRefused as error:
        why = f"EPSG:{srid} is not known, or is neither a geographic nor a projected CRS of two dimensions"
        raise ExportRefused("crs", why, known) from error
    if srid != WGS84 and not chosen.names_crs:
        why = "lines of GeoJSON have no place to name their CRS and are lon/lat; take .geojson"
        raise ExportRefused("crs", why, [f"EPSG:{WGS84}", CRS84])
    return srid


@dataclass(frozen=True, slots=True)
class Selection:
    """The parcels of an export in one session: `statement` has places for columns and what is joined."""

    export: Export
    statement: str
    begun: str
    geometry: str
    values: Json

    def select(self, columns: Sequence[str], beside: str = "") -> str:
        """A SELECT of these expressions; `beside` joins more to each parcel."""
        return self.statement.format(columns=", ".join(columns), beside=beside)

    def expression(self, column: Column) -> str:
        """Where a column is read."""
        return column.expression.format(begun=self.begun)


def select_parcels(session: Session, export: Export) -> Selection:
    """The parcels of an export; raises ExportRefused for a CRS that PostGIS does not know, BadRequest for a future."""
    stored = fixed().ground.srid
    if not session.connection().exec_driver_sql(IS_KNOWN, {"crs": export.srid}).scalar():
        raise ExportRefused(
            "crs", f"{export.crs} is not among the spatial_ref_sys of this database", [f"EPSG:{stored}"]
        )
    source = source_of(session, export.as_of)
    values: Json = {**source.values, "srid": stored, "crs": export.srid, "level": export.level}
    in_box = ""
    if export.box is not None:
        values |= zip(("west", "south", "east", "north"), storage_box(session, export.box), strict=True)
        in_box = IN_BOX
    of_level = OF_LEVEL if export.level is not None else ""
    rows = ROWS.format(
        columns="{columns}",
        beside="{beside}",
        table=source.table,
        condition=source.condition,
        in_box=in_box,
        of_level=of_level,
    )
    geometry = "v.geom" if export.srid == stored else "ST_Transform(v.geom, %(crs)s)"
    begun = "v.begin_lifespan_version" if export.as_of is None else "lower(v.period)"
    return Selection(export, rows, begun, geometry, values)


def feature_rows(selection: Selection, *, is_collection: bool) -> tuple[str, Json]:
    """A SELECT of GeoJSON features, one text each, and its values."""
    columns = ", ".join(f"{selection.expression(column)} AS {column.name}" for column in COLUMNS)
    feature = FEATURE.format(geom=selection.geometry)
    return selection.select([feature], PROPERTIES.format(columns=columns)), {
        **selection.values,
        "before": "," if is_collection else "",
    }


def table_rows(selection: Selection) -> tuple[str, Json]:
    """A SELECT of what CSV holds, and its values."""
    columns = []
    for column in COLUMNS:
        expression = selection.expression(column)
        if column.kind == "time":
            expression = f"to_json({expression}) #>> '{{}}'"  # RFC 3339, as in GeoJSON
        elif column.kind == "text" and column.name != "attributes":  # those begin with a brace
            expression = NO_FORMULA.format(text=expression)
        columns.append(f"{expression} AS {column.name}")
    columns.append(f"{WKT.format(geom=selection.geometry)} AS geometry")
    return selection.select(columns), selection.values


def layer_rows(selection: Selection) -> tuple[str, Json]:
    """A SELECT of what a layer of GDAL holds (`layer_columns`), and its values."""
    is_dbase = selection.export.format.driver == "ESRI Shapefile"
    columns = [f"ST_AsBinary({selection.geometry}, 'NDR')"]
    for column in COLUMNS:
        expression = selection.expression(column)
        cast = {"attributes": "::text", "begin_lifespan_version": "::date" if is_dbase else ""}.get(column.name, "")
        columns.append(expression + cast)
    return selection.select(columns), selection.values


def layer_columns(chosen: Format) -> list[tuple[str, str]]:
    """Names and kinds of the columns of `layer_rows`."""
    is_dbase = chosen.driver == "ESRI Shapefile"
    kinds = [
        (column.short, "date" if column.kind == "time" else column.kind) if is_dbase else (column.name, column.kind)
        for column in COLUMNS
    ]
    return [(GEOMETRY, "wkb"), *kinds]
