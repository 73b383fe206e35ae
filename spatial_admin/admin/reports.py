"""Reports for paper and files: of a parcel, an area, an import; findings by month."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from flask import flash, redirect, request
from flask_admin import BaseView, expose
from flask_login import current_user

from spatial_admin.admin.presentation import page_url
from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.services.findings.count_months import count_months
from spatial_admin.services.findings.words_of_finding import title_of
from spatial_admin.services.reports.compose_report import Report
from spatial_admin.services.reports.report_area import report_area
from spatial_admin.services.reports.report_import import report_import
from spatial_admin.services.reports.report_parcel import report_parcel
from spatial_admin.services.shared.authorize import current_account
from spatial_admin.services.shared.parse_box import parse_box
from spatial_admin.transaction import snapshot

LONGEST_NUMBER: Final = 18
SHOWN_NAME: Final = 100
SHOWN_MONTHS: Final = 24


class ReportsView(BaseView):  # type: ignore[misc]  # Flask-Admin ships no types
    """Everybody who is signed in may read and print."""

    def is_accessible(self) -> bool:
        """Everybody who is signed in."""
        return bool(current_user.is_authenticated)

    @expose("/")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def index(self) -> Any:
        """What can be printed and fetched, and findings by month."""
        with snapshot() as session:
            counted = count_months(session)
        months = [(month, list(rows)) for month, rows in groupby(counted, key=lambda row: row.month)]
        return self.render("admin/reports.html", months=months[:SHOWN_MONTHS], title_of=title_of)

    @expose("/parcel")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def parcel(self) -> Any:
        """One parcel: `?id=`, its permanent id. What is none may be a number, which several may have: the list."""
        name = request.args.get("id", "").strip()
        if not name:
            raise BadRequest("id", "it takes the id of a parcel")
        try:
            with snapshot() as session:
                return self._print(report_parcel(session, name))
        except NotFound:
            flash(
                f"No parcel has the id {name[:SHOWN_NAME]}. This is what is found by it: open one, then its report.",
                "info",
            )
            return redirect(page_url("parcel.index_view", search=name, state="any"), code=303)

    @expose("/area")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def area(self) -> Any:
        """What lies in `?bbox=west,south,east,north` (degrees)."""
        box = parse_box(request.args.get("bbox", ""))
        with snapshot() as session:
            return self._print(report_area(session, box))

    @expose("/import")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def batch(self) -> Any:
        """One import: `?id=`, its number."""
        text = request.args.get("id", "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            raise BadRequest("id", "it takes the number of an import")
        with snapshot() as session:
            return self._print(report_import(session, int(text)))

    def _print(self, report: Report) -> Any:
        made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        return self.render("admin/report.html", report=report, made=made, by=current_account().email)
