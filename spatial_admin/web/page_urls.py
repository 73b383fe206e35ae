"""URLs that templates ask for on every page, made once: building one takes Flask 20 microseconds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from flask import Flask, current_app, has_request_context
from flask.globals import request_ctx

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


def init_app(app: Flask) -> None:
    """Let templates ask here."""
    app.jinja_env.globals["url_for"] = url_for
