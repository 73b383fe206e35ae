"""Edits and versions: what was changed, by whom, when and why. Nobody changes history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, Section, SiteView
from spatial_admin.models import CHANGES, NATURES, Draft, Edit, ParcelVersion, db
from spatial_admin.services.parcels.draw_thumbnails import draw_thumbnails
from spatial_admin.services.shared.name_references import emails_of, records_of

SHOWN_PARCELS = 500


def _parcel_count(_view: Any, _context: Any, row: Edit, _name: str) -> Any:
    receipt = row.receipt or {}
    parcels = receipt.get("parcels")
    if isinstance(parcels, list):
        return show.figure(str(len(parcels)))
    admitted = receipt.get("admitted")
    return show.figure(f"{admitted:,}".replace(",", "\u202f")) if isinstance(admitted, int) else show.NONE


def _operations(_view: Any, _context: Any, row: Edit, _name: str) -> Markup:
    return show.as_json(None, None, row, "operations")


def _approval(_view: Any, _context: Any, row: Edit, _name: str) -> Any:
    """Who approved it and when, with the draft that they read."""
    if row.approved_by is None:
        return Markup('<span class="quiet">nobody: none was needed</span>')
    draft = db.session.scalar(select(Draft.id).where(Draft.key == row.key))
    told = Markup("{}, {}").format(show.email(None, None, row, "approved_by"), show.moment_of(row.approved_at))
    if draft is None:
        return told
    return Markup("{} ({})").format(told, show.link(url_for("waiting.draft", draft_id=draft), f"draft {draft}"))


class EditView(SiteView):
    """Edits, newest first."""

    intro = "Every change of a boundary or an attribute, with its author and reason."
    empty_hint = "Whatever is saved on the map or in a form is listed here."
    searched = (Edit.comment,)
    search_text = "Reason"
    shortest_word = 3
    column_list = ("id", "made_at", "author_id", "comment", "nature", "record_id", "parcels")
    column_details_list = (
        "id", "made_at", "author_id", "approved_by", "comment", "nature", "record_id", "attempts", "key", "operations",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "id": "Edit", "made_at": "When (UTC)", "author_id": "Author", "approved_by": "Approved by",
        "comment": "Reason", "operations": "Operations",
        "record_id": "Record",
    }  # fmt: skip
    column_default_sort = ("id", True)
    orders: ClassVar[dict[str, Any]] = {"id": Edit.id}
    column_formatters: ClassVar[dict[str, Any]] = {
        "id": lambda _v, _c, row, _n: show.edit_link_of(row.id),
        "made_at": show.moment,
        "author_id": show.email,
        "nature": show.chip,
        "record_id": show.record_link,
        "parcels": _parcel_count,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        "made_at": show.moment,
        "author_id": show.email,
        "approved_by": _approval,
        "nature": show.chip,
        "record_id": show.record_link,
        "operations": _operations,
    }
    facets = (
        Facet(
            "nature",
            "Nature",
            lambda: [("", "any"), *((name, name.replace("_", " ")) for name in NATURES)],
            lambda value: Edit.nature == value if value else None,
        ),
    )

    def enrich(self, page: PageData, rows: Sequence[Edit]) -> None:
        """Emails of the authors, names of the records."""
        page.emails = emails_of(page.reading, [number for row in rows for number in (row.author_id, row.approved_by)])
        page.records = records_of(page.reading, [row.record_id for row in rows])

    def sections(self, model: Edit) -> list[Section]:
        """The parcels that the edit gave a version."""
        statement = select(ParcelVersion).where(ParcelVersion.edit_id == model.id).order_by(ParcelVersion.parcel_id)
        versions = list(db.session.scalars(statement.limit(SHOWN_PARCELS + 1)))
        note = f"The first {SHOWN_PARCELS} are shown." if len(versions) > SHOWN_PARCELS else ""
        rows = [
            (
                show.parcel_link(version.parcel_id),
                version.number or show.NONE,
                show.figure(str(version.version)),
                show.chip(None, None, version, "change"),
                show.area(None, None, version, "area_m2"),
            )
            for version in versions[:SHOWN_PARCELS]
        ]
        return [Section("Parcels it changed", ("Parcel", "Number", "Version", "Change", "Area m²"), rows, note=note)]


class VersionView(SiteView):
    """Versions of parcels, newest first."""

    intro = "The image of every version that a parcel ever had."
    empty_hint = "Every saved change of a parcel makes one."
    searched = (ParcelVersion.parcel_id,)
    search_text = "Parcel id"
    column_list = ("drawing", "parcel_id", "number", "version", "change", "area_m2", "period", "edit_id")
    column_details_list = (
        "drawing", "parcel_id", "number", "version", "change", "level", "kind", "part_of", "area_m2", "legal_area_m2",
        "legal_area_text", "land_use", "address", "attributes", "period", "edit_id",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "drawing": "", "parcel_id": "Parcel", "area_m2": "Area m²", "period": "From (UTC)", "edit_id": "Edit",
        "legal_area_m2": "Legal area m²", "legal_area_text": "Legal area as written",
    }  # fmt: skip
    column_default_sort = ("id", True)
    column_formatters: ClassVar[dict[str, Any]] = {
        "drawing": show.thumbnail,
        "parcel_id": lambda _v, _c, row, _n: show.parcel_link(row.parcel_id),
        "number": show.text_or_none,
        "version": lambda _v, _c, row, _n: show.row_link("version.details_view", row.id, str(row.version)),
        "change": show.chip,
        "area_m2": show.area,
        "period": lambda _v, _c, row, _n: show.moment_of(row.period.lower),
        "edit_id": show.edit_link,
    }
    column_formatters_detail: ClassVar[dict[str, Any]] = {
        **column_formatters,
        "legal_area_m2": show.area,
        "attributes": show.as_json,
        "part_of": show.text_or_none,
        "legal_area_text": show.text_or_none,
        "land_use": show.text_or_none,
        "address": show.text_or_none,
    }
    facets = (
        Facet(
            "change",
            "Change",
            lambda: [("", "any"), *((name, name) for name in CHANGES)],
            lambda value: ParcelVersion.change == value if value else None,
        ),
    )

    def search_condition(self, words: str) -> ColumnElement[bool]:
        """Versions of the parcel with exactly this id (its index; a pattern would read every version there is)."""
        return ParcelVersion.parcel_id == words

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Also the versions of one parcel: `?parcel=ID`."""
        found = super().conditions(search)
        parcel = request.args.get("parcel", "").replace("\0", "")
        return [*found, ParcelVersion.parcel_id == parcel] if parcel else found

    def enrich(self, page: PageData, rows: Sequence[ParcelVersion]) -> None:
        """Drawings."""
        page.thumbnails = draw_thumbnails(page.reading, "parcel_version", [row.id for row in rows])
