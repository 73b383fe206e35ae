"""Shapefile, GeoPackage and FlatGeobuf through GDAL, some thousand features at a time.

Imported only behind isolation.confine(): GDAL reads its driver list when it is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio
import pyogrio.errors
import pyogrio.raw

from spatial_admin.reader.archive_members import several_layers
from spatial_admin.reader.frames import Row
from spatial_admin.reader.isolation import DRIVERS
from spatial_admin.reader.properties import EXPORTED, encode_properties, with_attributes
from spatial_admin.reader.refusal import Refusal, SourceUnreadableError

FIRST_BATCH: Final = 1_000
LARGEST_BATCH: Final = 16_000
MAX_DEPTH: Final = 8  # GDAL knows lists, and JSON only as text
SMALL_BATCH_BYTES: Final = 16 * 1024 * 1024
FALLBACK_ENCODINGS: Final = ("UTF-8", "CP1252", "ISO-8859-1")


@dataclass(slots=True)
class OgrLayer:
    """One layer: what GDAL says of it, and the encoding that its text turned out to be in."""

    path: Path
    name: str
    driver: str
    declared: int
    crs: str | None
    crs_wkt: str | None
    fields: list[str]
    types: list[str]
    encoding: str | None = None
    skipped_fields: list[str] = field(default_factory=list)


def verify_drivers() -> None:
    """GDAL must hold no driver beyond ours; raises SourceUnreadableError, because nothing may then be opened."""
    extra = set(pyogrio.list_drivers()) - DRIVERS
    if extra:
        raise SourceUnreadableError(
            f"GDAL offers drivers that must be off here: {', '.join(sorted(extra))}. Report this."
        )


def open_layer(path: Path, layer: str | None, encoding: str | None = None) -> OgrLayer:
    """Choose the layer and read its description; raises SourceUnreadableError, which lists the layers."""
    try:
        spatial = [str(name) for name, geometry_type in pyogrio.list_layers(path) if geometry_type is not None]
        if not spatial:
            raise SourceUnreadableError("The file holds no layer with geometry.")
        if layer is not None and layer not in spatial:
            raise SourceUnreadableError(several_layers(spatial, layer), spatial)
        if layer is None and len(spatial) > 1:
            raise SourceUnreadableError(several_layers(spatial, None), spatial)
        chosen = layer or spatial[0]
        info = pyogrio.read_info(path, layer=chosen, encoding=encoding)
    except pyogrio.errors.DataSourceError as error:
        raise SourceUnreadableError(f"The file cannot be opened: {_first_line(error)}.") from error
    code, wkt = _crs(info["crs"])
    return OgrLayer(
        path=path,
        name=chosen,
        driver=info["driver"],
        declared=int(info["features"]),
        crs=code,
        crs_wkt=wkt,
        fields=[str(name) for name in info["fields"]],
        types=[str(kind) for kind in info["ogr_types"]],
        encoding=encoding,
    )


def layer_rows(layer: OgrLayer) -> Iterator[Row]:
    """Every feature in the order of the file; what GDAL cannot read is refused singly."""
    number = 0
    size = FIRST_BATCH
    while True:
        try:
            geometries, properties = _read(layer, number, size)
        except (pyogrio.errors.FeatureError, pyogrio.errors.GeometryError) as error:
            if size > 1:
                size = max(1, size // 8)
                continue
            number += 1
            yield Row(number, refusal=Refusal("unreadable", f"the record cannot be read: {_first_line(error)}"))
            if number >= layer.declared:
                return
            continue
        for wkb, encoded in zip(geometries, properties, strict=True):
            number += 1
            yield _row(number, wkb, encoded)
        if len(geometries) < size:
            return
        if sum(len(wkb) for wkb in geometries if wkb is not None) < SMALL_BATCH_BYTES:
            size = min(2 * size, LARGEST_BATCH)


def _row(number: int, wkb: bytes | None, properties: bytes | Refusal) -> Row:
    row = Row(number, wkb=wkb)
    if wkb is None:
        row.refusal = Refusal("null_geometry", "the feature has no geometry (null)")
    if isinstance(properties, bytes):
        row.properties = properties
    else:
        row.refusal = row.refusal or properties
    return row


def _read(layer: OgrLayer, skip: int, size: int) -> tuple[list[bytes | None], list[bytes | Refusal]]:
    """Geometries as ISO WKB and properties as JSON of `size` features after the first `skip`."""
    while True:
        try:
            meta, _, geometries, columns = pyogrio.raw.read(
                layer.path,
                layer=layer.name,
                skip_features=skip,
                max_features=size,
                encoding=layer.encoding,
                datetime_as_string=True,
            )
        except UnicodeDecodeError as error:
            layer.encoding = _next_encoding(layer, error)
        else:
            break
    names = [str(name) for name in meta["fields"]]
    values = [_column(column, kind) for column, kind in zip(columns, meta["ogr_types"], strict=True)]
    rows = zip(*values, strict=True) if values else ((),) * len(geometries)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    if set(names) >= EXPORTED:
        found = [with_attributes(properties) for properties in found]
    return list(geometries), [encode_properties(properties, MAX_DEPTH) for properties in found]


def _next_encoding(layer: OgrLayer, error: UnicodeDecodeError) -> str:
    """The text is not in the encoding that the file states: try the next usual one (ISO-8859-1 reads any bytes)."""
    tried = (layer.encoding or error.encoding).upper().replace("UTF8", "UTF-8")
    following = FALLBACK_ENCODINGS.index(tried) + 1 if tried in FALLBACK_ENCODINGS else 0
    return FALLBACK_ENCODINGS[min(following, len(FALLBACK_ENCODINGS) - 1)]


def _column(column: Any, kind: str) -> list[Any]:
    """A column as JSON values; GDAL hands integers with nulls over as doubles with NaN."""
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        is_whole = kind.startswith("OFTInteger")
        return [None if math.isnan(value) else int(value) if is_whole else value for value in values]
    if column.dtype.kind == "O":
        return [_plain(value) for value in values]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value if isinstance(value, (str, int, float, bool, list, type(None))) else str(value)


def _crs(crs: str | None) -> tuple[str | None, str | None]:
    """Authority code, or the definition as WKT where GDAL finds no code."""
    if not crs:
        return None, None
    authority, _, code = crs.partition(":")
    return (crs, None) if code.isalnum() and authority.isalnum() else (None, crs)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300].rstrip(".").replace(str(Path.cwd()), "")
