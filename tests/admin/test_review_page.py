"""The review page as it is served: what it is told from its beginning, and a scan asked for from it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.admin.conftest import Site

URL = "/admin/review/"


def config_of(page: str) -> Any:
    found = re.search(r'id="editor-config">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_everybody_may_look_and_is_told_what_they_may_do(site: Site) -> None:
    told = {
        role: config_of(getattr(site, role).get(URL).text)["review"] for role in ("viewer", "editor", "administrator")
    }
    assert [(one["can_judge"], one["can_scan"]) for one in told.values()] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert told["viewer"]["people"] == ["administrator@example.org", "editor@example.org", "reviewer@example.org"]
    assert told["viewer"]["rules"]["overlap"]["unit"] == "m²"
    assert "invalid_geometry" not in told["viewer"]["rules"]  # it is never a finding


def test_the_page_and_the_table_lead_to_each_other(site: Site) -> None:
    page = site.viewer.get(URL).text
    assert 'href="/admin/finding/"' in page
    assert '<a href="/admin/review/" aria-current="page">Review</a>' in page
    assert 'href="/admin/review/"' in site.viewer.get("/admin/finding/").text


def test_a_scan_is_asked_for_once_by_administrators_alone(site: Site) -> None:
    def ask(role: str) -> Any:
        client = getattr(site, role)
        return client.post(
            f"{URL}scan", headers={"X-CSRFToken": config_of(client.get(URL).text)["csrf_token"]}, json={}
        )

    assert ask("editor").status_code == 403
    first, second = ask("administrator"), ask("administrator")
    assert (first.status_code, first.json) == (202, second.json)
    assert site.administrator.get(first.json["url"]).status_code == 200
    job: Any = site.administrator.get(f"/api/jobs/{first.json['job']}").json
    assert job["state"] == "waiting"
