"""Zoning districts and levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import select

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import PageData, Section, SiteView
from spatial_admin.errors import NotFound
from spatial_admin.models import Level, Parcel, ParcelZoning, ZoningDistrict, db
from spatial_admin.services.parcels.draw_thumbnails import draw_thumbnails

SHOWN_PARCELS = 100


class ZoningDistrictView(SiteView):
    """Zoning districts."""

    intro = "Areas under one set of land-use rules. A parcel that crosses several has a share in each."
    empty_hint = "script/flask zoning import FILE brings districts."
    searched = (ZoningDistrict.code, ZoningDistrict.name)
    search_text = "Code or name"
    column_list = ("drawing", "code", "name")
    column_details_list = ("drawing", "code", "name")
    column_labels: ClassVar[dict[str, str]] = {"drawing": ""}
    column_default_sort = ("code", False)
    orders: ClassVar[dict[str, Any]] = {"code": ZoningDistrict.code}
    column_formatters: ClassVar[dict[str, Any]] = {
        "drawing": show.thumbnail,
        "code": lambda _v, _c, row, _n: show.row_link("zoning_district.details_view", row.id, row.code),
    }

    def enrich(self, page: PageData, rows: Sequence[ZoningDistrict]) -> None:
        """Drawings."""
        page.thumbnails = draw_thumbnails(page.reading, "zoning_district", [row.id for row in rows])

    def sections(self, model: ZoningDistrict) -> list[Section]:
        """Parcels that lie in the district, those with the largest share of it first."""
        statement = (
            select(Parcel.parcel_id, Parcel.number, Parcel.area_m2, ParcelZoning.share)
            .join(ParcelZoning, ParcelZoning.parcel == Parcel.id)
            .where(ParcelZoning.district == model.id, Parcel.is_current)
            .order_by((Parcel.area_m2 * ParcelZoning.share).desc(), Parcel.parcel_id)
        )
        rows = db.session.execute(statement.limit(SHOWN_PARCELS + 1)).all()
        note = f"The first {SHOWN_PARCELS} are shown." if len(rows) > SHOWN_PARCELS else ""
        cells = [
            (show.parcel_link(name), number or show.NONE, show.figure(f"{area:,.1f}"), show.figure(f"{share:.1%}"))
            for name, number, area, share in rows[:SHOWN_PARCELS]
        ]
        return [Section("Parcels", ("Parcel", "Number", "Area m²", "Share of the parcel"), cells, note=note)]


class LevelView(SiteView):
    """Levels: few rows, made by migrations."""

    intro = "Sets of parcels. In an exclusive level no two may overlap: the coverage."
    column_list = ("code", "name", "is_exclusive")
    column_labels: ClassVar[dict[str, str]] = {"is_exclusive": "Exclusive"}
    column_default_sort = ("code", False)
    can_view_details = False
    column_formatters: ClassVar[dict[str, Any]] = {
        "is_exclusive": lambda _v, _c, row, _n: "yes" if row.is_exclusive else "no"
    }

    def get_one(self, id: Any) -> Any:  # noqa: A002 (Flask-Admin's signature)
        """A level by its code."""
        found = db.session.get(Level, str(id)[:100].replace("\0", ""))
        if found is None:
            raise NotFound("level", id)
        return found
