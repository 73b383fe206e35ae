"""Pages for people: the map."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_wtf.csrf import generate_csrf

from spatial_admin.services.authorize import current_account
from spatial_admin.services.describe_editor import describe_editor

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def show_map() -> str:
    """The map: an editor for those who may edit, else to look at; `?parcel=ID` begins at a parcel."""
    config = describe_editor("map", current_account(), parcel=request.args.get("parcel") or None)
    return render_template("map.html", editor_config={**config, "csrf_token": generate_csrf()})
