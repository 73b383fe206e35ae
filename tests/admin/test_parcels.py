"""The list of parcels: any page, one drawing a row, the same few statements however many rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from spatial_admin.services.exporting.export_formats import FORMATS
from tests.admin.conftest import Site
from tests.admin.fabric import insert

ZONED = text("""
WITH made AS (
  INSERT INTO zoning_district (code, name, geom)
  SELECT code, code, (SELECT geom FROM parcel WHERE parcel_id = '1')
  FROM unnest(ARRAY['C2', 'R9', 'R9']) AS code RETURNING id, code)
INSERT INTO parcel_zoning (parcel, district, share)
SELECT p.id, made.id, CASE code WHEN 'C2' THEN 0.4 ELSE 0.3 END FROM parcel AS p, made
WHERE p.parcel_id = '1' OR (p.parcel_id = '2' AND code = 'C2')
ON CONFLICT (parcel, district) DO UPDATE SET share = excluded.share
""")
LINK = re.compile(r'<td [^>]*class="col-parcel-id"><a href="[^"]*">([^<]+)</a>')


def listed(html: str) -> list[str]:
    return LINK.findall(html)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SELECTs of everything that runs inside."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def many(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, number, level, kind, geom) "
                "SELECT 'p' || lpad(n::text, 4, '0'), n::text, 'units', 'unit', "
                "ST_Multi(ST_MakeEnvelope(n * 0.01, 10, n * 0.01 + 0.005, 10.005, 4326)) "
                "FROM generate_series(1, :count) AS n"
            ),
            {"count": count},
        )


def test_list_shows_current_parcels_with_drawing_and_area(site: Site) -> None:
    html = site.viewer.get("/admin/parcel/").text
    assert listed(html) == [str(number) for number in range(1, 10)]
    assert html.count('<svg class="thumbnail"') == 9
    assert "5 Mill Lane" in html


def test_the_list_names_the_zoning_districts_of_each_parcel_the_largest_share_first(
    viewer: FlaskClient, block: Engine
) -> None:
    with block.begin() as connection:
        connection.execute(ZONED)
    html = viewer.get("/admin/parcel/").text
    cells = re.findall(r'<td data-label="Zoning" class="col-zoning">(.*?)</td>', html)
    assert cells[:2] == ["R9, C2", "C2"], "two districts of one code are one"
    assert "R9" not in cells[2]


def test_statements_do_not_grow_with_rows_and_none_counts_the_table(viewer: FlaskClient, engine: Engine) -> None:
    many(engine, 2)
    viewer.get("/admin/parcel/")  # the first request also reads the deployment's constants
    with statements() as few:
        assert viewer.get("/admin/parcel/").text.count("thumbnail") == 2
    many_more = 60
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, level, kind, geom) SELECT 'q' || n, 'units', 'unit', "
                "ST_Multi(ST_MakeEnvelope(n * 0.01, 20, n * 0.01 + 0.005, 20.005, 4326)) "
                "FROM generate_series(1, :n) AS n"
            ),
            {"n": many_more},
        )
    with statements() as more:
        assert viewer.get("/admin/parcel/").text.count("thumbnail") == 50
    assert len(few) == len(more)
    counting = [statement for statement in more if "count(" in statement.lower()]
    assert all("LIMIT" in statement.split("FROM (SELECT")[1] for statement in counting), "only of a bounded part"


def test_list_never_reads_the_whole_geometry(site: Site) -> None:
    with statements() as seen:
        site.viewer.get("/admin/parcel/")
    assert not [statement for statement in seen if "ST_AsEWKB" in statement]


def test_pages_visit_every_parcel_once_forwards_and_backwards(viewer: FlaskClient, engine: Engine) -> None:
    many(engine, 120)
    wanted = [f"p{number:04d}" for number in range(1, 121)]
    html = viewer.get("/admin/parcel/").text
    found = listed(html)
    while following := re.search(r'rel="next" href="([^"]+)"', html):
        html = viewer.get(following.group(1).replace("&amp;", "&")).text
        found += listed(html)
    assert found == wanted
    html = viewer.get("/admin/parcel/?end=1").text
    backwards = listed(html)
    while before := re.search(r'rel="prev" href="([^"]+)"', html):
        html = viewer.get(before.group(1).replace("&amp;", "&")).text
        backwards = listed(html) + backwards
    assert backwards == wanted


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("5", ["5"]),  # by id and number
        ("5/4", ["5"]),  # a number with a slash
        ("MILL", [str(n) for n in range(1, 10)]),  # by address, any case
        ("mill 7", ["7"]),  # every word
        ("%", []),  # no pattern of the searcher's own
        ("_ill", []),
        ("\\", []),
        ("nothing", []),
    ],
)
def test_search_looks_in_id_number_and_address(site: Site, search: str, found: list[str]) -> None:
    assert listed(site.viewer.get("/admin/parcel/", query_string={"search": search}).text) == found


def test_search_uses_the_trigram_index(engine: Engine, owner_engine: Engine) -> None:
    many(engine, 300)
    with owner_engine.begin() as connection:
        connection.execute(text("ANALYZE parcel"))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # so few rows are read faster without any index
        plan = connection.execute(
            text("EXPLAIN SELECT * FROM parcel WHERE search_text(parcel_id, number, address) LIKE '%p0042%'")
        ).scalars()
        assert "Index Scan on ix__parcel__search" in "\n".join(plan)


def test_search_and_facets_stay_while_paging(viewer: FlaskClient, engine: Engine) -> None:
    many(engine, 60)
    html = viewer.get("/admin/parcel/?search=p&kind=unit&level=units").text
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following
    assert {"search=p", "kind=unit", "level=units"} <= set(following.group(1).split("?")[1].split("&amp;"))


def test_list_links_to_files_of_its_level_and_box(viewer: FlaskClient, block: Engine) -> None:
    page = viewer.get("/admin/parcel/?level=parcels&bbox=2.3,48.6,2.4,48.7&kind=lot")
    assert page.status_code == 200
    links = [unescape(link) for link in re.findall(r'href="(/export/[^"]+)"', page.text)]
    assert {link.partition("?")[0].removeprefix("/export/parcels.") for link in links} == set(FORMATS)
    assert {link.partition("?")[2] for link in links} == {"bbox=2.3,48.6,2.4,48.7&level=parcels"}
    assert viewer.get(links[0]).status_code == 200
    assert "/export/" not in viewer.get("/admin/edit/").text


def test_retired_parcels_are_listed_when_asked_for(viewer: FlaskClient, block: Engine) -> None:
    with block.begin() as connection:
        connection.execute(text("UPDATE parcel SET end_lifespan_version = now() WHERE parcel_id = '4'"))
    assert "4" not in listed(viewer.get("/admin/parcel/").text)
    assert listed(viewer.get("/admin/parcel/?state=retired").text) == ["4"]
    assert len(listed(viewer.get("/admin/parcel/?state=any").text)) == 9
    form = viewer.get("/admin/parcel/edit/?id=4")
    assert form.status_code == 200
    assert "Save edit" not in form.text


def test_drawing_of_a_huge_parcel_is_small(viewer: FlaskClient, engine: Engine) -> None:
    count = 20_000
    star = [
        (
            10 + 0.01 * (1 + 0.3 * (i % 2)) * math.cos(2 * math.pi * i / count),
            40 + 0.01 * (1 + 0.3 * (i % 2)) * math.sin(2 * math.pi * i / count),
        )
        for i in range(count)
    ]
    points = ", ".join(f"{x!r} {y!r}" for x, y in [*star, star[0]])
    with engine.begin() as connection:
        insert(connection, "huge", f"MULTIPOLYGON((({points})))")
    html = viewer.get("/admin/parcel/").text
    drawing = html[html.index("<svg") : html.index("</svg>")]
    assert len(drawing) < 3000


def test_parcel_id_with_slash_and_quotes_has_a_form(viewer: FlaskClient, engine: Engine) -> None:
    name = "123/4 \"a\" & 'b' ?#"
    with engine.begin() as connection:
        insert(connection, name, "MULTIPOLYGON(((1 1, 1.001 1, 1.001 1.001, 1 1)))")
    html = viewer.get("/admin/parcel/").text
    url = re.search(r'<td [^>]*class="col-parcel-id"><a href="([^"]+)"', html)
    assert url
    answer = viewer.get(unescape(url.group(1)))
    assert answer.status_code == 200
    assert "123/4" in answer.text


def test_the_form_names_what_a_parcel_came_out_of_and_became(viewer: FlaskClient, block: Engine) -> None:
    steps = "('1', 1, '2', 1, 'split'), ('2', 2, '3', 1, 'merge')"
    with block.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) "
                f"SELECT p, pv, c, cv, (SELECT min(id) FROM edit), k FROM (VALUES {steps}) AS v (p, pv, c, cv, k)"
            )
        )
    html = viewer.get("/admin/parcel/edit/?id=2").text
    first, second = re.findall(r'<p class="kin">(.*?)</p>', html)
    assert "Came out of" in first
    assert re.search(r'\?id=1">1/4</a> \(<a href="[^"]*/edit/details/\?id=\d+">split in edit \d+</a>\)', first)
    assert "Became" in second
    assert '?id=3">3/4</a>' in second
    assert 'class="kin"' not in viewer.get("/admin/parcel/edit/?id=9").text
