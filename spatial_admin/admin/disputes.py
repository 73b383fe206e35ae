"""Disputes: boundaries that somebody contests; marked from a finding or through the API, ended here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import flash, g, redirect, request
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, SiteView
from spatial_admin.admin.finding_steps import ReopenForm
from spatial_admin.models import DisputedBoundary
from spatial_admin.services.findings.dispute_boundary import end_dispute
from spatial_admin.services.shared.authorize import REVIEWER, current_account, has_role
from spatial_admin.services.shared.name_references import emails_of, parcels_of, records_of

SHOWN_PARCELS = 6


def _parcels(_view: Any, _context: Any, row: DisputedBoundary, _name: str) -> Markup:
    names = [g.page_data.parcels[number] for number in row.parcels if number in g.page_data.parcels]
    return Markup(" / ").join(show.parcel_link(name, number or name) for name, number in names[:SHOWN_PARCELS])


def _goes_on(value: str) -> ColumnElement[bool] | None:
    if value == "any":
        return None
    return DisputedBoundary.ended_at.is_(None) if value == "going on" else DisputedBoundary.ended_at.is_not(None)


class DisputeView(SiteView):
    """Disputes, newest first."""

    intro = (
        "Boundaries that somebody contests. A mark says so and forbids nothing; findings on it are shown as disputed."
    )
    empty_hint = "A reviewer marks a boundary from the page of a finding, or by POST /api/disputes."
    details_template = "admin/dispute.html"
    column_list = ("id", "parcels", "reason", "record_id", "marked_at", "marked_by", "ended_at")
    column_details_list = (
        "parcels", "reason", "record_id", "marked_at", "marked_by", "ended_at", "ended_by", "ended_reason",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Dispute", "record_id": "Record", "marked_at": "Since (UTC)", "marked_by": "Marked by",
        "ended_at": "Ended (UTC)", "ended_by": "Ended by", "ended_reason": "How it was settled",
    }  # fmt: skip
    column_default_sort = ("id", True)
    orders: ClassVar[dict[str, Any]] = {"id": DisputedBoundary.id}
    column_formatters: ClassVar[dict[str, Any]] = {
        "id": lambda _v, _c, row, _n: show.row_link("dispute.details_view", row.id),
        "parcels": _parcels,
        "record_id": show.record_link,
        "marked_at": show.moment,
        "marked_by": show.email,
        "ended_at": show.moment,
        "ended_by": show.email,
        "ended_reason": show.text_or_none,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = column_formatters
    facets = (
        Facet(
            "state",
            "State",
            lambda: [("any", "any"), ("going on", "going on"), ("ended", "ended")],
            _goes_on,
            default="going on",
        ),
    )

    def enrich(self, page: PageData, rows: Sequence[DisputedBoundary]) -> None:
        """Names of parcels, people and records."""
        reading = page.reading
        page.parcels = parcels_of(reading, [number for row in rows for number in row.parcels[:SHOWN_PARCELS]])
        page.emails = emails_of(reading, [number for row in rows for number in (row.marked_by, row.ended_by)])
        page.records = records_of(reading, [row.record_id for row in rows])

    def end_form(self, model: DisputedBoundary) -> ReopenForm | None:
        """The form that ends it; None where it has ended, and for who may not. (For the template.)"""
        if model.ended_at is not None or not has_role(current_user, REVIEWER):
            return None
        form: ReopenForm = ReopenForm(formdata=None)
        form.reason.label.text, form.reason.description = "How it was settled", "It stands in the dispute for good"
        return form

    @expose("/end/", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def end_view(self) -> Any:
        """End a dispute, with what was said of it."""
        model = self.get_one(request.args.get("id"))
        reason = request.form.get("reason", "").replace("\0", "").strip()
        if reason:
            end_dispute(model.id, reason[:1_000], current_account())
            flash(f"Dispute {model.id} has ended.", "success")
        else:
            flash("Say how it was settled; the dispute goes on.", "error")
        return redirect(self.get_url(".details_view", id=model.id), code=303)
