"""The page Rules: shown and set by administrators alone, checked field by field; a scan asked for is a job."""

from __future__ import annotations

from sqlalchemy import text

from spatial_admin.services.findings.load_rules import rule_book
from tests.accounts import csrf_token_of
from tests.admin.conftest import Site

URL = "/admin/rules/"


def test_only_administrators_see_and_set_rules(site: Site) -> None:
    assert site.editor.get(URL).status_code == 403
    assert (
        site.editor.post(f"{URL}scan", data={"csrf_token": csrf_token_of(site.editor.get("/admin/").text)}).status_code
        == 403
    )
    page = site.administrator.get(URL).text
    for words in ("missing point", "legal area", "far parts", "Scan the coverage", "never scanned"):
        assert words in page


def test_a_number_out_of_its_bounds_is_named_at_its_field_and_a_good_one_is_what_rules_go_by(site: Site) -> None:
    address = f"{URL}spike/"
    token = csrf_token_of(site.administrator.get(address).text)
    typed = {"csrf_token": token, "severity": "error", "is_on": "y", "blocks": "y", "angle_deg": "99"}
    refused = site.administrator.post(address, data=typed)
    assert refused.status_code == 200
    assert "It takes 0.01 to 30 °." in refused.text
    assert site.administrator.post(address, data={**typed, "angle_deg": "2.5"}).status_code == 303
    with site.app.app_context():
        setting = rule_book().settings["spike"]
    assert (setting.severity, setting.blocks, dict(setting.numbers)) == ("error", True, {"angle_deg": 2.5})
    assert site.administrator.get(f"{URL}taste/").status_code == 404


def test_what_the_database_refuses_cannot_be_made_advisory(site: Site) -> None:
    page = site.administrator.get(f"{URL}overlap/").text
    assert 'name="blocks"' not in page
    assert 'name="is_on"' not in page
    assert "always blocks" in page


def test_a_scan_that_is_asked_for_twice_is_one_job(site: Site) -> None:
    token = csrf_token_of(site.administrator.get(URL).text)
    first, second = (site.administrator.post(f"{URL}scan", data={"csrf_token": token}) for _ in range(2))
    assert first.status_code == 303
    assert first.location == second.location
    with site.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM job_run WHERE kind = 'scan_coverage'")).scalar() == 1


def test_the_land_of_a_gap_is_declared_known_with_a_reason_and_taken_back(site: Site) -> None:
    with site.engine.begin() as connection:
        number = connection.execute(
            text(
                "INSERT INTO finding (rule, fingerprint, parcels, place, severity) SELECT 'gap', 'gap:1:2', '{1,2}', "
                "ST_SetSRID(ST_MakeEnvelope(2.3, 48.6, 2.30001, 48.60001), 4326), 'warning' RETURNING id"
            )
        ).scalar_one()
    step = f"/admin/finding/step/declare/?rowid={number}"
    assert site.editor.get(step).status_code == 403
    token = csrf_token_of(site.administrator.get(step).text)
    typed = {"csrf_token": token, "rowid": str(number), "reason": " "}
    address = "/admin/finding/step/declare/"
    assert site.administrator.post(address, data=typed).status_code == 422
    missing = site.administrator.post(
        address, data={**typed, "rowid": "999999", "reason": "river"}, follow_redirects=True
    )
    assert "There is no finding 999999." in missing.text
    done = site.administrator.post(address, data={**typed, "reason": "bed of the old river"}, follow_redirects=True)
    assert f"Finding {number} is fixed: the land is declared open." in done.text
    with site.engine.connect() as connection:
        found = connection.execute(text("SELECT status FROM finding WHERE id = :id"), {"id": number}).scalar_one()
        covers = text("SELECT ST_Covers(k.place, f.place) FROM known_gap AS k, finding AS f WHERE f.id = :id")
        assert (found, connection.execute(covers, {"id": number}).scalar_one()) == ("fixed", True)
    rules = site.administrator.get(URL).text
    assert "bed of the old river" in rules
    token = csrf_token_of(rules)
    with site.engine.connect() as connection:
        gap = connection.execute(text("SELECT id FROM known_gap")).scalar_one()
    assert site.administrator.post(f"{URL}forget-gap", data={"csrf_token": token, "gap": str(gap)}).status_code == 303
    assert "bed of the old river" not in site.administrator.get(URL).text
