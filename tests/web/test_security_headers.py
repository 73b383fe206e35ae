"""Every answer carries the headers, whatever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from spatial_admin.errors import SettingRefused
from spatial_admin.web.security_headers import basemap_origins
from tests.accounts import People, sign_in


@pytest.mark.parametrize("path", ["/login", "/healthz", "/nowhere", "/static/admin.js", "/api/parcels/x"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:  # closed: a static file is open as long as its answer
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_nonce_of_the_page_is_that_of_the_header_and_new_each_time(client: FlaskClient, accounts: People) -> None:
    sign_in(client, accounts.editor)
    nonces = set()
    for _ in range(3):
        answer = client.get("/")
        in_page = set(re.findall(r'nonce="([^"]+)"', answer.text))
        assert len(in_page) == 1
        assert f"'nonce-{next(iter(in_page))}'" in answer.headers["Content-Security-Policy"]
        nonces |= in_page
    assert len(nonces) == 3


def test_where_no_script_asked_for_a_nonce_there_is_none(client: FlaskClient) -> None:
    assert "script-src 'self';" in client.get("/healthz").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/parcel/", "/admin/finding/", "/admin/account/new/"])
def test_no_page_has_inline_handlers_styles_or_bare_scripts(client: FlaskClient, accounts: People, path: str) -> None:
    sign_in(client, accounts.administrator)
    html = client.get(path).text
    assert not re.search(r"<[^>]+\son[a-z]+=", html), "an inline handler"
    assert not re.search(r"<[^>]+\sstyle=", html), "an inline style"
    for tag in re.findall(r"<script[^>]*>", html):
        assert "src=" in tag or "nonce=" in tag or 'type="application/json"' in tag, tag
    assert "javascript:" not in html


def test_pages_are_not_kept_by_shared_caches(client: FlaskClient, accounts: People) -> None:
    assert client.get("/admin/", headers=accounts.viewer.bearer).headers["Cache-Control"] == "private, no-cache"


def test_tiles_of_basemaps_may_be_shown_and_nothing_else_of_theirs(with_settings: Callable[..., Flask]) -> None:
    url = "https://{s}.tile.example.org/{z}/{x}/{y}.png"
    app = with_settings(basemaps=json.dumps([{"name": "Streets", "url": url, "attribution": "them"}]))
    policy = app.test_client().get("/login").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["img-src"] == "'self' data: blob: https://*.tile.example.org"
    assert "example.org" not in directives["connect-src"] + directives["script-src"]


@pytest.mark.parametrize(
    ("basemaps", "why"),
    [
        ("[", "not JSON"),
        ('{"url": "https://a.example"}', "not a list"),
        ('[{"name": "no url"}]', "no url"),
        ('[{"url": "https://a.example/wms", "wms_layers": ["ortho"]}]', "layers that are no text"),
        ('[{"url": "ftp://a.example/{z}"}]', "another scheme"),
        ('[{"url": "https://a.example; script-src *"}]', "would add to the policy"),
        ('[{"url": "https://{x}.example/"}]', "a host that cannot be named"),
    ],
)
def test_basemaps_that_cannot_be_used_are_refused_by_name(basemaps: str, why: str) -> None:
    with pytest.raises(SettingRefused, match="BASEMAPS"):
        basemap_origins(basemaps)
