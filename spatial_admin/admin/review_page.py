"""Review: the queue of findings beside the map and what would fix each, on one page (static/review/)."""

from __future__ import annotations

from typing import Any

from flask import jsonify, url_for
from flask_admin import BaseView, expose
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from spatial_admin.models import db
from spatial_admin.services.editing.describe_editor import describe_editor
from spatial_admin.services.findings.describe_review import describe_review
from spatial_admin.services.findings.queue_scan import queue_scan
from spatial_admin.services.shared.authorize import ADMINISTRATOR, current_account, require_role


class ReviewView(BaseView):  # type: ignore[misc]  # Flask-Admin ships no types
    """To look at for everybody who is signed in; what they may do is decided where it is done (web/api_findings.py)."""

    def is_accessible(self) -> bool:
        """Everybody who is signed in."""
        return bool(current_user.is_authenticated)

    @expose("/")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def index(self) -> Any:
        """The page; findings come by the API."""
        account = current_account()
        config = describe_editor("map", account)
        config |= {"csrf_token": generate_csrf(), "review": describe_review(db.session(), account)}
        return self.render("admin/review.html", editor_config=config)

    @expose("/scan", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def scan(self) -> Any:
        """Ask for a scan from the page: 202, the number of its job and where that is told of."""
        number = queue_scan(require_role(ADMINISTRATOR).id)
        return jsonify({"job": number, "url": url_for("job.details_view", id=number)}), 202
