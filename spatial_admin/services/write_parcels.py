"""Writing what an edit changed: cells first, then each parcel once, with its version checked in the statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg2.extras import Json as JsonValue

from spatial_admin.cadastre.coverage import Descent
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.precision import Ground, box_around, cells_of
from spatial_admin.cadastre.shapes import wkb_of_shape
from spatial_admin.transaction import EditTransaction, StaleWrite

ATTRIBUTES: Final = """
number = v.number, level = v.level, kind = v.kind, part_of = v.part_of, legal_area_m2 = v.legal_area_m2,
legal_area_text = v.legal_area_text, land_use = v.land_use, address = v.address, attributes = v.attributes,
begin_lifespan_version = %(begin)s
"""
SOURCE: Final = """
unnest(%(rows)s::tid[], %(ids)s::bigint[], %(versions)s::int[], %(parcel_id)s::text[], %(number)s::text[],
       %(level)s::text[], %(kind)s::text[], %(part_of)s::text[], %(legal_area_m2)s::float8[],
       %(legal_area_text)s::text[], %(land_use)s::text[], %(address)s::text[], %(attributes)s::jsonb[],
       %(wkb)s::bytea[], %(area_m2)s::float8[])
AS v (row, id, version, parcel_id, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address,
      attributes, wkb, area_m2)
"""
# By the row's address, not by an index: under SERIALIZABLE a look into an index is a read of that page, every update
# writes there too, and editors of neighbouring ids would abort each other (docs/guards.md). A row that moved on since
# it was read is not at its address any more; id and version are checked besides.
FIND_ROW: Final = "parcel.ctid = v.row AND parcel.id + 0 = v.id AND parcel.version = v.version"
WRITTEN: Final = "RETURNING parcel.id, parcel.parcel_id, parcel.version, parcel.ctid::text AS row"
# Attributes only: the statement does not name geom, so no bit of it can change.
UPDATE_ATTRIBUTES: Final = f"UPDATE parcel SET {ATTRIBUTES} FROM {SOURCE} WHERE {FIND_ROW} {WRITTEN}"
# Geometry and attributes; a retired parcel becomes current by it. A function (migration 0020): most edits come here,
# and the statement took longer to plan than its rows to be found.
UPDATE_GEOMETRY: Final = """
SELECT * FROM update_boundaries(
  %(rows)s::tid[], %(ids)s::bigint[], %(versions)s::int[], %(number)s::text[], %(level)s::text[], %(kind)s::text[],
  %(part_of)s::text[], %(legal_area_m2)s::float8[], %(legal_area_text)s::text[], %(land_use)s::text[],
  %(address)s::text[], %(attributes)s::jsonb[], %(wkb)s::bytea[], %(area_m2)s::float8[], %(begin)s)
"""
# A parcel ends with the edit; its row stays as it was.
RETIRE: Final = f"""
UPDATE parcel SET begin_lifespan_version = %(begin)s, end_lifespan_version = %(begin)s
FROM {SOURCE} WHERE {FIND_ROW} {WRITTEN}
"""
INSERT: Final = f"""
INSERT INTO parcel (parcel_id, number, level, kind, part_of, legal_area_m2, legal_area_text, land_use, address,
                    attributes, geom, area_m2, begin_lifespan_version)
SELECT v.parcel_id, v.number, v.level, v.kind, v.part_of, v.legal_area_m2, v.legal_area_text, v.land_use, v.address,
       v.attributes, ST_GeomFromWKB(v.wkb, %(srid)s), v.area_m2, %(begin)s
FROM {SOURCE} {WRITTEN}
"""
NAME_NODED: Final = "SELECT set_config('spatial_admin.noded', %(noded)s, true)"
REFRESH_ZONING: Final = """
SELECT refresh_zoning(%(ids)s::bigint[], %(rows)s::tid[],
                      ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s))
"""
# Steps of lineage; nothing is read, so unrelated edits do not meet here.
INSERT_LINEAGE: Final = """
INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind)
SELECT v.parent, v.parent_version, v.child, v.child_version, %(edit)s, v.kind
FROM unnest(%(parents)s::text[], %(parent_versions)s::int[], %(children)s::text[], %(child_versions)s::int[],
            %(kinds)s::text[]) AS v (parent, parent_version, child, child_version, kind)
