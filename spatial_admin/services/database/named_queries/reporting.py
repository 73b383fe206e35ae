"""Statements of reports: drawings, points, records, lineage, months."""

from __future__ import annotations

from typing import Final

from spatial_admin.errors import Json
from spatial_admin.services.database.named_queries import NamedQuery

WHOLE: Final = "adds up every step of every finding, for a page that is looked at now and then"
OF_IMPORT: Final = "an import's own rows, of which there may be as many as the table has"


def _sheet(sample: Json) -> Json:
    return {"right": sample["east"], "top": sample["north"], "most": 3000, "chosen": ["A"], "findings": [1, 2, 3]}


QUERIES: Final = (
    NamedQuery("draw_sheet.PARCELS", "Parcels of a drawing.", values=_sheet),
    NamedQuery("draw_sheet.PLACES", "Places of findings on a drawing.", values=_sheet),
    NamedQuery("compose_report.RECORDS", "Records that edits rest on.", values={"edits": [1, 2, 3], "most": 200}),
    NamedQuery("report_parcel.EXTENT", "Where a parcel lies."),
    NamedQuery("report_parcel.SIDES", "Points and sides of a parcel.",
               values=lambda sample: {"id": sample["parcel"], "is_geographic": True, "unit": 1.0, "most": 500}),
    NamedQuery("report_parcel.FINDINGS", "Findings of a parcel.",
               values=lambda sample: {"id": sample["parcel"], "most": 200}),
    NamedQuery("report_area.KINDS", "Parcels of an area by level and kind."),
    NamedQuery("report_area.EDITS", "Edits that made the parcels of an area.", values={"most": 2000}),
    NamedQuery("report_area.STEPS", "Lineage of the parcels of an area.", values={"most": 300}),
    NamedQuery("report_import.BATCH", "An import with its edit."),
    NamedQuery("report_import.BY_RULE", "Refused rows by rule.", whole=OF_IMPORT),
    NamedQuery("report_import.REFUSED", "Refused rows of an import.", values={"most": 1000}),
    NamedQuery("report_import.OPENED", "Findings that an import opened, by rule.",
               values=lambda sample: {"edit": sample["edit"]}, whole=OF_IMPORT),
    NamedQuery("count_months.STEPS", "Findings by month and rule.", whole=WHOLE),
)  # fmt: skip
