"""Every list of the admin and of the API: the same few statements for ten rows and for a hundred, and no geometry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from spatial_admin.factory import create_app
from tests.accounts import make_people
from tests.admin.conftest import browser
from tests.admin.test_parcels import listed, statements
from tests.conftest import dispose, settings_over
from tests.county import COLUMNS, SOUTH, STEP, WEST, fill_county
from tests.database import TestCluster, name_of

PAGES = [
    "/admin/parcel/?state=any", "/admin/parcel/?search=street", "/admin/parcel/?sort=2&desc=1",
    f"/admin/parcel/?bbox={WEST},{SOUTH},{WEST + 1},{SOUTH + 1}", "/admin/version/", "/admin/edit/", "/admin/finding/",
    "/admin/finding/?status=any&sort=2", "/admin/record/?sort=6", "/admin/staged_parcel/?decision=any", "/admin/job/",
    "/admin/account/", "/admin/zoning_district/", "/admin/import_batch/", "/admin/level/",
]  # fmt: skip
LISTS = [
    "/api/parcels?q=street", f"/api/parcels?bbox={WEST},{SOUTH},{WEST + 1},{SOUTH + 1}",
    f"/api/parcels?near={WEST},{SOUTH}&within_m=50000", "/api/findings?status=open", "/api/records", "/api/jobs",
]  # fmt: skip


@pytest.fixture(scope="module")
def app(cluster: TestCluster, module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fill_county(cluster, name_of(module_database_url), 3_000)
    home: Path = tmp_path_factory.mktemp("home")
    app = create_app(settings_over(module_database_url, cluster, home))
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def administrator(app: Flask) -> FlaskClient:
    with app.app_context():
        people = make_people()
    client = browser(app, people, "administrator")
    client.get("/admin/parcel/")  # the first request also reads the deployment's constants
    return client


def rows_of(html: str) -> int:
    return html.split("<tbody>")[1].count("<tr>")


@pytest.mark.parametrize("path", PAGES)
def test_statements_of_a_page_do_not_grow_with_its_rows(
    path: str, administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, rows = [], []
    for size in (10, 100):
        monkeypatch.setattr("spatial_admin.admin.base_view.SiteView.page_size", size)
        with statements() as seen:
            answer = administrator.get(path)
        assert answer.status_code == 200
        counts.append(len(seen))
        rows.append(rows_of(answer.text))
        assert not [one for one in seen if re.search(r"ST_AsEWKB|ST_AsBinary", one)], "a list fetches no geometry"
        assert not [one for one in seen if re.search(r"count\(\*\) AS|OFFSET %", one)]
    # Where all rows are on one page nobody is asked how many there are about.
    assert counts[0] == counts[1] or (counts[1] == counts[0] - 1 and rows[1] <= 100)
    assert rows[0] in (rows[1], 10)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        pytest.param("/admin/parcel/", 4, id="estimate, keys, rows with their drawings, home of the map"),
        pytest.param("/admin/parcel/?search=17/1", 5, id="best matches, estimate and keys of the others, rows, home"),
        pytest.param("/admin/parcel/?search=p-0000017", 5, id="one parcel, and what else holds the words"),
        pytest.param("/admin/parcel/?search=p", 4, id="a page of what begins so"),
    ],
)
def test_a_page_of_parcels_is_a_few_round_trips(path: str, most: int, administrator: FlaskClient) -> None:
    with statements() as seen:
        assert administrator.get(path).status_code == 200
    first = next(n for n, one in enumerate(seen) if "jit = off" in one)
    assert len(seen) - first - 1 <= most, seen[first:]


@pytest.mark.parametrize("path", LISTS)
def test_statements_of_an_answer_do_not_grow_with_its_rows(path: str, administrator: FlaskClient) -> None:
    counts = []
    for size in (10, 100):
        with statements() as seen:
            answer = administrator.get(f"{path}{'&' if '?' in path else '?'}limit={size}")
        assert answer.status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


def test_a_box_goes_with_search_and_facets_and_stays_while_paging(administrator: FlaskClient) -> None:
    box = f"{WEST},{SOUTH},{WEST + 100.5 * STEP},{SOUTH + 0.5 * STEP}"
    html = administrator.get("/admin/parcel/", query_string={"bbox": box, "kind": "lot"}).text
    names = listed(html)
    assert len(names) == 50
    assert all(int(name[2:]) <= 100 for name in names)
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following
    assert "bbox=" in following.group(1)
    more = listed(administrator.get(following.group(1).replace("&amp;", "&")).text)
    assert not set(more) & set(names)
    assert all(int(name[2:]) <= 100 for name in more)
    found = listed(administrator.get("/admin/parcel/", query_string={"bbox": box, "search": "zinnia"}).text)
    assert found == ["P-0000001"]
    assert "Nothing matches" in administrator.get("/admin/parcel/?bbox=-10,-10,-9,-9").text


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "3,1,2,2", "1,1,2,99", "1e999,0,1,1", "%00", "1,1,2,2,3"])
def test_a_box_that_is_none_is_a_clear_refusal(box: str, administrator: FlaskClient) -> None:
    answer = administrator.get(f"/admin/parcel/?bbox={box}")
    assert answer.status_code == 400
    assert "bbox" in answer.text


def test_a_polygon_finds_what_meets_it_and_not_what_its_envelope_meets(administrator: FlaskClient) -> None:
    # A triangle over the lower left half of four by four lots.
    corners = [(0.5, 0.5), (3.4, 0.5), (0.5, 3.4)]
    polygon = ";".join(f"{WEST + x * STEP},{SOUTH + y * STEP}" for x, y in corners)
    html = administrator.get("/admin/parcel/", query_string={"polygon": polygon, "state": "any"}).text
    cells = [(x, y) for x in range(4) for y in range(4) if x + y <= 3]
    assert set(listed(html)) == {f"P-{x + COLUMNS * y:07d}" for x, y in cells} - {"P-0000000"}
    assert "Within a polygon" in html
    assert "Nothing matches" in administrator.get("/admin/parcel/?polygon=-10,-10;-9,-10;-9,-9").text


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ("1,1;2,2", "at least 3 different corners"),
        ("1,1;2,2;1,1;2,2", "at least 3 different corners"),
        ("1,1;2,2;3", "2 finite numbers"),
        ("0,0;2,2;2,0;0,2", "must not cross"),
        ("0,0;1,1;2,2", "must not cross"),
        ("0,0;1,1;2,99", "latitude from -90 to 90"),
        (";".join(f"{x},0" for x in range(201)), "at most 200 pairs"),
    ],
)
def test_a_polygon_that_is_none_is_a_clear_refusal(polygon: str, words: str, administrator: FlaskClient) -> None:
    answer = administrator.get("/admin/parcel/", query_string={"polygon": polygon})
    assert answer.status_code == 400
    assert words in answer.text


def test_a_list_can_be_sorted_only_by_what_has_an_index(administrator: FlaskClient) -> None:
    html = administrator.get("/admin/parcel/?sort=2").text
    assert html.count("aria-sort") == 1
    assert re.search(r'<th scope="col" class="col-number" aria-sort="ascending">', html)
    assert 'class="col-address">Address' in html, "no link where there is no index"
    assert administrator.get("/admin/parcel/?sort=5").text.count("aria-sort") == 1, "as it is by default"
    assert "aria-sort" not in administrator.get("/admin/parcel/?search=street&sort=2").text, "the best match is first"


def test_how_many_rows_there_are_is_said(administrator: FlaskClient) -> None:
    assert re.search(
        r'title="As the database estimates it">about 3\u202f000<', administrator.get("/admin/parcel/?state=any").text
    )
    assert re.search(r'class="chip total">6<', administrator.get("/admin/parcel/?state=retired").text)


def test_a_search_of_one_letter_says_what_to_type(administrator: FlaskClient) -> None:
    assert "Type at least 3 letters of a word." in administrator.get("/admin/edit/?search=x").text
    found = administrator.get("/admin/staged_parcel/?search=self-intersection at 700").text
    assert rows_of(found) == 1


def test_findings_are_found_by_a_number_and_ordered_by_measure(administrator: FlaskClient) -> None:
    html = administrator.get("/admin/finding/?sort=2&desc=1&status=any").text
    texts = re.findall(r'col-measure"><span class="figure">([\d.\u202f]+) (?:m²|m|parcels)<', html)
    measures = [float(one.replace("\u202f", "")) for one in texts]
    assert len(measures) == 50
    assert measures == sorted(measures, reverse=True)
    assert rows_of(administrator.get("/admin/finding/?search=1/1&status=any").text) >= 1
