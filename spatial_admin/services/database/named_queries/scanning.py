"""Statements of scans: what compares everything does so once a scan, what writes finds its rows by index."""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.services.database.named_queries import NamedQuery

ONE_SCAN: Final = "looks at all of them, once a scan"


def _whole(name: str, sentence: str, **values: Any) -> NamedQuery:
    return NamedQuery(name, sentence, values={"scan": 0, "levels": ["parcels"], **values}, whole=ONE_SCAN)


QUERIES: Final = (
    _whole("plan_cells.PLACES", "A sample of where parcels lie.", percent=1),
    _whole("scan_coverage.NOTE_FINDINGS", "Findings as a scan's snapshot has them."),
    _whole("scan_attributes.DUPLICATE_NUMBERS", "Numbers that several parcels of a level have."),
    _whole("scan_attributes.MISSING_NUMBERS", "Lots and units without a number."),
    _whole("scan_attributes.NO_ZONES", "Parcels in no zoning district."),
    _whole("merge_scan.DIFFERING", "Defects that have no finding, or one that says otherwise.", severities="{}"),
    _whole("merge_scan.VANISHED", "Findings that a scan did not find any more."),
    _whole("carry_gaps.SUCCEEDED", "Findings of gaps whose land lies between other parcels now."),
    NamedQuery("carry_gaps.RELEASE", "Fixed findings of the parcels of a gap that has another.", is_edit=True, values={
        "chosen": ["gap:1:2"]}),
    NamedQuery("carry_gaps.CARRY", "Findings of gaps that go on between other parcels.", is_edit=True, values={
        "scan": 0, "ids": [1], "chosen": ["gap:1:2"], "reason": "x"}),
    NamedQuery("merge_scan.WRITE", "Findings of a portion of defects.", is_edit=True, values={
        "scan": 0, "severities": "{}", "chosen": ["overlap:1:2"]}),
    NamedQuery("merge_scan.FIX", "A portion of findings that are no more.", is_edit=True, values={
        "scan": 0, "chosen": [1]}),
    NamedQuery("judge_numbers.WHO_HAS", "Who has the numbers that an edit gave or took.", is_edit=True, values={
        "most": 1_000}),
    NamedQuery("declare_gaps.DECLARE", "Land of gaps that is declared open.", is_edit=True, values={
        "ids": [1], "reason": "x", "account": None, "approved_by": None}),
    NamedQuery("declare_gaps.DECLARED", "Gaps whose land is declared already.", is_edit=True, values={"ids": [1]}),
)  # fmt: skip
