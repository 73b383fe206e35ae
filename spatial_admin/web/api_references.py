"""/api/references: files to look at and to snap to while one draws, kept with the draft that is drawn by them."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from spatial_admin.services.drafts.keep_reference import (
    assign_reference,
    keep_upload,
    list_references,
    look_at_upload,
    remove_reference,
    show_reference,
    summary_of_reference,
)
from spatial_admin.services.drafts.parse_reference import parse_reference_place
from spatial_admin.services.drafts.read_reference import ReferenceChoices
from spatial_admin.services.shared.authorize import EDITOR, current_account, require_role
from spatial_admin.settings import Settings
from spatial_admin.transaction import snapshot
from spatial_admin.web.json_body import read_json
from spatial_admin.web.parameters import only, whole
from spatial_admin.web.upload import uploaded

blueprint = Blueprint("api_references", __name__)
ID = "int(max=9223372036854775807)"
CHOICES: Final = ("crs", "layer", "delimiter", "x", "y", "name")


@blueprint.get("/api/references")
def get_references() -> Response:
    """One's own layers."""
    account = current_account()
    only(request.args)
    with snapshot() as session:
        return jsonify(references=list_references(session, account.id))


@blueprint.post("/api/references")
def post_reference() -> tuple[Response, int]:
    """Read the multipart field `file` and keep what it comes to: 201; with `?look=1` only say what it holds: 200."""
    account = require_role(EDITOR)
    only(request.args, "look")
    file, given = uploaded(CHOICES)
    choices = ReferenceChoices(**given)
    if whole(request.args, "look", 0, 1):
        return jsonify(look_at_upload(file.stream, choices, _settings().limits)), 200
    layer_id = keep_upload(file.stream, file.filename or "", choices, account.id, _settings())
    with snapshot() as session:
        response = jsonify(show_reference(session, layer_id, account.id))
    response.headers["Location"] = url_for(".get_reference", layer_id=layer_id)
    return response, 201


@blueprint.get(f"/api/references/<{ID}:layer_id>")
def get_reference(layer_id: int) -> Response:
    """One layer with its points and features."""
    account = current_account()
    only(request.args)
    with snapshot() as session:
        return jsonify(show_reference(session, layer_id, account.id))


@blueprint.patch(f"/api/references/<{ID}:layer_id>")
def patch_reference(layer_id: int) -> Response:
    """Give a layer to a draft, keep it, or leave it to the next draft."""
    account = require_role(EDITOR)
    only(request.args)
    limits = _settings().limits
    assign_reference(layer_id, parse_reference_place(read_json(request, limits)), account.id, limits)
    with snapshot() as session:
        return jsonify(summary_of_reference(session, layer_id, account.id))


@blueprint.delete(f"/api/references/<{ID}:layer_id>")
def delete_reference(layer_id: int) -> tuple[str, int]:
    """Remove a layer: 204."""
    account = current_account()
    only(request.args)
    remove_reference(layer_id, account.id, _settings().limits)
    return "", 204


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
