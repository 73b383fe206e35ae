"""Tables of survey points: which signs stand between the columns, which columns hold what, and the points."""

from __future__ import annotations

import csv
import json
import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from spatial_admin.reader.frames import Refusal, Row
from spatial_admin.reader.refusal import SourceUnreadableError

POINT: Final = struct.Struct("<BIdd")
LONGEST_FIELD: Final = 10_000
MOST_COLUMNS: Final = 200
SAMPLE: Final = 5
LOOKED_AT: Final = 50
DELIMITERS: Final = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar", " ": "space"}
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
# Names that surveyors and programs give to columns, without case, blanks and units.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "x": ("e", "east", "easting", "eastings", "x", "xcoord", "lon", "long", "lng", "longitude", "rechtswert", "este",
          "est", "ost", "utme", "coordx"),
    "y": ("n", "north", "northing", "northings", "y", "ycoord", "lat", "latitude", "hochwert", "norte", "nord", "utmn",
          "coordy"),
    "name": ("name", "point", "pointid", "pointname", "pointno", "pt", "ptid", "id", "nr", "no", "number", "label",
             "punkt", "punktnr", "station", "monument", "matricule", "fid"),
}  # fmt: skip
DEGREES: Final = frozenset({"lon", "long", "lng", "longitude", "lat", "latitude"})


@dataclass(slots=True)
class PointTable:
    """An opened table: `x`, `y` and `name` are numbers of columns; `name` may be missing."""

    path: Path
    encoding: str
    delimiter: str
    columns: list[str]
    has_header: bool
    x: int
    y: int
    name: int | None
    sample: list[list[str]]

    def described(self) -> dict[str, Any]:
        """What was found, for the person who looks at it."""
        return {
            "delimiter": self.delimiter,
            "columns": self.columns,
            "has_header": self.has_header,
            "x": self.columns[self.x],
            "y": self.columns[self.y],
            "name": None if self.name is None else self.columns[self.name],
            "sample": self.sample,
            "is_degrees": plain(self.columns[self.x]) in DEGREES or plain(self.columns[self.y]) in DEGREES,
        }


def open_table(path: Path, given: Mapping[str, str | None]) -> PointTable:
    """Find out, or be told by `given` (delimiter, and the names of the columns x, y, name).

    Raises SourceUnreadableError, which says what is missing.
    """
    csv.field_size_limit(LONGEST_FIELD)
    encoding = _encoding(path)
    delimiter = given.get("delimiter") or _delimiter(path, encoding)
    if delimiter not in DELIMITERS:
        raise SourceUnreadableError(f"The delimiter {delimiter!r} is none of {', '.join(DELIMITERS.values())}.")
    rows = list(islice(_rows(path, encoding, delimiter), LOOKED_AT))
    if not rows:
        raise SourceUnreadableError("The file holds no row of a table.")
    first = rows[0][1]
    has_header = sum(_number(value) is not None for value in first) < min(2, len(first))
    width = max(len(row) for _, row in rows)
    if width < 2 or width > MOST_COLUMNS:
        raise SourceUnreadableError(
            "The file is neither GeoJSON, GeoPackage nor a table of points: divided by "
            f"{DELIMITERS[delimiter]} its rows have {width} column{'s' if width > 1 else ''}."
        )
    columns = _named(first if has_header else [], width)
    body = [row for _, row in (rows[1:] if has_header else rows)]
    x, y, name = _chosen(columns, body, given)
    return PointTable(path, encoding, delimiter, columns, has_header, x, y, name, body[:SAMPLE])


