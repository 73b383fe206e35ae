"""Four eyes: whose edits of which nature, whose acceptances and whose known gaps somebody else has to approve."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from spatial_admin.admin.administrator_view import AdministratorView
from spatial_admin.services.approval.load_four_eyes import four_eyes, save_four_eyes
from spatial_admin.services.shared.authorize import ADMINISTRATOR, require_role
from spatial_admin.settings import APPROVALS, EDITING_ROLES


class FourEyesView(AdministratorView):
    """One table of roles and natures."""

    @expose("/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def index(self) -> Any:
        """Show it, or set it whole."""
        if request.method == "POST":
            pairs = [(role, nature) for role in EDITING_ROLES for nature in APPROVALS]
            needed = {pair for pair in pairs if ":".join(pair) in request.form.getlist("needed")}
            save_four_eyes(needed, require_role(ADMINISTRATOR).id)
            flash("Set. It holds for every edit from now on, in other processes within five seconds.", "success")
            return redirect(self.get_url(".index"), code=303)
        return self.render("admin/four_eyes.html", roles=EDITING_ROLES, natures=APPROVALS, needed=four_eyes())
