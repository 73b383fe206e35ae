"""Headers that every answer carries; scripts run only from our own files or with this answer's nonce."""

from __future__ import annotations

import json
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g

from spatial_admin.errors import SettingRefused
from spatial_admin.settings import Settings


def csp_nonce() -> str:
    """The nonce of this answer, for `<script nonce>` and import maps; the same however often a template asks."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def headers_without_scripts(settings: Settings) -> list[tuple[str, str]]:
    """The headers of an answer without a script of its own (JSON, a tile): the same for every one."""
    return [("Content-Security-Policy", _policy("'self'", _images(settings))), *_fixed(settings)]


def _images(settings: Settings) -> str:
    return " ".join(["'self'", "data:", "blob:", *basemap_origins(settings.basemaps)])


def _fixed(settings: Settings) -> list[tuple[str, str]]:
    fixed = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        # OpenStreetMap's tile servers refuse requests without a Referer; the path stays ours.
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    if settings.secure_cookies:
        fixed.append(("Strict-Transport-Security", "max-age=31536000"))
    return fixed


def init_app(app: Flask) -> None:
    """Put the headers on every answer, and `csp_nonce()` into every template."""
    settings: Settings = app.config["SETTINGS"]
    images, fixed, without_scripts = _images(settings), _fixed(settings), headers_without_scripts(settings)
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        nonce = g.get("csp_nonce")
        if nonce is None:
            carried = without_scripts
        else:
            carried = [("Content-Security-Policy", _policy(f"'self' 'nonce-{nonce}'", images)), *fixed]
        for name, value in carried:
            headers.add(name, value)
        if "Cache-Control" not in headers:
            # Pages show what one person may see: a shared cache must not keep them, a browser asks again.
            headers.add("Cache-Control", "private, no-cache")
        return response


def _policy(scripts: str, images: str) -> str:
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self'; img-src {images}; "
        "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def basemap_origins(basemaps: str) -> list[str]:
    """Origins of the tile servers in the setting BASEMAPS (a JSON list); raises SettingRefused."""
    return sorted({_origin(str(entry["url"])) for entry in read_basemaps(basemaps)} - {""})


def read_basemaps(basemaps: str) -> list[dict[str, object]]:
    """The setting BASEMAPS, checked: a JSON list of `{"name", "url", "attribution"}`, of a WMS `wms_layers` too."""
    try:
        entries = json.loads(basemaps)
    except ValueError as error:
        raise SettingRefused("BASEMAPS", basemaps, f"it is not JSON ({error})") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "url" in entry for entry in entries):
        raise SettingRefused("BASEMAPS", basemaps, 'it takes a JSON list of {"name": …, "url": …, "attribution": …}')
    for entry in entries:
        layers = entry.get("wms_layers", "all")
        if not isinstance(layers, str) or not layers:
            raise SettingRefused(
                "BASEMAPS", str(layers), "wms_layers takes the names of layers, with commas between them"
            )
    return entries


def _origin(url: str) -> str:
    """The source expression of a tile URL template; `{s}` stands for any first label of the host."""
    parts = urlsplit(url)
    if not parts.netloc:
        return ""
    host = parts.netloc.replace("{s}", "*")
    if parts.scheme not in {"http", "https"} or any(character in host for character in " ;,'\"{}"):
        raise SettingRefused("BASEMAPS", url, "the url must be http or https, with no placeholder in its host but {s}")
    return f"{parts.scheme}://{host}"
