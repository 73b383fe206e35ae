"""GET /api/openapi.json and GET /api."""

from __future__ import annotations

import html
import json
import re
import shlex

from flask.testing import FlaskClient

from spatial_admin.web.openapi.prose import prose
from tests.accounts import People
from tests.web.openapi.validation import DOCUMENT, requests_of


def test_document_is_sent_with_a_strong_etag(client: FlaskClient, accounts: People) -> None:
    answer = client.get("/api/openapi.json", headers=accounts.viewer.bearer)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == DOCUMENT
    etag, is_weak = answer.get_etag()
    assert etag
    assert not is_weak
    again = client.get("/api/openapi.json", headers={**accounts.viewer.bearer, "If-None-Match": f'"{etag}"'})
    assert (again.status_code, again.data) == (304, b"")


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(client: FlaskClient) -> None:
    page = client.get("/api")
    assert (page.status_code, page.location) == (302, "/login?next=/api")
    assert client.get("/api/openapi.json").status_code == 401


def test_commands_on_the_page_are_the_requests_of_the_document(client: FlaskClient, accounts: People) -> None:
    page = client.get("/api", base_url="https://cadastre.example", headers=accounts.viewer.bearer).text
    commands = re.findall(r"<pre><code>(curl .*?)</code></pre>", page, re.DOTALL)
    found = []
    for command in commands:
        words = shlex.split(html.unescape(command).replace(" \\\n", " "))
        assert words[0] == "curl"
        assert "Authorization: Bearer $TOKEN" in words
        (address,) = [word for word in words if word.startswith("https://")]
        body = words[words.index("-d") + 1] if "-d" in words else ""
        found.append((address, json.loads(body) if body else None))
    assert found == [
        ("https://cadastre.example" + request["path"], request.get("body")) for _, request in requests_of().values()
    ]


def test_descriptions_are_escaped() -> None:
    assert prose("a <b> `<i>` & c") == "a &lt;b&gt; <code>&lt;i&gt;</code> &amp; c"
    assert prose("one\n\ntwo") == "<p>one</p><p>two</p>"
