"""Review in the site: findings are narrowed, chosen, taken, accepted, opened again, and the overview counts them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from spatial_admin.services.parcels.analyse_coverage import KEY as ANALYSIS
from tests.accounts import People
from tests.admin.conftest import browser as signed_in
from tests.browser_fixtures import sign_in_by_form

LIST = "/admin/finding/"
INSERT = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, opened_at) "
    "SELECT rule, 'f:' || n, ARRAY[n, n + 1], ST_Expand((SELECT ST_Centroid(geom) FROM parcel WHERE id = n), 0.00001), "
    "n, 'error', clock_timestamp() - n * interval '9 days' FROM (VALUES (1, 'overlap'), (2, 'gap'), (3, 'overlap')) AS v (n, rule)"
)


@pytest.fixture
def findings(block: Engine) -> Engine:
    with block.begin() as connection:
        connection.execute(INSERT)
        connection.execute(text("INSERT INTO finding_event (finding, what) SELECT id, 'opened' FROM finding"))
    return block


@pytest.fixture
def reviewer(app: Flask, accounts: People, findings: Engine) -> FlaskClient:
    return signed_in(app, accounts, "reviewer")


def token_of(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found
    return found[1]


def shown(client: FlaskClient, query: str) -> list[int]:
    return [
        int(one)
        for one in re.findall(r'class="rule rule-[a-z]+" href="[^"]*id=(\d+)"', client.get(f"{LIST}?{query}").text)
    ]


def states(engine: Engine) -> list[tuple[str, str | None]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT status, reason FROM finding ORDER BY id"))]


def test_chosen_findings_are_taken_accepted_with_a_reason_and_opened_again(
    reviewer: FlaskClient, findings: Engine, accounts: People
) -> None:
    html = reviewer.get(f"{LIST}?rule=overlap").text
    assert re.findall(r'name="rowid" value="(\d+)"', html) == ["3", "1"]
    common = {"csrf_token": token_of(html), "url": f"{LIST}?rule=overlap"}
    taken = reviewer.post(
        f"{LIST}action/", data={**common, "action": "take", "rowid": ["1", "3"]}, follow_redirects=True
    )
    assert "2 findings are assigned." in taken.text
    assert shown(reviewer, "assignee=me") == [3, 1]
    assert shown(reviewer, "assignee=none") == [2]
    # Accepting asks why, and asks again where nothing was said.
    asks = reviewer.post(f"{LIST}action/", data={**common, "action": "accept", "rowid": ["1", "3"]})
    assert asks.status_code == 200
    assert "Accept as lawful: 2 findings" in asks.text
    step = {**common, "rowid": ["1", "3"]}
    again = reviewer.post(f"{LIST}step/accept/", data={**step, "reason": " "})
    assert (again.status_code, "Say why." in again.text) == (422, True)
    past = reviewer.post(f"{LIST}step/accept/", data={**step, "reason": "eaves", "until": "2020-01-01"})
    assert (past.status_code, "lies in the past" in past.text, "eaves</textarea>" in past.text) == (422, True, True)
    unknown = reviewer.post(f"{LIST}step/accept/", data={**step, "reason": "eaves", "record_id": "4711"})
    assert (unknown.status_code, "There is no record 4711" in unknown.text) == (422, True)
    done = reviewer.post(f"{LIST}step/accept/", data={**step, "reason": "eaves", "until": "2099-01-01"})
    assert (done.status_code, done.location) == (303, f"{LIST}?rule=overlap")
    assert states(findings) == [("accepted", "eaves"), ("open", None), ("accepted", "eaves")]
    listed = re.sub(r"<[^>]+>", "", reviewer.get(f"{LIST}?status=accepted").text)
    assert "accepted to 2099-01-01" in listed, "the day that was given, whose end is a moment of the next"
    back = reviewer.post(
        f"{LIST}step/reopen/", data={**step, "rowid": ["1"], "reason": "no eaves"}, follow_redirects=True
    )
    assert "Finding 1 is open again." in back.text
    assert states(findings)[0] == ("open", None)
    page = reviewer.get(f"{LIST}details/?id=1").text
    for words in ("accepted by", "eaves", "no eaves", "assigned to", accounts.reviewer.email, 'id="finding-map"'):
        assert words in page, words
    marked = reviewer.post(
        f"{LIST}step/dispute/", data={**step, "rowid": ["1"], "reason": "the fence"}, follow_redirects=True
    )
    assert "Finding 1 is marked as disputed." in marked.text
    disputes = reviewer.get("/admin/dispute/").text
    assert "the fence" in disputes
    end = {"csrf_token": token_of(reviewer.get("/admin/dispute/details/?id=1").text), "reason": "agreed"}
    assert "the dispute goes on" in reviewer.post(
        "/admin/dispute/end/?id=1", data={**end, "reason": " "}, follow_redirects=True
    ).text  # fmt: skip
    assert "open, disputed" in re.sub(r"<[^>]+>", "", reviewer.get(LIST).text)
    ended = reviewer.post("/admin/dispute/end/?id=1", data=end, follow_redirects=True).text
    assert "Dispute 1 has ended." in ended
    assert "open, disputed" not in re.sub(r"<[^>]+>", "", reviewer.get(LIST).text)


def test_the_list_is_narrowed_by_age_import_box_and_polygon(reviewer: FlaskClient, findings: Engine) -> None:
    assert shown(reviewer, "age=over-7") == [3, 2, 1]
    assert shown(reviewer, "age=over-90") == []
    assert shown(reviewer, "age=7") == []
    with findings.begin() as connection:
        box = connection.execute(text(
            "SELECT ST_XMin(b) || ',' || ST_YMin(b) || ',' || ST_XMax(b) || ',' || ST_YMax(b), "
            "(SELECT string_agg(ST_X(geom) || ',' || ST_Y(geom), ';') FROM ST_DumpPoints(b) WHERE path[2] < 5) "
            "FROM (SELECT ST_Transform(ST_Expand(place, 0.00001), 4326) AS b FROM finding WHERE id = 2) AS place"
        )).one()  # fmt: skip
        connection.execute(text(
            "INSERT INTO import_batch (file_name, sha256, options, source_crs, edit_id, findings) "
            "SELECT 'lots.shp', '', '{}', '', max(id), 1 FROM edit"
        ))  # fmt: skip
        batch = connection.execute(text("SELECT max(id) FROM import_batch")).scalar_one()
        connection.execute(text("UPDATE finding SET opened_by = (SELECT max(edit_id) FROM import_batch) WHERE id = 3"))
    assert shown(reviewer, f"bbox={box[0]}") == [2]
    assert shown(reviewer, f"polygon={box[1]}") == [2]
    assert shown(reviewer, f"batch={batch}") == [3]


def test_who_may_not_review_is_offered_nothing(
    app: Flask, findings: Engine, viewer: FlaskClient, editor: FlaskClient
) -> None:
    assert 'name="rowid"' not in viewer.get(LIST).text
    html = editor.get(LIST).text
    assert re.findall(r'name="action" value="(\w+)"', html) == ["take"]
    data = {"csrf_token": token_of(html), "rowid": ["1"], "reason": "x"}
    for step in ("accept", "reopen", "dispute"):
        assert editor.post(f"{LIST}step/{step}/", data=data).status_code in (403, 422), step
    assert states(findings) == [("open", None)] * 3
    assert editor.get(f"{LIST}step/nonsense/?rowid=1").status_code == 404


def test_the_overview_counts_shows_the_trend_and_says_what_waits(reviewer: FlaskClient, findings: Engine) -> None:
    token = token_of(reviewer.get(LIST).text)
    reviewer.post(f"{LIST}action/", data={"csrf_token": token, "action": "take", "rowid": ["1", "3"]})
    html = reviewer.get("/admin/").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    for said in ("Open 3", "Yours 2", "Accepted 0", "Overlap 2", "Gap 1", "Error 3", "2 to 7 days 0", "8 to 30 days 3",
                 "By area", "Your findings, the worst first", "The same as a table"):  # fmt: skip
        assert said in words, (said, words)
    assert html.count("<polyline") == 1
    assert html.count('<rect class="opened"') == 13
    assert "Open findings on each of 90 days: 0 on the first, 3 today" in html


def test_a_reviewer_chooses_by_boxes_accepts_and_looks_at_a_finding_on_its_map(
    page: Page, live_server: str, findings: Engine, accounts: People
) -> None:
    sign_in_by_form(page, live_server, accounts.reviewer)
    page.goto(f"{live_server}{LIST}")
    expect(page.get_by_text("None chosen")).to_be_visible()
    expect(page.get_by_role("button", name="Accept…")).to_be_disabled()
    page.get_by_label("All of this page").check()
    page.get_by_label("Choose finding 2").uncheck()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Accept…").click()
    page.get_by_label("Reason").fill("Party wall")
    page.get_by_role("button", name="Accept as lawful").click()
    expect(page.get_by_text("2 findings are accepted.")).to_be_visible()
    assert page.url == f"{live_server}{LIST}"
    page.get_by_role("link", name="Gap").click()
    # Two parcels, the place and the ring around it, drawn by Leaflet over the county.
    expect(page.locator("#finding-map path.leaflet-interactive, #finding-map svg path")).to_have_count(4)
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("Finding 2 is assigned.")).to_be_visible()
    expect(page.get_by_role("button", name="Take it")).to_have_count(0)
    assert states(findings) == [("accepted", "Party wall"), ("open", None), ("accepted", "Party wall")]


def test_every_bar_of_the_overview_leads_to_the_queue_of_what_it_counts(
    app: Flask, reviewer: FlaskClient, findings: Engine
) -> None:
    with findings.begin() as connection:
        connection.execute(text("UPDATE finding SET parcels = ARRAY[n, n + 1] FROM generate_series(1, 3) AS n "
                                "WHERE fingerprint = 'f:' || n"))  # fmt: skip
    app.extensions.pop(ANALYSIS, None)
    overview = reviewer.get("/admin/").text
    for about in ("rule", "severity", "age", "zoning district, or by level where there is none"):
        table = re.search(
            rf'<table class="bars" aria-label="Open findings by {about}">(.*?)</table>', overview, re.DOTALL
        )
        assert table is not None, about
        bars = re.findall(r"<tr>(.*?)</tr>", table[1], re.DOTALL)
        assert bars, about
        for bar in bars:
            link = re.search(r'<a href="/admin/review/\?([^"]+)">', bar)
            count = re.search(r'<td class="n">(\d+)</td>', bar)
            assert link is not None, bar
            assert count is not None, bar
            query = unescape(link[1])
            found = reviewer.get(f"/api/findings?status=open&{query}").json
            assert found is not None
            assert len(found["findings"]) == int(count[1]), query


def test_a_bar_is_clicked_anywhere_along_its_line(
    page: Page, live_server: str, findings: Engine, accounts: People
) -> None:
    sign_in_by_form(page, live_server, accounts.reviewer)
    page.goto(f"{live_server}/admin/")
    box = page.get_by_role("table", name="Open findings by age").locator("meter").nth(2).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("/admin/review/.*age=8-30"))
    expect(page.locator("tr[data-finding]")).to_have_count(3)
    expect(page.get_by_label("Age", exact=True)).to_have_value("8-30")
