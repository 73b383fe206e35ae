"""Tables of survey points: what stands between the columns, which columns hold what, and which rows are no points."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from spatial_admin.reader.csv_points import open_table, plain, table_rows
from spatial_admin.reader.refusal import SourceUnreadableError

Points = list[tuple[str, float, float]]


def read(tmp_path: Path, content: str | bytes, **given: str) -> tuple[dict[str, object], Points, list[str]]:
    """What was found, the points, and why rows are none."""
    path = tmp_path / "points"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    table = open_table(path, given)
    points: Points = []
    reasons = []
    for row in table_rows(table):
        if row.wkb is None:
            assert row.refusal is not None
            reasons.append(f"{row.number}: {row.refusal.reason}")
        else:
            points.append((json.loads(row.properties or b"")["name"], *struct.unpack("<dd", row.wkb[5:])))
    return table.described(), points, reasons


P1: Points = [("P1", 649780.38, 6842403.04), ("P2", 649790.0, 6842410.5)]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        pytest.param("name,E,N\nP1,649780.38,6842403.04\nP2,649790,6842410.5\n", ",", id="commas"),
        pytest.param("Point;Easting (m);Northing (m)\nP1;649780,38;6842403,04\nP2;649790;6842410,5\n", ";", id="decimal commas"),
        pytest.param("pt\tx\ty\nP1\t649 780.38\t6 842 403.04\nP2\t649790\t6842410.5\n", "\t", id="tabs, thousands apart"),
        pytest.param("# survey 118\n\nid|northing|easting\nP1|6842403.04|649780.38\nP2|6842410.5|649790\n", "|", id="north first, a comment"),
        pytest.param("P1  649780.38  6842403.04\nP2  649790  6842410.5\n", " ", id="blanks, no header"),
        pytest.param("\ufeffnumber,code,e,n,h\r\nP1,fence,649780.38,6842403.04,35.2\r\nP2,fence,649790,6842410.5,35.1\r\n", ",", id="byte order mark"),
        pytest.param('name,e,n\n"P1",649780.38,6842403.04\n"P2",649790,6842410.5\n', ",", id="quoted"),
    ],
)  # fmt: skip
def test_columns_are_found_whatever_stands_between_them(tmp_path: Path, content: str, delimiter: str) -> None:
    described, points, reasons = read(tmp_path, content)
    assert described["delimiter"] == delimiter
    assert (points, reasons) == (P1, [])


def test_of_a_bare_table_the_first_column_is_the_name_and_what_was_chosen_is_told(tmp_path: Path) -> None:
    described, points, _ = read(tmp_path, "12,649780.38,6842403.04,35\n13,649790,6842410.5,35\n")
    assert [described[name] for name in ("name", "x", "y", "has_header")] == ["Column 1", "Column 2", "Column 3", False]
    assert [name for name, _, _ in points] == ["12", "13"]
    _, swapped, _ = read(tmp_path, "12,6842403.04,649780.38\n", x="Column 3", y="Column 2", name="Column 1")
    assert swapped == [("12", 649780.38, 6842403.04)]


def test_degrees_are_told_by_their_columns(tmp_path: Path) -> None:
    described, points, _ = read(tmp_path, "Longitude,Latitude,label\n2.3101,48.6902,M1\n")
    assert (described["is_degrees"], points) == (True, [("M1", 2.3101, 48.6902)])
    assert read(tmp_path, "e,n\n1,2\n")[0]["is_degrees"] is False


def test_rows_that_are_no_points_are_refused_singly_with_their_line(tmp_path: Path) -> None:
    content = "name,e,n\nP1,649780.38,6842403.04\nP2,,6842403\nP3,nan,1\nP4\nP5,1e999,2\nP6,0x10,2\n"
    _, points, reasons = read(tmp_path, content)
    assert [name for name, _, _ in points] == ["P1"]
    assert [reason.split(":")[0] for reason in reasons] == ["3", "4", "5", "6", "7"]
    assert reasons[1] == "4: nan, 1 are not two numbers"


def test_text_of_windows_is_read(tmp_path: Path) -> None:
    _, points, _ = read(tmp_path, "nom;e;n\nÉcole;1;2\n".encode("cp1252"), name="nom")
    assert points == [("École", 1.0, 2.0)]


@pytest.mark.parametrize(
    ("content", "given", "words"),
    [
        pytest.param("no table at all\n", {}, "which columns", id="words"),
        pytest.param("one\ntwo\n", {}, "1 column", id="one column"),
        pytest.param("#\n#\n", {}, "no row", id="comments alone"),
        pytest.param("name,e,n\nP,1,2\n", {"x": "east"}, "no column 'east' (x); it has name, e, n", id="a column that is not there"),
        pytest.param("name,e,n\nP,1,2\n", {"delimiter": "x"}, "is none of semicolon", id="no delimiter"),
        pytest.param("name,e,n\nP," + "1" * 20_000 + ",2\n", {}, "cannot be read at row", id="an endless field"),
        pytest.param("a,b\nc,d\n", {}, "not to be seen: the table has a, b", id="no numbers"),
        pytest.param(",".join(["1"] * 400), {}, "400 columns", id="too many columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_points_says_why(tmp_path: Path, content: str, given: dict[str, str], words: str) -> None:
    with pytest.raises(SourceUnreadableError) as refused:
        read(tmp_path, content, **given)
    assert words.lower() in str(refused.value).lower()


def test_names_of_columns_are_compared_without_case_signs_and_units() -> None:
    assert [plain(name) for name in ("E (m)", "e_m", "Point ID", "Long.", "N [m]")] == [
        "e",
        "e",
        "pointid",
        "long",
        "n",
    ]
