"""Writing what an edit changed: cells first, then each parcel once, with its version checked in the statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from psycopg2.extras import Json as JsonValue

from spatial_admin.cadastre.coverage import PROPERTIES, Descent
from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.precision import Box, Ground, box_around, cells_of
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
# Boundaries alone, which is nearly all that edits change: with the time of the edit and the shares in zoning districts,
# in one round trip. A function (migration 0028), for a statement took longer to plan than its rows to be found.
RESHAPE: Final = """
SELECT * FROM reshape_parcels(
  %(rows)s::tid[], %(ids)s::bigint[], %(versions)s::int[], %(wkb)s::bytea[], %(area_m2)s::float8[],
  %(noded)s::bigint[], %(latest)s, %(west)s, %(south)s, %(east)s, %(north)s)
"""
# Geometry and attributes; a retired parcel becomes current by it. A function as well (migration 0020).
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
    """What was written at which time, by parcel id: new version, internal id, and the row's address."""

    made_at: datetime
    versions: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)

    def note(self, row: Any) -> None:
        """A row of what a statement wrote."""
        self.versions[row.parcel_id] = row.version
        self.keys[row.parcel_id] = row.id
        self.rows[row.parcel_id] = row.row


def take_cells(transaction: EditTransaction, changes: Sequence[ParcelChange], ground: Ground) -> None:
    """Take the conflict cells of every changed region, noded neighbours included, in one sorted statement."""
    cells = {cell for change in changes if change.region for cell in cells_of(change.region, ground.cell_size)}
    if cells:
        transaction.take_cells(sorted(cells))


def write_parcels(
    transaction: EditTransaction, changes: Sequence[ParcelChange], latest: datetime | None, ground: Ground
) -> Written:
    """Write each changed parcel once, later than `latest`. A row that moved on is StaleWrite."""
    is_reshaped = bool(changes) and all(_is_reshaped(change) for change in changes)
    written = _reshape(transaction, changes, latest) if is_reshaped else _write(transaction, changes, latest, ground)
    missing = sorted({change.parcel_id for change in changes} - written.versions.keys())
    if missing:
        raise StaleWrite(missing)
    if not is_reshaped:
        _refresh_zoning(transaction, changes, written, ground)
    return written


def _is_reshaped(change: ParcelChange) -> bool:
    """Does nothing of the parcel change but its boundary?"""
    before = change.before
    return change.change in RESHAPED and before is not None and change.properties == before.properties


def _reshape(transaction: EditTransaction, changes: Sequence[ParcelChange], latest: datetime | None) -> Written:
    regions = [change.region for change in changes if change.region is not None]
    noded = [change.row.key for change in changes if change.change == "noded"]
    values = {"latest": latest, "noded": noded, **_columns(changes, OF_BOUNDARIES), **_sides(box_around(regions))}
    rows = transaction.execute(RESHAPE, values)
    if not rows:
        raise StaleWrite(sorted(change.parcel_id for change in changes))
    written = Written(rows[0].made_at)
    for row in rows:
        written.note(row)
    return written


def _write(
    transaction: EditTransaction, changes: Sequence[ParcelChange], latest: datetime | None, ground: Ground
) -> Written:
    written = Written(transaction.time_of_edit(latest))
    noded = [str(change.row.key) for change in changes if change.change == "noded"]
    if noded:
        transaction.execute_later(NAME_NODED, {"noded": ",".join(noded)})
    for statement in dict.fromkeys(STATEMENT_OF.values()):
        group = [change for change in changes if STATEMENT_OF[_written_as(change)] == statement]
        if group:
            values = {**_columns(group, ALL_COLUMNS), "begin": written.made_at, "srid": ground.srid}
            for row in transaction.execute(statement, values):
                written.note(row)
    return written


def _refresh_zoning(
    transaction: EditTransaction, changes: Sequence[ParcelChange], written: Written, ground: Ground
) -> None:
    regions = {change.parcel_id: change.region for change in changes if change.region is not None}
    if not regions:
        return
    # What was born, ended, came back or changed its level has no shares that could stay: the region says nothing of it.
    stays = all(change.change in RESHAPED for change in changes if change.region is not None)
    sides = _sides(box_around(list(regions.values())) if stays else (None,) * 4)
    ids, rows = [written.keys[name] for name in regions], [written.rows[name] for name in regions]
    transaction.execute_later(REFRESH_ZONING, {"ids": ids, "rows": rows, **sides, "srid": ground.srid})


def _sides(box: Box | tuple[None, ...]) -> dict[str, float | None]:
    return dict(zip(("west", "south", "east", "north"), box, strict=True))


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


def _columns(changes: Sequence[ParcelChange], wanted: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [COLUMN_OF[name](change) for change in changes] for name in wanted}


def _wkb(change: ParcelChange) -> bytes:
    # A road of 19,208 points is 300 kB: sent only where it is written.
    is_sent = change.region is not None and change.change != "retired"
    return wkb_of_shape(change.shape) if is_sent else b""


# Of a change, by the name of the parameter.
COLUMN_OF: Final[Mapping[str, Callable[[ParcelChange], Any]]] = {
    **{name: partial(lambda name, change: change.properties[name], name) for name in PROPERTIES},
    "attributes": lambda change: JsonValue(change.properties["attributes"]),
    "parcel_id": lambda change: change.parcel_id,
    "rows": lambda change: change.before.row if change.before else None,
    "ids": lambda change: change.before.key if change.before else None,
    "versions": lambda change: change.before.version if change.before else None,
    "wkb": _wkb,
    "area_m2": lambda change: change.area_m2,
}
ALL_COLUMNS: Final = tuple(COLUMN_OF)
OF_BOUNDARIES: Final = ("rows", "ids", "versions", "wkb", "area_m2")
