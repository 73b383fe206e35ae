"""A Shapefile as one archive, with a README of what the format cannot hold; refused before it would be cut off."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.file_errors import ExportFailed, ExportRefused
from spatial_admin.services.exporting.export_formats import COLUMNS, LAYER
from spatial_admin.services.exporting.plan_export import Export, Selection

MOST_BYTES: Final = 2**31 - 1  # offsets are signed, and many programs read no further (the format's own limit is 4 GiB)
MOST_TEXT_BYTES: Final = 254
LEAST_TEXT_BYTES: Final = 80  # the width that GDAL begins with
NUMBER_BYTES: Final = 24
# Of a record: number and length, type, envelope, counts; of a part; of a point.
RECORD_BYTES, PART_BYTES, POINT_BYTES = 8 + 44, 4, 16
MEMBERS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
TEXTS: Final = tuple(column for column in COLUMNS if column.kind == "text")
README: Final = """\
{count:,} parcels in {crs}, exported by Spatial Admin ({name}).

Texts are UTF-8 (see {layer}.cpg). Coordinates are exact: the same doubles that are stored.

dBASE allows names of ten characters:
{names}

dBASE holds at most {most} bytes of a text. {cut}
Numbers have 15 decimals in it, an empty text and no text at all are the same, and `begun` is a day (UTC).
GeoPackage and FlatGeobuf have none of these limits.
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many parcels there are, bytes of both files, and of each text column how many values are too long."""

    count: int
    shp_bytes: int
    dbf_bytes: int
    cut: dict[str, int]


def measure(session: Session, selection: Selection) -> Sizes:
    """Sizes of the files to be; raises ExportRefused where one passes 2 GiB."""
    longest = [f"max(octet_length(({selection.expression(column)})::text))" for column in TEXTS]
    cut = [
        f"count(*) FILTER (WHERE octet_length(({selection.expression(column)})::text) > {MOST_TEXT_BYTES})"
        for column in TEXTS
    ]
    counts = ["count(*)", "coalesce(sum(ST_NRings(v.geom)), 0)", "coalesce(sum(ST_NPoints(v.geom)), 0)"]
    row = session.connection().exec_driver_sql(selection.select([*counts, *longest, *cut]), selection.values).one()
    count, rings, points = (int(number) for number in row[:3])
    widths = [min(max(width or 0, LEAST_TEXT_BYTES), MOST_TEXT_BYTES) for width in row[3 : 3 + len(TEXTS)]]
    width = 1 + sum(widths) + NUMBER_BYTES * (len(COLUMNS) - len(TEXTS))
    sizes = Sizes(
        count,
        100 + RECORD_BYTES * count + PART_BYTES * rings + POINT_BYTES * points,
        32 * (len(COLUMNS) + 1) + width * count,
        {column.short: int(many) for column, many in zip(TEXTS, row[3 + len(TEXTS) :], strict=True) if many},
    )
    largest = max(sizes.shp_bytes, sizes.dbf_bytes)
    if largest > MOST_BYTES:
        why = (
            f"a Shapefile holds 2 GiB a file, and these {count:,} parcels need {largest:,} bytes; ask for less by bbox"
        )
        raise ExportRefused("format", why, ["gpkg", "fgb"])
    return sizes


def pack(folder: Path, archive: Path, export: Export, sizes: Sizes) -> None:
    """The files of the layer in `folder` as one archive; each is deleted once it is in it. Raises ExportFailed."""
    written = (folder / f"{LAYER}.shp").stat().st_size
    if written != sizes.shp_bytes:  # GDAL might not notice that the end of a file did not find its place
        raise ExportFailed(f"{LAYER}.shp has {written:,} bytes and not {sizes.shp_bytes:,}; nothing was exported.")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("README.txt", readme(export, sizes))
        for suffix in MEMBERS:
            file = folder / f"{LAYER}{suffix}"
            packed.write(file, file.name)
            file.unlink()


def readme(export: Export, sizes: Sizes) -> str:
    """What the archive holds and what it cannot."""
    names = "\n".join(f"  {column.short:<12}{column.name}" for column in COLUMNS)
    cut = ", ".join(f"{many:,} of {name}" for name, many in sizes.cut.items())
    return README.format(
        count=sizes.count, crs=export.crs, name=export.file_name(), layer=LAYER, names=names, most=MOST_TEXT_BYTES,
        cut=f"Longer values were cut: {cut}." if cut else "No value here is longer.",
    )  # fmt: skip