def table_rows(table: PointTable) -> Iterator[Row]:
    """Every row; one without two numbers is refused singly."""
    for line, values in islice(_rows(table.path, table.encoding, table.delimiter), int(table.has_header), None):
        x, y = (_number(values[index]) if index < len(values) else None for index in (table.x, table.y))
        name = values[table.name].strip() if table.name is not None and table.name < len(values) else ""
        row = Row(line, properties=json.dumps({"name": name[:100]}).encode())
        if x is None or y is None:
            given = ", ".join(values[index] if index < len(values) else "nothing" for index in (table.x, table.y))
            row.refusal = Refusal("not_finite", f"{given[:80]} are not two numbers")
        else:
            row.wkb = POINT.pack(1, 1, x, y)
        yield row


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, else what Windows writes, which reads any bytes."""
    try:
        with path.open(encoding="utf-8-sig") as text:
            for _ in iter(lambda: text.read(1 << 16), ""):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(path: Path, encoding: str) -> str:
    """The sign that divides most rows into the same number of columns, two at least."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        lines = [
            line for line in islice((line.strip() for line in text), LOOKED_AT) if line and not line.startswith("#")
        ]

    def share(sign: str) -> float:
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return counts.count(usual) / len(counts) if usual else 0.0

    # A decimal comma divides as evenly as a delimiter; the signs that are none are looked at first.
    return max(DELIMITERS, key=share) if lines else ","


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their line numbers; empty ones and comments are left out."""
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        lines = (line for line in text if line.strip())
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=False)
        try:
            for found in reader:
                values = [value for value in found if value] if delimiter == " " else found
                if any(value.strip() for value in values) and not values[0].startswith("#"):
                    yield reader.line_num, values
        except csv.Error as error:
            raise SourceUnreadableError(f"The table cannot be read at row {reader.line_num}: {error}.") from error


def _named(header: Sequence[str], width: int) -> list[str]:
    """A name for each column, none twice."""
    names: list[str] = []
    for index in range(width):
        given = header[index].strip()[:60] if index < len(header) else ""
        name = given or f"Column {index + 1}"
        names.append(name if name not in names else f"{name} ({index + 1})")
    return names


def _chosen(columns: list[str], body: list[list[str]], given: Mapping[str, str | None]) -> tuple[int, int, int | None]:
    """Numbers of the columns of x, y and name: as told, else by their names, else the first two of numbers."""
    found = {what: _told(columns, given.get(what), what) for what in NAMES}
    for what, known in NAMES.items():
        if found[what] is None:
            found[what] = next((index for index, name in enumerate(columns) if plain(name) in known), None)
    numeric = [index for index in range(len(columns)) if _is_numeric(body, index) and index not in found.values()]
    # Of a bare table with three columns of numbers or more the first is the point's number.
    if found["x"] is None and found["y"] is None and found["name"] is None and len(numeric) > 2:
        found["name"] = numeric.pop(0)
    for what in ("x", "y"):
        if found[what] is None and numeric:
            found[what] = numeric.pop(0)
    x, y, name = found["x"], found["y"], found["name"]
    if x is None or y is None or x == y:
        raise SourceUnreadableError(
            f"Which columns hold east and north is not to be seen: the table has {', '.join(columns[:20])}."
        )
    if name is None:
        name = next(
            (index for index in range(len(columns)) if index not in (x, y) and not _is_numeric(body, index)), None
        )
    return x, y, name


def _told(columns: list[str], given: str | None, what: str) -> int | None:
    if not given:
        return None
    if given not in columns:
        raise SourceUnreadableError(
            f"The table has no column {given[:60]!r} ({what}); it has {', '.join(columns[:20])}."
        )
    return columns.index(given)


def plain(name: str) -> str:
    """A column's name without case, signs and unit: "E (m)" and "e_m" are "e"."""
    return re.sub(r"(?<=.)[\s_(\[]+(?:m|ft|deg)\W*$|[\W_]", "", name.lower())


def _is_numeric(body: list[list[str]], index: int) -> bool:
    values = [row[index] for row in body if index < len(row) and row[index].strip()]
    return bool(values) and all(_number(value) is not None for value in values)


def _number(text: str) -> float | None:
    """A finite number with a decimal point or comma; spaces within it are of thousands."""
    shown = re.sub(r"(?<=\d)[\u0020\u00a0\u2009\u202f'](?=\d{3}(?:\D|$))", "", text.strip()).replace("\u2212", "-")
    if DECIMAL_COMMA.fullmatch(shown):
        shown = shown.replace(",", ".")
    if len(shown) > 60 or not NUMBER.fullmatch(shown):
        return None
    value = float(shown)
    return value if math.isfinite(value) else None
