"""Imports: one batch a file, with the rows that were refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import request
from markupsafe import Markup
from sqlalchemy import ColumnElement, Text, func, literal_column, select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import BIGGEST_BIGINT, Facet, PageData, Section, SiteView
from spatial_admin.models import ImportBatch, StagedParcel, db
from spatial_admin.services.name_references import emails_of

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

    intro = "Every row of a file is accounted for: admitted, or in quarantine with its reason."
    empty_hint = "script/flask parcels import FILE brings one."
    searched = (ImportBatch.file_name,)
    search_text = "File name"
    column_list = ("id", "file_name", "begun_at", "state", "features", "admitted", "quarantined", "findings", "edit_id")
    column_details_list = (
        "id", "file_name", "sha256", "source_crs", "begun_at", "ended_at", "state", "features", "admitted",
        "quarantined", "findings", "edit_id", "author_id", "options", "notes",
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

    def enrich(self, page: PageData, rows: Sequence[ImportBatch]) -> None:
        """Emails of those who imported."""
        page.emails = emails_of(page.reading, [row.author_id for row in rows])

    def sections(self, model: ImportBatch) -> list[Section]:
        """The rows in quarantine."""
        refused = select(StagedParcel).where(StagedParcel.batch == model.id, StagedParcel.decision == "quarantined")
        rows = list(db.session.scalars(refused.order_by(StagedParcel.row).limit(SHOWN_ROWS + 1)))
        note = f"The first {SHOWN_ROWS} are shown; all are under Quarantine." if len(rows) > SHOWN_ROWS else ""
        cells = [
            (
                show.row_link("staged_parcel.details_view", row.id, str(row.row)),
                row.parcel_id or show.NONE,
                row.rule or show.NONE,
                row.reason or show.NONE,
            )
            for row in rows[:SHOWN_ROWS]
        ]
        headings = ("Row", "Parcel", "Rule", "Reason")
        return [Section("Quarantine", headings, cells, empty="No row was refused.", note=note)]


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
    column_default_sort = ("id", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "row": lambda _v, _c, row, _n: show.row_link("staged_parcel.details_view", row.id, str(row.row)),
        "batch": lambda _v, _c, row, _n: show.row_link("import_batch.details_view", row.batch),
        "parcel_id": show.text_or_none,
        "number": show.text_or_none,
        "decision": show.chip,
        "rule": show.text_or_none,
        "reason": show.text_or_none,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "row": show.whole,
        "properties": show.as_json,
    }
    facets = (
        Facet(
            "decision",
            "Decision",
            lambda: [("any", "any"), *((name, name) for name in ("staged", "admitted", "quarantined", "rejected"))],
            lambda value: StagedParcel.decision == value if value != "any" else None,
            default="quarantined",
        ),
    )

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Also the rows of one import: `?batch=N`. Words are looked for in refused rows, which have the index."""
        found = [*super().conditions(search), *([IS_REFUSED] if search else [])]
        batch = request.args.get("batch", type=int)
        return [*found, StagedParcel.batch == batch] if batch and batch <= BIGGEST_BIGINT else found
