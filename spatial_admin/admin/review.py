"""Findings: what is wrong, where, how much, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import g
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Double, and_, func, literal_column, or_, select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, Section, SiteView
from spatial_admin.admin.finding_fixes import fixes_of
from spatial_admin.cadastre.rules import FOUND
from spatial_admin.models import Finding, FindingEvent, Parcel, db
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.name_references import emails_of, parcels_of
from spatial_admin.services.search_parcels import lower_id, lower_number

SHOWN_PARCELS = 6
MOST_NAMED = 200  # parcels with one number
MEASURE = func.coalesce(Finding.measure, literal_column("0::double precision", Double), type_=Double)


def _rule(_view: Any, _context: Any, row: Finding, _name: str) -> Markup:
    url = show.page_url("finding.details_view", id=row.id)
    rule, said = escape(row.rule.replace("_", "-")), escape(row.rule.replace("_", " ").capitalize())
    return show.assembled(f'<a class="rule rule-{rule}" href="{url}">{said}</a>')


def _parcels(_view: Any, _context: Any, row: Finding, _name: str) -> Markup:
    names = [g.page_data.parcels.get(number, (f"#{number}", None)) for number in row.parcels]
    links = [show.parcel_link(parcel_id, number or parcel_id) for parcel_id, number in names[:SHOWN_PARCELS]]
    more = f" and {len(names) - SHOWN_PARCELS} more" if len(names) > SHOWN_PARCELS else ""
    return Markup(" / ").join(links) + more


def _map(_view: Any, _context: Any, row: Finding, _name: str) -> Markup:
    names = [g.page_data.parcels[number][0] for number in row.parcels if number in g.page_data.parcels]
    return show.link(show.page_url("pages.show_map", parcel=names[0], finding=row.id), "map") if names else show.NONE


def _rules() -> list[tuple[str, str]]:
    return [("", "any"), *((rule, rule.replace("_", " ")) for rule in sorted(FOUND))]


def _of_severity(value: str) -> ColumnElement[bool] | None:
    """With the rules by name, which have an index."""
    return and_(Finding.severity == value, Finding.rule.in_(FOUND)) if value else None


class FindingView(SiteView):
    """Findings, open ones first in the list."""

    intro = "What the rules found. Validation never edits: a finding is closed by an edit, or accepted with a reason."
    empty_hint = "The rules look at every edit and import; what they find is listed here."
    column_list = ("rule", "parcels", "measure", "severity", "status", "opened_at", "opened_by", "place")
    column_details_list = (
        "id", "rule", "severity", "status", "parcels", "measure", "opened_at", "opened_by", "changed_at", "closed_by",
        "assignee_id", "reason", "accepted_until", "place",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Finding", "opened_at": "Opened (UTC)", "opened_by": "By edit", "closed_by": "Closed by edit",
        "measure": "Measure", "place": "Place", "changed_at": "Changed (UTC)", "assignee_id": "Assigned to",
        "accepted_until": "Accepted until",
    }  # fmt: skip
    column_descriptions: ClassVar[dict[str, str]] = {"measure": "Square metres for overlap, sliver and gap"}
    column_default_sort = ("id", True)
    # The number of a finding tells when it was opened.
    orders: ClassVar[dict[str, Any]] = {"measure": MEASURE, "opened_at": Finding.id}
    searched = (Parcel.parcel_id,)
    search_text = "Parcel or number"
    column_formatters: ClassVar[dict[str, Any]] = {
        "rule": _rule,
        "parcels": _parcels,
        "measure": show.measure,
        "severity": show.chip,
        "status": show.chip,
        "opened_at": show.moment,
        "opened_by": show.edit_link,
        "place": _map,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "changed_at": show.moment,
        "closed_by": show.edit_link,
        "assignee_id": show.email,
        "reason": show.text_or_none,
        "accepted_until": show.moment,
    }
    facets = (
        Facet(
            "status",
            "Status",
            lambda: [("any", "any"), *((name, name) for name in STATUSES)],
            # All of them by name: the index of rules and severities begins with the status.
            lambda value: Finding.status == value if value != "any" else Finding.status.in_(STATUSES),
            default="open",
        ),
        Facet("rule", "Rule", _rules, lambda value: Finding.rule == value if value else None),
        Facet(
            "severity",
            "Severity",
            lambda: [("", "any"), *((name, name) for name in SEVERITIES)],
            _of_severity,
        ),
    )

    def search_condition(self, words: str) -> ColumnElement[bool] | None:
        """Findings of the parcels with this id or number, exactly."""
        word = words.lower()
        named = select(Parcel.id).where(or_(lower_id == word, lower_number == word)).limit(MOST_NAMED).scalar_subquery()
        condition: ColumnElement[bool] = Finding.parcels.overlap(func.ARRAY(named))
        return condition

    def enrich(self, page: PageData, rows: Sequence[Finding]) -> None:
        """Names of the parcels and of the people assigned."""
        page.parcels = parcels_of(page.reading, [number for row in rows for number in row.parcels[: SHOWN_PARCELS + 1]])
        page.emails = emails_of(page.reading, [row.assignee_id for row in rows])

    def sections(self, model: Finding) -> list[Section]:
        """What would fix it, and what happened to it, in order."""
        statement = select(FindingEvent).where(FindingEvent.finding == model.id).order_by(FindingEvent.id)
        events = list(db.session.scalars(statement.limit(500)))
        emails = emails_of(db.session(), [event.account_id for event in events])
        rows = [
            (
                show.moment_of(event.at),
                event.what,
                show.edit_link_of(event.edit_id),
                emails.get(event.account_id or 0, show.NONE),
                event.reason or show.NONE,
            )
            for event in events
        ]
        fixes = fixes_of(model)
        return [*fixes, Section("History of this finding", ("When (UTC)", "What", "Edit", "Who", "Reason"), rows)]
