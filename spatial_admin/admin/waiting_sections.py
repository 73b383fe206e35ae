"""What the page of a draft tells in tables: what it would do, and what happened to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.admin.waiting_acceptance import section_of_findings
from spatial_admin.services.findings.words_of_finding import measure_text

Json = dict[str, Any]
EVENTS: Final = {"conflict": "returned: it could not be saved"}


def since(iso: str) -> Any:
    """A moment, short."""
    return show.moment_of(datetime.fromisoformat(iso))


def sections_of(draft: Json, trial: Json | None, findings: Sequence[Json]) -> list[Section]:
    """`trial` of rehearse_draft, none once it is approved; `findings` that it accepts, as they are now."""
    sections = [section_of_findings(draft, findings)] if draft["accepts"] else []
    if trial is not None and not trial["problem"] and not draft["accepts"]:
        sections += [
            *_disputed(trial["disputed"]),
            _areas(trial["parcels"]),
            *_attributes(trial["parcels"]),
            _findings(trial["findings"]),
        ]
    if draft["accept"]:
        sections.append(_accepted(draft["accept"]))
    rows = [
        (since(event["at"]), EVENTS.get(event["what"], event["what"]), event["by"], event["comment"] or show.NONE)
        for event in draft["events"]
    ]
    history = Section("What happened to it", ("When (UTC)", "What", "Who", "Comment"), rows, "It was never submitted.")
    return [*sections, history]


def _disputed(disputed: Sequence[Json]) -> list[Section]:
    """Boundaries that it would move and that somebody contests; before anything else, where there are any."""
    rows = [
        (" / ".join(one["numbers"]), one["reason"], since(one["marked_at"]), one["marked_by"] or show.NONE)
        for one in disputed
    ]
    headings = ("Boundary of", "Who contests what", "Since (UTC)", "Marked by")
    return [Section("It moves disputed boundaries", headings, rows)] if rows else []


def _accepted(accept: Sequence[Json]) -> Section:
    """What it accepts of the findings that it opens."""
    rows = [(one["rule"].replace("_", " "), ", ".join(one["parcels"]), one["reason"]) for one in accept]
    return Section("Accepted with it", ("Rule", "Parcels", "Reason"), rows)


def _areas(parcels: Sequence[Json]) -> Section:
    changed = [parcel for parcel in parcels if parcel["change"] != "noded"]
    noded = len(parcels) - len(changed)
    note = f"{noded} beside it only {'gets' if noded == 1 else 'get'} a point on the boundary." if noded else ""
    headings: Sequence[str] = ("Parcel", "Change", "Before m²", "After m²", "Difference m²", "Legal m²", "To legal m²")
    rows = [_area_row(parcel) for parcel in changed]
    if all(parcel["legal_area_m2"] is None for parcel in changed):
        headings, rows = headings[:5], [row[:5] for row in rows]
    return Section("What it does", headings, rows, note=note)


def _attributes(parcels: Sequence[Json]) -> list[Section]:
    """No table where none changes: most drafts move boundaries only."""
    rows = [
        (
            parcel["number"] or parcel["parcel_id"],
            one["name"].replace("_", " "),
            _said(one["before"]),
            _said(one["after"]),
        )
        for parcel in parcels
        for one in parcel["attributes"]
    ]
    return [Section("Attributes", ("Parcel", "Attribute", "Before", "After"), rows)] if rows else []


def _said(value: Any) -> Any:
    if value is None or value == {}:
        return show.NONE
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _area_row(parcel: Json) -> Sequence[Any]:
    before, after, legal = parcel["area_m2_before"], parcel["area_m2_after"], parcel["legal_area_m2"]
    name = parcel["number"] or parcel["parcel_id"]
    linked = name if before is None else show.parcel_link(parcel["parcel_id"], name)
    to_legal = show.NONE if after is None or legal is None else _signed(after - legal)
    is_other = before is not None and after is not None and parcel["change"] != "attributes"
    difference = show.NONE if not is_other else _signed(after - before)
    return (
        linked, parcel["change"], show.area_of(before), show.area_of(after), difference, show.area_of(legal), to_legal,
    )  # fmt: skip


def _signed(value: float) -> Markup:
    return show.figure(f"{value:+,.1f}".replace(",", "\u202f").replace("-", "−"))


def _measure(found: Json) -> Markup:
    said = measure_text(found["rule"], found["measure"])
    return show.figure(said) if said else show.NONE


def _findings(findings: Json) -> Section:
    rows: list[Sequence[Any]] = [
        ("opens", found["rule"].replace("_", " "), ", ".join(found["parcels"]), _measure(found))
        for found in findings["found"]
    ]
    rows += [
        ("closes", gone["rule"].replace("_", " "), ", ".join(gone["parcels"]), show.NONE) for gone in findings["gone"]
    ]
    return Section("Findings", ("It", "Rule", "Parcels", "Measure"), rows, "It opens none and closes none.")
