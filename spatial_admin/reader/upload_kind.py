"""What an upload is, by its first bytes; its name is not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from spatial_admin.reader.refusal import SourceUnreadableError

Kind = Literal["geojson", "zip", "gpkg", "flatgeobuf", "csv"]

BYTES_LOOKED_AT: Final = 512
SIGNATURES: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"fgb\x03", "flatgeobuf"),
)
TAKEN: Final = "Spatial Admin imports GeoJSON, GeoPackage, FlatGeobuf, and a Shapefile as one .zip"
OTHERS: Final = (
    (b"\x00\x00\x27\x0a", "This is the .shp of a Shapefile alone; zip it together with its .shx, .dbf, .prj and .cpg."),
    (b"\x1f\x8b", f"This is a gzip archive. {TAKEN}: unpack it first."),
    (b"Rar!", f"This is a RAR archive. {TAKEN}."),
    (b"7z\xbc\xaf\x27\x1c", f"This is a 7-Zip archive. {TAKEN}."),
    (b"%PDF", f"This is a PDF. {TAKEN}."),
    (b"<", f"This is XML (GML, KML, VRT or the like). {TAKEN}: convert it first, for example with ogr2ogr."),
    (b"\xff\xfe", f"This is UTF-16 text. {TAKEN}; GeoJSON must be UTF-8."),
    (b"\xfe\xff", f"This is UTF-16 text. {TAKEN}; GeoJSON must be UTF-8."),
)


def kind_of(path: Path, *, takes_tables: bool = False) -> Kind:
    """Kind of the file at `path`; raises SourceUnreadableError for kinds not taken.

    The unknown is tried as GeoJSON; with `takes_tables` as a table of points where it does not begin as an object.
    """
    with path.open("rb") as file:
        head = file.read(BYTES_LOOKED_AT)
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise SourceUnreadableError(f"The file is empty. {TAKEN}.")
    for signature, words in OTHERS:
        if head.startswith(signature) or text.startswith(signature):
            raise SourceUnreadableError(words)
    return "csv" if takes_tables and text[:1] not in (b"{", b"[", b"\x1e") else "geojson"