"""
# By kind of change, in the order in which they are written.
STATEMENT_OF: Final = {
    "retired": RETIRE,
    "restored": UPDATE_GEOMETRY,
    "geometry": UPDATE_GEOMETRY,
    "noded": UPDATE_GEOMETRY,
    "attributes": UPDATE_ATTRIBUTES,
    "created": INSERT,
}
RESHAPED: Final = frozenset({"geometry", "noded"})


@dataclass(slots=True)
class Written:
    """What was written, by parcel id: new version, internal id, and the row's address."""

    versions: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)


def take_cells(transaction: EditTransaction, changes: Sequence[ParcelChange], ground: Ground) -> None:
    """Take the conflict cells of every changed region, noded neighbours included, in one sorted statement."""
    cells = {cell for change in changes if change.region for cell in cells_of(change.region, ground.cell_size)}
    if cells:
        transaction.take_cells(sorted(cells))


def write_parcels(
    transaction: EditTransaction, changes: Sequence[ParcelChange], begin: datetime, ground: Ground
) -> Written:
    """Write each changed parcel once. A row that moved on is StaleWrite."""
    noded = [str(change.row.key) for change in changes if change.change == "noded"]
    if noded:
        transaction.execute_later(NAME_NODED, {"noded": ",".join(noded)})
    written = Written()
    for statement in dict.fromkeys(STATEMENT_OF.values()):
        group = [change for change in changes if STATEMENT_OF[_written_as(change)] == statement]
        if group:
            values = {**_columns(group), "begin": begin, "srid": ground.srid}
            for row in transaction.execute(statement, values):
                written.versions[row.parcel_id] = row.version
                written.keys[row.parcel_id] = row.id
                written.rows[row.parcel_id] = row.row
    missing = sorted({change.parcel_id for change in changes} - written.versions.keys())
    if missing:
        raise StaleWrite(missing)
    _refresh_zoning(transaction, changes, written, ground)
    return written


def _refresh_zoning(
    transaction: EditTransaction, changes: Sequence[ParcelChange], written: Written, ground: Ground
) -> None:
    regions = {change.parcel_id: change.region for change in changes if change.region is not None}
    if not regions:
        return
    # What was born, ended, came back or changed its level has no shares that could stay: the region says nothing of it.
    stays = all(change.change in RESHAPED for change in changes if change.region is not None)
    box = box_around(list(regions.values())) if stays else (None,) * 4
    ids, rows = [written.keys[name] for name in regions], [written.rows[name] for name in regions]
    sides = dict(zip(("west", "south", "east", "north"), box, strict=True))
    transaction.execute_later(REFRESH_ZONING, {"ids": ids, "rows": rows, **sides, "srid": ground.srid})


def write_lineage(
    transaction: EditTransaction, descents: Sequence[Descent], changes: Sequence[ParcelChange], written: Written
) -> None:
    """Write what came out of what; a parent by the version it had before the edit."""
    before: Mapping[str, int] = {change.parcel_id: change.before.version for change in changes if change.before}
    steps = [step for step in descents if step.parent in before and step.child in written.versions]
    if steps:
        values = {
            "parents": [step.parent for step in steps],
            "parent_versions": [before[step.parent] for step in steps],
            "children": [step.child for step in steps],
            "child_versions": [written.versions[step.child] for step in steps],
            "kinds": [step.kind for step in steps],
        }
        transaction.execute_later(INSERT_LINEAGE, {**values, "edit": transaction.edit_id})


def _written_as(change: ParcelChange) -> str:
    # A change of level alone is written with its geometry: the guards look at the whole parcel.
    return "geometry" if change.change == "attributes" and change.region is not None else change.change


def _columns(changes: Sequence[ParcelChange]) -> dict[str, list[Any]]:
    names = ("number", "level", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address")
    columns: dict[str, list[Any]] = {name: [change.properties[name] for change in changes] for name in names}
    columns["parcel_id"] = [change.parcel_id for change in changes]
    columns["attributes"] = [JsonValue(change.properties["attributes"]) for change in changes]
    columns["rows"] = [change.before.row if change.before else None for change in changes]
    columns["ids"] = [change.before.key if change.before else None for change in changes]
    columns["versions"] = [change.before.version if change.before else None for change in changes]
    columns["area_m2"] = [change.area_m2 for change in changes]
    # A road of 19,208 points is 300 kB: sent only where it is written.
    is_sent = [change.region is not None and change.change != "retired" for change in changes]
    columns["wkb"] = [wkb_of_shape(c.shape) if sent else b"" for c, sent in zip(changes, is_sent, strict=True)]
    return columns
