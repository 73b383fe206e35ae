"""The site's first page: what there is, what waits, what was done last."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_admin import AdminIndexView, expose
from flask_login import current_user
from sqlalchemy import func, select

from spatial_admin.admin.analysis_drawing import draw
from spatial_admin.admin.base_view import PageData, may
from spatial_admin.models import Edit, Finding, ImportBatch, db
from spatial_admin.services.analyse_coverage import LEAST, WITHIN_M, analyse_coverage
from spatial_admin.services.authorize import current_account
from spatial_admin.services.list_drafts import count_waiting
from spatial_admin.services.name_references import emails_of
from spatial_admin.services.read_deployment import deployment_ground

LATEST = 8


class HomeView(AdminIndexView):  # type: ignore[misc]  # Flask-Admin ships no types
    """Open findings by rule and by place, the last edits, the last imports."""

    def is_accessible(self) -> bool:
        """Everybody who is signed in."""
        return bool(current_user.is_authenticated)

    @expose("/")  # type: ignore[untyped-decorator]  # as above
    def index(self) -> Any:
        """Render the page."""
        by_rule = select(Finding.rule, func.count()).where(Finding.status == "open").group_by(Finding.rule)
        edits = list(db.session.scalars(select(Edit).order_by(Edit.id.desc()).limit(LATEST)))
        imports = list(db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(LATEST)))
        g.page_data = PageData(emails=emails_of(db.session(), [edit.author_id for edit in edits]))
        counts = sorted(db.session.execute(by_rule).all(), key=lambda row: -row[1])
        db.session.close()  # the page holds one connection at a time
        analysis = analyse_coverage()
        return self.render(
            "admin/index.html",
            open_findings=counts,
            edits=edits,
            imports=imports,
            analysis=analysis,
            drawing=draw(analysis, deployment_ground()) if analysis else None,
            within_m=WITHIN_M,
            least=LEAST,
            page_data=g.page_data,
            may=may,
            waiting=count_waiting(current_account(), is_fresh=True),
        )
