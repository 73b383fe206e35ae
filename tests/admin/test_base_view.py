"""What Flask-Admin gets wrong by itself: who may enter, odd URLs, deleting, exporting, markup in texts."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.accounts import csrf_token_of
from tests.admin.conftest import Site

VIEWS = ["parcel", "version", "zoning_district", "level", "edit", "finding", "import_batch", "staged_parcel", "job"]
ALL_VIEWS = [*VIEWS, "record", "account"]
ODD_ARGUMENTS = [
    "page=99999999999999999999",
    "page=-1",
    "page=abc",
    "search=%00",
    "search=%25%5C_",
    "search=" + "x" * 5000,
    "sort=999&desc=1",
    "sort=-1",
    "page_size=-5",
    "page_size=100000000",
    "state=%00&kind=nonsense&status=x&rule=%00",
    "flt0_0=%00",
    "parcel=%00&batch=99999999999999999999",
]
# A cursor that is none, two places at once, one of another order, a box that is none.
HOSTILE_PLACES = [
    "after=%00",
    "before=abc",
    "after=" + "A" * 5000,
    "after=WyJwYXJjZWxfaWQiLCJ4IiwiMTsgRFJPUCBUQUJMRSBwYXJjZWwiXQ",  # ["parcel_id","x","1; DROP TABLE parcel"]
    "after=WyJpZCIsMWU5OTld",  # ["id",1e999]
    "after=WyJpZCIsOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTld",  # a number no bigint holds
    "after=W1tbW1tbW1tbW1tbW1tbW1tbW1tbXV1dXV1dXV1dXV1dXV1dXV1dXV0",
    "after=WyItaWQiLDFd&before=WyItaWQiLDFd",
]
ODD_IDS = ["abc", "-1", "0", "99999999999999999999", "%00", "1,2", "", "１"]


@pytest.mark.parametrize("view", VIEWS)
def test_viewer_reads_every_list(site: Site, view: str) -> None:
    assert site.viewer.get(f"/admin/{view}/").status_code == 200


def test_the_menu_is_that_of_whoever_looks_and_marks_the_page(site: Site) -> None:
    seen = {}
    for role in ("administrator", "viewer", "administrator"):  # one process, so what is kept for one is not the other's
        for path, marked in (("/admin/parcel/", "Parcels"), ("/admin/edit/", "Edits")):
            page = getattr(site, role).get(path).text
            menu = page[page.index('class="site-nav"') : page.index("</nav>", page.index('class="site-nav"'))]
            assert re.findall(r'aria-current="page">(?:<svg.*?</svg>)?([^<]+)<', menu) == [marked]
            seen[role] = re.findall(r">([^<>]+)</a>", menu)
    assert set(seen["administrator"]) - set(seen["viewer"]) == {"Accounts", "Database", "Rules", "Waiting", "Four eyes"}


def test_accounts_are_for_administrators(site: Site) -> None:
    assert site.viewer.get("/admin/account/").status_code == 403
    assert site.editor.get("/admin/account/new/").status_code == 403
    assert site.administrator.get("/admin/account/").status_code == 200


def test_menu_offers_only_what_may_be_opened(site: Site) -> None:
    assert "/admin/account/" not in site.viewer.get("/admin/").text
    assert "/admin/account/" in site.administrator.get("/admin/").text


@pytest.mark.parametrize("view", ALL_VIEWS)
def test_odd_arguments_never_break_a_list(site: Site, view: str) -> None:
    for query in ODD_ARGUMENTS:
        assert site.administrator.get(f"/admin/{view}/?{query}").status_code == 200, query


@pytest.mark.parametrize("view", ALL_VIEWS)
def test_a_place_that_is_none_is_a_clear_refusal(site: Site, view: str) -> None:
    for query in HOSTILE_PLACES:
        answer = site.administrator.get(f"/admin/{view}/?{query}")
        assert answer.status_code == 400, query
        assert "after" in answer.text or "before" in answer.text, query


@pytest.mark.parametrize("view", ALL_VIEWS)
def test_odd_ids_are_not_found_or_lead_back(site: Site, view: str) -> None:
    for page in ("details", "edit"):
        for id_ in ODD_IDS:
            answer = site.administrator.get(f"/admin/{view}/{page}/?id={id_}")
            assert answer.status_code in (302, 404), (page, id_)
            assert answer.status_code == 404 or answer.location.startswith(f"/admin/{view}/")


@pytest.mark.parametrize("view", ALL_VIEWS)
def test_nothing_is_deleted_anywhere(site: Site, view: str) -> None:
    tables = ("parcel", "account", "level", "edit", "parcel_version")
    token = csrf_token_of(site.administrator.get("/admin/").text)
    form = {"csrf_token": token, "id": "1", "action": "delete", "rowid": "1"}
    with site.engine.connect() as connection:
        before = [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]
    for path in ("delete/", "action/", "ajax/update/"):
        site.administrator.post(f"/admin/{view}/{path}", data=form)
    with site.engine.connect() as connection:
        after = [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]
    assert after == before
    assert all(before)


@pytest.mark.parametrize("view", ALL_VIEWS)
def test_nothing_is_exported_as_csv(site: Site, view: str) -> None:
    assert site.administrator.get(f"/admin/{view}/export/csv/").status_code == 302, "cells could begin with =HYPERLINK("


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_but_accounts_is_created(site: Site, view: str) -> None:
    if view == "import_batch":  # its page takes a file, which goes to the API
        assert site.administrator.get(f"/admin/{view}/new/").status_code == 200
        assert site.editor.get(f"/admin/{view}/new/").status_code == 403
    else:
        assert site.administrator.get(f"/admin/{view}/new/").status_code == 302


def test_text_of_a_row_is_never_markup(viewer: FlaskClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (parcel_id, number, level, kind, address, geom) VALUES "
                "('<b>1</b>', '<i>n</i>', 'parcels', 'lot', '<script>alert(1)</script>', "
                "'SRID=4326;MULTIPOLYGON(((1 1, 1.001 1, 1.001 1.001, 1 1)))')"
            )
        )
    html = viewer.get("/admin/parcel/").text
    assert "<b>1</b>" not in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_overview_and_findings_tell_what_is_open_and_whose(viewer: FlaskClient, block: Engine) -> None:
    with block.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO finding (rule, fingerprint, parcels, measure, severity) "
                "SELECT 'overlap', 'overlap:1', ARRAY[min(id), max(id)], 2.5, 'error' FROM parcel"
            )
        )
    html = viewer.get("/admin/").text
    assert "direct SQL by" in html
    assert 'value="1"' in html
    findings = viewer.get("/admin/finding/").text
    assert ">1/4</a> / <a" in findings
    assert ">9/4</a>" in findings
    assert "2.50" in findings
    assert "Nothing matches" in viewer.get("/admin/finding/?status=fixed").text
    assert "2.50" in viewer.get("/admin/finding/?severity=error&status=any").text
    assert "Nothing matches" in viewer.get("/admin/finding/?severity=warning").text
    assert ">1/4</a>" in viewer.get("/admin/finding/?search=9/4").text, "by the number of one of its parcels"
    assert "Nothing matches" in viewer.get("/admin/finding/?search=5/4").text


def test_the_overview_groups_the_figures_of_large_imports(viewer: FlaskClient, block: Engine) -> None:
    with block.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO import_batch (file_name, sha256, options, source_crs, state, features, admitted, quarantined) "
                "VALUES ('county.gpkg', '', '{}', 'EPSG:4326', 'done', 1026103, 1024000, 2103)"
            )
        )
    cells = re.findall(
        r'<td class="n" data-label="\w+">([^<]*)</td>', viewer.get("/admin/").text.split("county.gpkg")[1]
    )
    assert cells[:3] == ["1\u202f026\u202f103", "1\u202f024\u202f000", "2\u202f103"]


def test_edit_lists_the_parcels_it_changed(viewer: FlaskClient, block: Engine) -> None:
    with block.connect() as connection:
        number = connection.execute(text("SELECT max(id) FROM edit")).scalar()
    html = viewer.get(f"/admin/edit/details/?id={number}").text
    assert html.count("<tr>") == 1 + 9
    assert "/admin/parcel/edit/?id=7" in html
