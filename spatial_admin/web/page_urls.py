"""URLs that templates ask for on every page, made once: building one takes Flask 20 microseconds.

So is the import map, which holds nothing but such URLs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flask import Flask, current_app, has_request_context
from flask.globals import request_ctx
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

# Browser libraries by the bare names that modules import them by (npm's, which set-up puts into static/vendor).
LIBRARIES: Final = {
    "leaflet": "leaflet/leaflet-src.esm.js",
    "@mapbox/vector-tile": "vector-tile/index.js",
    "@mapbox/point-geometry": "point-geometry/index.js",
    "pbf": "pbf/index.js",
    "geographiclib-geodesic": "geographiclib/geographiclib-geodesic.min.js",
}
# Endpoints whose paths templates name by constants; the rest depends on rows and is made each time.
FIXED: Final = frozenset({"static", "export.get_parcels", "parcel.export_later"})


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's."""
    if endpoint in FIXED and has_request_context() and not any(name.startswith("_") for name in values):
        return _fixed(request_ctx.request.root_path, endpoint, tuple(values.items()))
    return current_app.url_for(endpoint, **values)


@lru_cache(maxsize=256)
def _fixed(_script_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    """The path below where the application is mounted, which the key holds; the routes are the same in every one."""
    return current_app.url_for(endpoint, **dict(values))


def import_map() -> Markup:
    """The import map of every page whose modules draw a map, for a script element."""
    return _import_map(request_ctx.request.root_path)


@lru_cache(maxsize=16)
def _import_map(script_root: str) -> Markup:
    imports = {
        name: _fixed(script_root, "static", (("filename", f"vendor/{path}"),)) for name, path in LIBRARIES.items()
    }
    return htmlsafe_json_dumps({"imports": imports})


def init_app(app: Flask) -> None:
    """Let templates ask here."""
    app.jinja_env.globals.update(url_for=url_for, import_map=import_map)
