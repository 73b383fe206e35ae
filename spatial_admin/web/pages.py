"""Pages for people: the map."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_wtf.csrf import generate_csrf

from spatial_admin.services.editing.describe_editor import describe_editor
from spatial_admin.services.findings.list_findings import finding_named
from spatial_admin.services.importing.propose_row import row_named
from spatial_admin.services.parcels.recall_parcels import require_past
from spatial_admin.services.shared.authorize import current_account
from spatial_admin.transaction import snapshot
from spatial_admin.web.as_of import as_of

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def show_map() -> str:
    """The map: an editor for those who may edit, else to look at; `?parcel=ID` and `?finding=ID` begin there.

    `?quarantine=IMPORT-ROW` draws a refused row of an import, to make a parcel of it.

    `?at=` and `?legal_at=` show parcels as they were, to look at, whoever asks.
    """
    config = describe_editor("map", current_account(), parcel=request.args.get("parcel") or None)
    finding = request.args.get("finding")
    if finding:
        with snapshot() as session:
            config["finding"] = finding_named(session, finding)
    refused = request.args.get("quarantine")
    if refused:
        config["quarantine"] = row_named(refused, current_account())
    time = as_of(request.args)
    if time is not None:
        with snapshot() as session:
            require_past(session, time)
        config.update(can_edit=False, as_of=time.given)
    return render_template("map.html", editor_config={**config, "csrf_token": generate_csrf()})
