"""Rows of one table from one database to another, converted on the way: all of them, or what was written since."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.services.database.digest_tables import TABLES
from spatial_admin.transaction import raw_connection

# What the new database has, or must have, of its own: constants, transaction numbers, marks, what is made of the rest;
# and drafts (with what happened to them) and reference layers, which name points by coordinates of the old one; scans
# of the old one.
ITS_OWN: Final = (
    "alembic_version", "deployment", "conflict_cell", "restore_not_ended", "srid_change", "tile_change", "tile_body",
    "tile_sweep", "parcel_cell", "parcel_cell_delta", "zoning_outline", "draft", "draft_event", "reference_layer",
    "scan", "scan_cell", "scan_defect", "scan_seen",
)  # fmt: skip
COLUMNS: Final = """
SELECT a.attname AS name, a.attidentity <> '' AS is_identity, a.attnum = ANY (k.indkey) AS is_key,
       CASE WHEN format_type(a.atttypid, NULL) = 'geometry' THEN postgis_typmod_type(a.atttypmod) END AS kind
FROM pg_attribute AS a JOIN pg_index AS k ON k.indrelid = a.attrelid AND k.indisprimary
WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""
# Which tables refer to which, without themselves.
REFERENCES: Final = """
SELECT DISTINCT f.relname AS child, p.relname AS parent FROM pg_constraint AS c
JOIN pg_class AS f ON f.oid = c.conrelid JOIN pg_class AS p ON p.oid = c.confrelid
WHERE c.contype = 'f' AND f.oid <> p.oid AND NOT f.relispartition AND f.relnamespace = 'public'::regnamespace
"""
# Rows that a transaction wrote that an earlier snapshot did not see, or not surely: its number is not below the oldest
# that ran then. By age, which goes round as the numbers do.
SINCE: Final = " WHERE age(xmin) <= age('{since}'::xid8::xid)"
# A transformed parcel that may not be stored, the first few.
REFUSED: Final = """
SELECT parcel_id FROM incoming WHERE NOT (ST_IsValid(geom) AND geom @ deployment_extent()) ORDER BY 1 LIMIT 5
"""
# Areas are measured by the new database's method; both images of a version get the same one.
MEASURED: Final = ("parcel", "parcel_version")
ANY_KIND: Final = "Geometry"
SINGLE: Final = ("Point", "LineString", "Polygon", "CurvePolygon")
CURVED: Final = ("CurvePolygon", "MultiCurve", "MultiSurface")
# By the letters at the end of a type.
FORCE: Final = {"": "ST_Force2D", "Z": "ST_Force3DZ", "M": "ST_Force3DM", "ZM": "ST_Force4D"}
LAST: Final = """
SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest(max({column}), 1), max({column}) IS NOT NULL)
FROM {table}
"""


@dataclass(frozen=True, slots=True)
class GeometryColumn:
    """A column in quotes; its type here and in the source, as PostGIS names them: `MultiPolygonZ`."""

    name: str
    kind: str
    source_kind: str

    @property
    def is_converted(self) -> bool:
        """Is it of another type here?"""
        return self.kind != self.source_kind

    def expression(self, srid: int | None) -> str:
        """What the source is asked for; in this SRID where it changes."""
        value = self.name if srid is None else f"ST_Transform({self.name}, {srid})"
        if not self.is_converted:
            return value
        plain = self.kind.removesuffix("M").removesuffix("Z")
        if plain.startswith("Multi"):
            value = f"ST_Multi({value})"
        elif plain in SINGLE:
            value = f"CASE WHEN ST_NumGeometries({value}) = 1 THEN ST_GeometryN({value}, 1) ELSE {value} END"
        if plain in CURVED:
            value = f"ST_ForceCurve({value})"
        return f"{FORCE[self.kind.removeprefix(plain)]}({value})" if plain != ANY_KIND else value


