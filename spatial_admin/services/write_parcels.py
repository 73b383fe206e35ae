"""Writing what an edit changed: cells first, then each parcel once, with its version checked in the statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from psycopg2.extras import Json as JsonValue

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.precision import Ground, cells_of
from spatial_admin.cadastre.shapes import wkb_of_shape
from spatial_admin.transaction import EditTransaction, StaleWrite

ATTRIBUTES: Final = """
number = v.number, level = v.level, kind = v.kind, part_of = v.part_of, legal_area_m2 = v.legal_area_m2,
legal_area_text = v.legal_area_text, land_use = v.land_use, address = v.address, attributes = v.attributes,
begin_lifespan_version = %(begin)s
"""
SOURCE: Final = """
unnest(%(rows)s::tid[], %(ids)s::bigint[], %(versions)s::int[], %(number)s::text[], %(level)s::text[], %(kind)s::text[],
       %(part_of)s::text[], %(legal_area_m2)s::float8[], %(legal_area_text)s::text[], %(land_use)s::text[],
       %(address)s::text[],       %(attributes)s::jsonb[], %(wkb)s::bytea[], %(area_m2)s::float8[])
AS v (row, id, version, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address, attributes,
      wkb, area_m2)
"""
# By the row's address, not by an index: under SERIALIZABLE a look into an index is a read of that page, every update
# writes there too, and editors of neighbouring ids would abort each other (docs/guards.md). A row that moved on since
# it was read is not at its address any more; id and version are checked besides.
FIND_ROW: Final = "parcel.ctid = v.row AND parcel.id + 0 = v.id AND parcel.version = v.version"
# Attributes only: the statement does not name geom, so no bit of it can change.
UPDATE_ATTRIBUTES: Final = f"""
UPDATE parcel SET {ATTRIBUTES} FROM {SOURCE} WHERE {FIND_ROW}
RETURNING parcel.parcel_id, parcel.version, parcel.ctid::text AS row
"""
# Geometry and attributes.
UPDATE_GEOMETRY: Final = f"""
UPDATE parcel SET geom = ST_GeomFromWKB(v.wkb, %(srid)s), area_m2 = v.area_m2, {ATTRIBUTES}
FROM {SOURCE} WHERE {FIND_ROW}
RETURNING parcel.parcel_id, parcel.version, parcel.ctid::text AS row
"""
NAME_NODED: Final = "SELECT set_config('spatial_admin.noded', %(noded)s, true)"
REFRESH_ZONING: Final = "SELECT refresh_zoning(%(ids)s::bigint[], %(rows)s::tid[])"


def take_cells(transaction: EditTransaction, changes: Sequence[ParcelChange], ground: Ground) -> None:
    """Take the conflict cells of every changed region, noded neighbours included, in one sorted statement."""
    cells = {cell for change in changes if change.region for cell in cells_of(change.region, ground.cell_size)}
    if cells:
        transaction.take_cells(sorted(cells))


def write_parcels(
    transaction: EditTransaction, changes: Sequence[ParcelChange], begin: datetime, ground: Ground
) -> dict[str, int]:
    """Write each changed parcel once; answers the new version by parcel id. A row that moved on is StaleWrite."""
    noded = [str(change.parcel.key) for change in changes if change.change == "noded"]
    if noded:
        transaction.execute(NAME_NODED, {"noded": ",".join(noded)})
    versions: dict[str, int] = {}
    rows_now: dict[str, str] = {}
    for statement, group in (
        (UPDATE_GEOMETRY, [change for change in changes if change.region is not None]),
        (UPDATE_ATTRIBUTES, [change for change in changes if change.region is None]),
    ):
        if group:
            rows = transaction.execute(statement, {**_columns(group), "begin": begin, "srid": ground.srid})
            versions.update({row.parcel_id: row.version for row in rows})
            rows_now.update({row.parcel_id: row.row for row in rows})
    missing = sorted({change.parcel.parcel_id for change in changes} - set(versions))
    if missing:
        raise StaleWrite(missing)
    moved = [change.parcel for change in changes if change.region is not None]
    if moved:
        rows_moved = [rows_now[parcel.parcel_id] for parcel in moved]
        transaction.execute(REFRESH_ZONING, {"ids": [parcel.key for parcel in moved], "rows": rows_moved})
    return versions


def _columns(changes: Sequence[ParcelChange]) -> dict[str, list[Any]]:
    names = ("number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address")
    columns: dict[str, list[Any]] = {name: [change.properties[name] for change in changes] for name in names}
    columns["attributes"] = [JsonValue(change.properties["attributes"]) for change in changes]
    columns["rows"] = [change.parcel.row for change in changes]
    columns["ids"] = [change.parcel.key for change in changes]
    columns["versions"] = [change.parcel.version for change in changes]
    columns["area_m2"] = [change.area_m2 for change in changes]
    columns["wkb"] = [wkb_of_shape(change.shape) if change.region is not None else b"" for change in changes]
    return columns
