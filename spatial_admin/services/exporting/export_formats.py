"""The files that parcels are exported to, and the columns of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Enough decimals for every double of a coordinate: those between 1e-6 and 1e-3 need the most. (PostGIS writes the
# shortest number that reads as the same double, and cuts it there; its default of 9 loses bits.)
DECIMALS: Final = 25
GEOMETRY: Final = "geom"
LAYER: Final = "parcels"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its name of at most ten characters for dBASE, its kind (writer/columns.py), where it is read.

    `{begun}` is the begin of the version, which a table of current states and one of past states name differently.
    """

    name: str
    short: str
    kind: str
    expression: str


COLUMNS: Final = (
    Column("parcel_id", "parcel_id", "text", "v.parcel_id"),
    Column("number", "number", "text", "v.number"),
    Column("level", "level", "text", "v.level"),
    Column("kind", "kind", "text", "v.kind"),
    Column("part_of", "part_of", "text", "v.part_of"),
    Column("legal_area_m2", "legal_m2", "float", "v.legal_area_m2"),
    Column("legal_area_text", "legal_text", "text", "v.legal_area_text"),
    Column("area_m2", "area_m2", "float", "v.area_m2"),
    Column("land_use", "land_use", "text", "v.land_use"),
    Column("address", "address", "text", "v.address"),
    Column("version", "version", "int", "v.version"),
    Column("begin_lifespan_version", "begun", "time", "{begun}"),
    Column("attributes", "attributes", "text", "v.attributes"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. `driver` is GDAL's that writes it; None: PostgreSQL writes its text itself.

    `is_lonlat`: its coordinates are lon/lat unless a CRS is asked for (RFC 7946); `names_crs`: it can say so then.
    """

    suffix: str
    title: str
    media_type: str
    driver: str | None = None
    is_lonlat: bool = False
    names_crs: bool = True


FORMATS: Final = {
    one.suffix: one
    for one in (
        Format("geojson", "GeoJSON", "application/geo+json", is_lonlat=True),
        Format("geojsonl", "GeoJSON lines", "application/x-ndjson", is_lonlat=True, names_crs=False),
        Format("csv", "CSV", "text/csv; charset=utf-8"),
        Format("fgb", "FlatGeobuf", "application/vnd.flatgeobuf", "FlatGeobuf"),
        Format("gpkg", "GeoPackage", "application/geopackage+sqlite3", "GPKG"),
        Format("shp.zip", "Shapefile", "application/zip", "ESRI Shapefile"),
    )
}
