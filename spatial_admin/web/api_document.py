"""GET /api/openapi.json and GET /api: the description of the API, for machines and for people."""

from __future__ import annotations

import functools
import hashlib

from flask import Blueprint, Response, current_app, json, render_template, request

from spatial_admin.settings import Limits
from spatial_admin.web.openapi import build_document
from spatial_admin.web.openapi.prose import prose
from spatial_admin.web.openapi.reading import read_document
from spatial_admin.web.parameters import only

blueprint = Blueprint("api_document", __name__)


@blueprint.get("/api/openapi.json")
def get_document() -> Response:
    """The OpenAPI document; its ETag is a digest of its bytes."""
    only(request.args)
    text = _text(current_app.config["SETTINGS"].limits)
    response = Response(text, mimetype="application/json")
    response.set_etag(hashlib.sha256(text).hexdigest()[:32])
    response.make_conditional(request)
    return response


@blueprint.get("/api")
def show_document() -> str:
    """The same as a page for people."""
    document = build_document(current_app.config["SETTINGS"].limits)
    chapters = read_document(document, request.host_url.rstrip("/"))
    return render_template("api.html", document=document, chapters=chapters, prose=prose)


@functools.lru_cache(maxsize=4)
def _text(limits: Limits) -> bytes:
    return json.dumps(build_document(limits), ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()
