"""Imports: one batch a file, with the rows that were refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import current_app, flash, has_request_context, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, Text, func, literal_column, select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import BIGGEST_BIGINT, Facet, PageData, Section, SiteView
from spatial_admin.admin.import_pages import ImportPage, RowPage, import_page, row_page
from spatial_admin.cadastre.admissibility import QUARANTINE_RULES
from spatial_admin.errors import NotFound
from spatial_admin.models import Draft, ImportBatch, StagedParcel, db
from spatial_admin.services.importing.queue_import import queue_rest
from spatial_admin.services.shared.authorize import ADMINISTRATOR, current_account, has_role, require_role
from spatial_admin.services.shared.name_references import emails_of
from spatial_admin.services.shared.read_deployment import fixed

SHOWN_ROWS = 100
# As the indexes of refused rows are made (migration 0010).
NOTHING = literal_column("''::text", Text)
REFUSED_WORDS = (
    func.coalesce(StagedParcel.parcel_id, NOTHING, type_=Text)
    + literal_column("' '", Text)
    + func.coalesce(StagedParcel.reason, NOTHING, type_=Text)
)
IS_REFUSED = StagedParcel.decision.in_(("quarantined", "rejected"))


def _batch_link(_view: Any, _context: Any, row: ImportBatch, _name: str) -> Markup:
    return show.row_link("import_batch.details_view", row.id)


def _findings(_view: Any, _context: Any, row: ImportBatch, _name: str) -> Markup:
    """How many it opened, as a link to those that are left."""
    count = show.grouped(row.findings)
    return show.figure(count) if not row.findings else show.assembled(
        f'<a href="{show.page_url("finding.index_view", batch=row.id, status="any")}">{show.figure(count)}</a>'
    )  # fmt: skip


class ImportBatchView(SiteView):
    """Imports, newest first."""

    intro = "Every row of a file is accounted for: admitted, in quarantine with its reason, or rejected by somebody."
    empty_hint = "An administrator imports a file here, or by script/flask parcels import FILE."
    create_label = "Import a file"
    details_template = "admin/import_batch.html"
    searched = (ImportBatch.file_name,)
    search_text = "File name"
    column_list = (
        "id",
        "file_name",
        "begun_at",
        "state",
        "features",
        "admitted",
        "quarantined",
        "rejected",
        "findings",
        "edit_id",
    )
    column_details_list = (
        "file_name", "sha256", "source_crs", "begun_at", "ended_at", "findings", "edit_id", "author_id", "options",
        "notes",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Import", "file_name": "File", "begun_at": "Begun (UTC)", "ended_at": "Ended (UTC)", "features": "Rows",
        "edit_id": "Edit", "author_id": "Author", "source_crs": "CRS of the file", "sha256": "SHA-256",
    }  # fmt: skip
    column_default_sort = ("id", True)
    orders: ClassVar[dict[str, Any]] = {"id": ImportBatch.id}
    column_formatters: ClassVar[dict[str, Any]] = {
        "id": _batch_link,
        "begun_at": show.moment,
        "state": show.chip,
        "features": show.whole,
        "admitted": show.whole,
        "quarantined": show.whole,
        "rejected": show.whole,
        "findings": _findings,
        "edit_id": show.edit_link,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "id": show.whole,
        "ended_at": show.moment,
        "author_id": show.email,
        "options": show.as_json,
        "notes": show.as_json,
    }

    @property
    def can_create(self) -> bool:  # type: ignore[override]  # Flask-Admin only reads it
        """May the person at the page import a file?"""
        return has_request_context() and bool(current_user.is_authenticated) and has_role(current_user, ADMINISTRATOR)

    @expose("/new/", methods=("GET",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def create_view(self) -> Any:
        """The page that takes a file; it sends it to POST /api/imports."""
        require_role(ADMINISTRATOR)
        most = current_app.config["SETTINGS"].limits.upload_bytes
        return self.render("admin/import_new.html", most_bytes=most, levels=sorted(fixed().levels))

    @expose("/resume/<int(max=9223372036854775807):batch>", methods=("POST",))  # type: ignore[untyped-decorator]  # as above
    def resume(self, batch: int) -> Any:
        """Go on with an import that was stopped."""
        account = require_role(ADMINISTRATOR)
        queue_rest(batch, account.id)
        flash(f"Import {batch} goes on.", "success")
        return redirect(self.get_url(".details_view", id=batch), code=303)

    def page_of(self, model: ImportBatch) -> ImportPage:
        """What the page of an import shows. (For the template.)"""
        return import_page(db.session(), model.id, current_account())

    def enrich(self, page: PageData, rows: Sequence[ImportBatch]) -> None:
        """Emails of those who imported."""
        page.emails = emails_of(page.reading, [row.author_id for row in rows])

    def sections(self, model: ImportBatch) -> list[Section]:
        """The rows in quarantine."""
        refused = select(StagedParcel).where(StagedParcel.batch == model.id, StagedParcel.decision == "quarantined")
        rows = list(db.session.scalars(refused.order_by(StagedParcel.row).limit(SHOWN_ROWS + 1)))
        waiting = select(Draft.admits_row, Draft.id).where(Draft.admits_import == model.id, Draft.state == "submitted")
        proposed = {row.admits_row: row.id for row in db.session.execute(waiting)}
        note = f"The first {SHOWN_ROWS} are shown; all are under Quarantine." if len(rows) > SHOWN_ROWS else ""
        cells = [
            (
                show.row_link("staged_parcel.details_view", row.id, str(row.row)),
                row.parcel_id or show.NONE,
                (row.rule or "").replace("_", " "),
                row.reason or show.NONE,
                _draft_link(proposed[row.row]) if row.row in proposed else show.NONE,
            )
            for row in rows[:SHOWN_ROWS]
        ]
        headings = ("Row", "Parcel", "Rule", "Reason", "Waits for approval")
        return [Section("Waiting for a decision", headings, cells, empty="No row waits.", note=note)]


def _draft_link(draft_id: int) -> Any:
    return show.link(url_for("waiting.draft", draft_id=draft_id), f"draft {draft_id}")


def _row_link(_view: Any, _context: Any, row: StagedParcel, _name: str) -> Any:
    """Rows that were never refused have no page of their own: they are parcels."""
    return show.row_link("staged_parcel.details_view", row.id, str(row.row)) if row.rule else str(row.row)


def _parcel_link(_view: Any, _context: Any, row: StagedParcel, _name: str) -> Any:
    if row.parcel_id is None:
        return show.NONE
    return show.parcel_link(row.parcel_id, row.parcel_id) if row.decision == "admitted" else row.parcel_id


def _named_batch() -> list[str]:
    """The import that the address names, as the only one to choose; pages of imports lead here."""
    text = request.args.get("batch", "") if has_request_context() else ""
    return [text] if text.isascii() and text.isdecimal() and 0 < int(text[:20]) <= BIGGEST_BIGINT else []


class StagedParcelView(SiteView):
    """Rows of imported files, those in quarantine first of all."""

    intro = "Rows of imported files as they came, and what became of them."
    empty_hint = "Rows of a file that cannot be admitted are kept here, with rule, reason and place."
    searched = (REFUSED_WORDS,)
    search_text = "Parcel or reason, of refused rows"
    shortest_word = 3
    column_list = ("row", "batch", "parcel_id", "number", "decision", "rule", "reason")
    column_details_list = ("batch", "row", "parcel_id", "number", "decision", "rule", "reason", "properties")
    column_labels: ClassVar[dict[str, str]] = {
        "batch": "Import",
        "parcel_id": "Parcel",
        "properties": "Properties as they came",
    }
    details_template = "admin/quarantine_row.html"
    column_default_sort = ("id", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "row": _row_link,
        "batch": lambda _v, _c, row, _n: show.row_link("import_batch.details_view", row.batch),
        "parcel_id": _parcel_link,
        "number": show.text_or_none,
        "decision": show.chip,
        "rule": lambda _v, _c, row, _n: row.rule.replace("_", " ") if row.rule else show.NONE,
        "reason": show.text_or_none,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "row": show.whole,
        "properties": show.as_json,
    }
    facets = (
        Facet(
            "batch",
            "Import",
            lambda: [("", "any"), *((number, number) for number in _named_batch())],
            lambda value: StagedParcel.batch == int(value) if value else None,
        ),
        Facet(
            "decision",
            "Decision",
            lambda: [("any", "any"), *((name, name) for name in ("staged", "admitted", "quarantined", "rejected"))],
            lambda value: StagedParcel.decision == value if value != "any" else None,
            default="quarantined",
        ),
        Facet(
            "rule",
            "Rule",
            lambda: [("", "any"), *((rule, rule.replace("_", " ")) for rule in QUARANTINE_RULES)],
            lambda value: StagedParcel.rule == value if value else None,
        ),
    )

    def title_of(self, model: StagedParcel) -> str:
        """By its number in its file."""
        return f"Row {model.row}"

    def page_of(self, model: StagedParcel) -> RowPage:
        """What the page of a refused row shows. (For the template.)"""
        return row_page(model, current_account())

    @expose("/of/<int(max=9223372036854775807):batch>/<int(max=2147483647):row>")  # type: ignore[untyped-decorator]  # as above
    def of_import(self, batch: int, row: int) -> Any:
        """The page of a row by its import and its number there; of one that was never refused, its parcel's."""
        columns = StagedParcel.id, StagedParcel.rule, StagedParcel.decision, StagedParcel.parcel_id
        asked = select(*columns).where(StagedParcel.batch == batch, StagedParcel.row == row)
        found = db.session.execute(asked).one_or_none()
        if found is None:
            raise NotFound(f"row of import {batch}:", row)
        if found.rule is None and found.decision == "admitted":
            return redirect(url_for("parcel.edit_view", id=found.parcel_id))
        return redirect(self.get_url(".details_view", id=found.id))

    def get_one(self, id: Any) -> Any:  # noqa: A002 (Flask-Admin's signature)
        """As its parent; a row that was never refused has no page, for it is a parcel."""
        row = super().get_one(id)
        if row.rule is None:
            raise NotFound("refused row", str(id)[:100])
        return row

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Words are looked for in refused rows, which have the index."""
        return [*super().conditions(search), *([IS_REFUSED] if search else [])]
