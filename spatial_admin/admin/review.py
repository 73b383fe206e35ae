"""Findings: what is wrong, where, how much, and what became of it; and the steps of who reviews them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from flask import current_app, g, request
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Double, LargeBinary, and_, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, Section, SiteView
from spatial_admin.admin.finding_fixes import fixes_of
from spatial_admin.admin.finding_sections import history_section, parcels_section
from spatial_admin.admin.finding_steps import FindingSteps
from spatial_admin.admin.paging import asked_box, asked_polygon
from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import Json
from spatial_admin.models import STORAGE_SRID, Finding, ImportBatch, Parcel, db
from spatial_admin.models.finding import SEVERITIES, STATUSES
from spatial_admin.services.editing.describe_editor import URLS, home_bbox
from spatial_admin.services.findings.list_findings import findings_of
from spatial_admin.services.findings.show_finding import outlines_of, show_finding
from spatial_admin.services.findings.words_of_finding import measure_text, title_of
from spatial_admin.services.parcels.list_parcels import box_in_storage
from spatial_admin.services.parcels.search_parcels import lower_id, lower_number
from spatial_admin.services.shared.authorize import EDITOR, REVIEWER, has_role
from spatial_admin.services.shared.name_references import emails_of, parcels_of, records_of
from spatial_admin.services.shared.parse_polygon import polygon_in_storage
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.read_page import Order, Page, Place
from spatial_admin.transaction import snapshot

SHOWN_PARCELS = 6
MOST_NAMED = 200  # parcels with one number
SHOWN_IMPORTS: Final = 30
LONGEST_NUMBER: Final = 18
AGES: Final = (("", "any"), ("1", "at most a day"), ("7", "at most a week"), ("over-7", "over a week"),
               ("over-30", "over 30 days"), ("over-90", "over 90 days"))  # fmt: skip
MEASURE = func.coalesce(Finding.measure, literal_column("0::double precision", Double), type_=Double)


def _rule(_view: Any, _context: Any, row: Finding, _name: str) -> Markup:
    url = show.page_url("finding.details_view", id=row.id)
    rule, said = escape(row.rule.replace("_", "-")), escape(title_of(row.rule))
    link = show.assembled(f'<a class="rule rule-{rule}" href="{url}">{said}</a>')
    if not g.get("may_step", False):
        return link
    name = f"Choose finding {row.id}"
    return show.assembled(
        f'<label class="pick"><input type="checkbox" name="rowid" value="{row.id}" form="finding-steps" '
        f'aria-label="{name}"></label> {link}'
    )


def _measure(_view: Any, _context: Any, row: Finding, _name: str) -> Any:
    said = measure_text(row.rule, row.measure)
    return show.figure(said) if said else show.NONE


def _status(_view: Any, _context: Any, row: Finding, _name: str) -> Markup:
    known = g.page_data.findings.get(row.id)
    ends = row.accepted_until if row.status == "accepted" else None
    until = f" to {show.last_day_of(ends)}" if ends else ""
    disputed = ", disputed" if known and known["disputed"] else ""
    return show.chip_of(row.status) + until + disputed


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


def _of_age(value: str) -> ColumnElement[bool] | None:
    if not value:
        return None
    day = datetime.now(UTC) - timedelta(days=int(value.removeprefix("over-")))
    return Finding.opened_at < day if value.startswith("over-") else Finding.opened_at >= day


def _of_person(value: str) -> ColumnElement[bool] | None:
    if value == "me":
        return Finding.assignee_id == int(current_user.id)
    return Finding.assignee_id.is_(None) if value == "none" else None


def _imports() -> list[tuple[str, str]]:
    """As the list has read them (`_imports_of`)."""
    return [("", "any"), *g.get("imports_offered", ())]


def _imports_of(session: Session) -> list[tuple[str, str]]:
    """The newest that opened findings, and the one that is asked for."""
    named = select(ImportBatch.id, ImportBatch.file_name).order_by(ImportBatch.id.desc()).limit(SHOWN_IMPORTS)
    rows = list(session.execute(named.where(ImportBatch.findings > 0)))
    asked = request.args.get("batch", "")
    if asked.isascii() and asked.isdigit() and len(asked) <= LONGEST_NUMBER and asked not in {str(r.id) for r in rows}:
        rows += list(session.execute(named.where(ImportBatch.id == int(asked))))
    return [(str(row.id), f"{row.id} {row.file_name}") for row in rows]


def _of_import(value: str) -> ColumnElement[bool] | None:
    edit = select(ImportBatch.edit_id).where(ImportBatch.id == int(value or 0)).scalar_subquery()
    return Finding.opened_by == edit if value else None


def _of_severity(value: str) -> ColumnElement[bool] | None:
    """With the rules by name, which have an index."""
    return and_(Finding.severity == value, Finding.rule.in_(FOUND)) if value else None


class FindingView(FindingSteps, SiteView):
    """Findings, open ones first in the list; reviewers accept, assign and open again, editors take."""

    list_template = "admin/finding_list.html"
    details_template = "admin/finding.html"

    intro = "What the rules found. Validation never edits: a finding is closed by an edit, or accepted with a reason."
    empty_hint = "The rules look at every edit and import; what they find is listed here."
    column_list = ("rule", "parcels", "measure", "severity", "status", "opened_at", "opened_by", "assignee_id", "place")
    column_details_list = (
        "status", "measure", "opened_at", "opened_by", "changed_at", "closed_by",
        "assignee_id", "reason", "record_id", "accepted_until",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Finding", "opened_at": "Opened (UTC)", "opened_by": "By edit", "closed_by": "Closed by edit",
        "measure": "Measure", "place": "Place", "changed_at": "Changed (UTC)", "assignee_id": "Assigned to",
        "accepted_until": "Accepted until", "record_id": "By record",
    }  # fmt: skip
    column_default_sort = ("id", True)
    # The number of a finding tells when it was opened.
    orders: ClassVar[dict[str, Any]] = {"measure": MEASURE, "opened_at": Finding.id}
    searched = (Parcel.parcel_id,)
    search_text = "Parcel or number"
    column_formatters: ClassVar[dict[str, Any]] = {
        "rule": _rule,
        "parcels": _parcels,
        "measure": _measure,
        "severity": show.chip,
        "status": _status,
        "opened_at": show.moment,
        "opened_by": show.edit_link,
        "assignee_id": show.email,
        "place": _map,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "measure": _measure,
        "changed_at": show.moment,
        "closed_by": show.edit_link,
        "reason": show.text_or_none,
        "record_id": show.record_link,
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
        Facet(
            "assignee", "Assigned to", lambda: [("", "anybody"), ("me", "me"), ("none", "nobody")], _of_person,
            personal=("me",),
        ),
        Facet("age", "Age", lambda: AGES, _of_age),
        Facet("batch", "Import", _imports, _of_import),
    )  # fmt: skip

    def search_condition(self, words: str) -> ColumnElement[bool] | None:
        """Findings of the parcels with this id or number, exactly."""
        word = words.lower()
        named = select(Parcel.id).where(or_(lower_id == word, lower_number == word)).limit(MOST_NAMED).scalar_subquery()
        condition: ColumnElement[bool] = Finding.parcels.overlap(func.ARRAY(named))
        return condition

    def read(
        self, session: Session, search: str | None, order: Order, place: Place, size: int
    ) -> tuple[Sequence[Any], Page]:
        """The rows of a page, with the box or polygon of the map above in storage coordinates."""
        g.where, g.imports_offered = _where(session), _imports_of(session)
        return super().read(session, search, order, place, size)

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Of facets, search and map."""
        return [*super().conditions(search), *g.get("where", ())]

    def enrich(self, page: PageData, rows: Sequence[Finding]) -> None:
        """Names of the parcels and of the people assigned; of a list also what lies where, for the map above it."""
        reading = page.reading
        page.parcels = parcels_of(reading, [number for row in rows for number in row.parcels[: SHOWN_PARCELS + 1]])
        page.emails = emails_of(reading, [row.assignee_id for row in rows])
        page.records = records_of(reading, [row.record_id for row in rows])
        page.findings = {one["id"]: one for one in findings_of(reading, [row.id for row in rows])}
        if page.session is None:
            return  # the page of one
        g.may_step = has_role(current_user, EDITOR) or has_role(current_user, REVIEWER)
        page.map = {
            "home": home_bbox(fixed().ground.srid, page.session),
            "rows": [one["bbox"] for one in page.findings.values() if one["bbox"]],
            **_below(),
        }

    def shown(self, model: Finding) -> Json:
        """The finding as the API tells of it; kept for the page, whose parts ask for it. (Also for the template.)"""
        found: Json | None = g.get("finding_shown")
        if found is None:
            with snapshot() as session:
                found = g.finding_shown = show_finding(session, model.id)
        return found

    def map_of(self, model: Finding) -> Json | None:
        """What the map of a finding draws; None where it lies nowhere. (For the template.)"""
        shown = self.shown(model)
        if shown["place"] is None:
            return None
        with snapshot() as session:
            outlines = outlines_of(session, model.id)
        return {"place": shown["place"], "bbox": shown["bbox"], "parcels": outlines, "rule": shown["rule"], **_below()}

    def editor_url(self, model: Finding) -> str | None:
        """The map with the finding open; None where no parcel of it is known any more. (For the template.)"""
        parcels = self.shown(model)["parcels"]
        return show.page_url("pages.show_map", parcel=parcels[0], finding=model.id) if parcels else None

    def sections(self, model: Finding) -> list[Section]:
        """Its parcels, what would fix it, and what happened to it, in order."""
        shown = self.shown(model)
        db.session.close()  # fixes are tried on connections of their own
        return [parcels_section(shown), *fixes_of(model), history_section(shown)]


def _where(session: Session) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    box, area = box_in_storage(session, asked_box()), asked_polygon()
    if box is not None:
        found.append(Finding.place.op("&&")(func.ST_MakeEnvelope(*box, STORAGE_SRID)))
    if area is not None:
        wkb = literal(polygon_in_storage(session, area), LargeBinary)
        found.append(func.ST_Intersects(Finding.place, func.ST_GeomFromWKB(wkb, STORAGE_SRID)))
    return found


def _below() -> Json:
    """What lies below every map of the site."""
    return {"basemaps": json.loads(current_app.config["SETTINGS"].basemaps), "urls": URLS}