@dataclass(frozen=True, slots=True)
class Table:
    """One table of both databases; its columns in quotes."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    geometries: tuple[GeometryColumn, ...]
    identity: str | None


def tables_of(target: Session) -> list[Table]:
    """The tables to transfer, referred ones first."""
    connection = target.connection()
    names = [row.name for row in connection.exec_driver_sql(TABLES) if row.schema == "public"]
    names = [name for name in names if name not in ITS_OWN and not name.startswith("procrastinate_")]
    parents: dict[str, set[str]] = {name: set() for name in names}
    for child, parent in connection.exec_driver_sql(REFERENCES):
        if child in parents and parent in parents:
            parents[child].add(parent)
    ordered: list[str] = []
    while len(ordered) < len(names):
        ordered += [name for name in names if name not in ordered and parents[name] <= set(ordered)]
    return [_describe(target, name) for name in ordered]


def pair_columns(source: Session, tables: Sequence[Table]) -> list[Table]:
    """The tables of the target with the types that their geometries have in the source."""
    paired = []
    for table in tables:
        kinds = {f'"{c.name}"': c.kind for c in source.connection().exec_driver_sql(COLUMNS, {"table": table.name})}
        columns = tuple(replace(c, source_kind=kinds.get(c.name) or c.kind) for c in table.geometries)
        paired.append(replace(table, geometries=columns))
    return paired


def lacking_columns(source: Session, tables: Sequence[Table]) -> list[str]:
    """Columns, `table.column`, that only one of both databases has."""
    here = {f"{table.name}.{column}" for table in tables for column in table.columns}
    there = {f"{table.name}.{column}" for table in tables_of(source) for column in table.columns}
    return sorted(name.replace('"', "") for name in here ^ there)


def unfit_rows(source: Session, table: Table, column: GeometryColumn) -> list[str]:
    """The first few rows of the source that stay of another type than the column has; parcels by permanent id."""
    plain = column.kind.removesuffix("M").removesuffix("Z")
    if not column.is_converted or plain == ANY_KIND:
        return []
    name = "parcel_id" if '"parcel_id"' in table.columns else table.keys[0]
    found = source.connection().exec_driver_sql(
        f"SELECT {name}::text FROM {table.name} WHERE GeometryType(ST_Force2D({column.expression(None)})) <> "
        f"'{plain.upper()}' ORDER BY 1 LIMIT 5"
    )
    return list(found.scalars())


def transfer(source: Session, target: Session, table: Table, srid: int | None, since: str | None) -> int:
    """Bring rows of the source into the target's temporary table `incoming`; answers how many came.

    `srid` is that of the target where it is another one.
    """
    converted = {column.name: column.expression(srid) for column in table.geometries}
    chosen = ", ".join(converted.get(c, c) for c in table.columns)
    where = SINCE.format(since=since) if since else ""
    listed = ", ".join(table.columns)
    run = target.connection().exec_driver_sql
    run(f"CREATE TEMPORARY TABLE incoming AS SELECT {listed} FROM {table.name} WITH NO DATA")
    _pipe(source, target, f"SELECT {chosen} FROM {table.name}{where}", f"incoming ({listed})")
    return int(run("SELECT count(*) FROM incoming").scalar_one())


def refused_parcels(target: Session) -> list[str]:
    """Permanent ids of incoming parcels that the new database could not store."""
    return list(target.connection().exec_driver_sql(REFUSED).scalars())


def store_incoming(source: Session, target: Session, table: Table, *, is_measured_anew: bool) -> None:
    """Put the incoming rows in place of those with their keys, and drop what the source has no more."""
    run = target.connection().exec_driver_sql
    values = ", ".join(
        "ground_area_m2(geom)" if is_measured_anew and c == '"area_m2"' and table.name in MEASURED else c
        for c in table.columns
    )
    listed, keys = ", ".join(table.columns), ", ".join(table.keys)
    changed = ", ".join(f"{c} = excluded.{c}" for c in table.columns if c not in table.keys)
    action = f"UPDATE SET {changed}" if changed else "NOTHING"
    run(
        f"INSERT INTO {table.name} ({listed}) OVERRIDING SYSTEM VALUE SELECT {values} FROM incoming "
        f"ON CONFLICT ({keys}) DO {action}"
    )
    run("DROP TABLE incoming")
    count = f"SELECT count(*) FROM {table.name}"
    if source.connection().exec_driver_sql(count).scalar() != run(count).scalar():
        run(f"CREATE TEMPORARY TABLE present AS SELECT {keys} FROM {table.name} WITH NO DATA")
        _pipe(source, target, f"SELECT {keys} FROM {table.name}", f"present ({keys})")
        same = " AND ".join(f"p.{key} = t.{key}" for key in table.keys)
        run(f"DELETE FROM {table.name} AS t WHERE NOT EXISTS (SELECT FROM present AS p WHERE {same})")
        run("DROP TABLE present")
    if table.identity:
        run(LAST.format(table=table.name, column=table.identity))


def _describe(target: Session, name: str) -> Table:
    columns = target.connection().exec_driver_sql(COLUMNS, {"table": name}).all()
    return Table(
        name=name,
        columns=tuple(f'"{c.name}"' for c in columns),
        keys=tuple(f'"{c.name}"' for c in columns if c.is_key),
        geometries=tuple(GeometryColumn(f'"{c.name}"', c.kind, c.kind) for c in columns if c.kind is not None),
        identity=next((c.name for c in columns if c.is_identity), None),
    )


def _pipe(source: Session, target: Session, query: str, into: str) -> None:
    """By way of a file: neither database waits for the other, and nothing is held in memory."""
    with tempfile.TemporaryFile() as spool:
        with raw_connection(source).cursor() as cursor:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", spool)
        spool.seek(0)
        with raw_connection(target).cursor() as cursor:
            cursor.copy_expert(f"COPY {into} FROM STDIN (FORMAT binary)", spool)
