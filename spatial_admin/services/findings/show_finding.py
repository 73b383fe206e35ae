"""One finding with all that helps to judge it: a sentence, where it came from, its parcels, what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import shapely
from sqlalchemy.orm import Session

from spatial_admin.errors import Json, NotFound
from spatial_admin.services.findings.list_findings import findings_of
from spatial_admin.services.findings.words_of_finding import sentence_of
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.services.shared.run_sql import run_sql

MOST_PARCELS: Final = 50  # of a stack there may be hundreds
MOST_RECORDS: Final = 5  # of one parcel
MOST_EVENTS: Final = 500
MOST_POINTS: Final = 2_000
EVENTS: Final = """
SELECT e.at, e.what, e.edit_id, e.reason, a.email AS who, g.email AS assignee, b.id AS import_id, b.file_name,
       d.comment, p.email AS author, s.email AS approved_by,
       CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'type', r.type, 'number', r.number) END AS record
FROM finding_event AS e LEFT JOIN account AS a ON a.id = e.account_id LEFT JOIN account AS g ON g.id = e.assignee_id
LEFT JOIN record AS r ON r.id = e.record_id LEFT JOIN edit AS d ON d.id = e.edit_id
LEFT JOIN account AS p ON p.id = d.author_id LEFT JOIN account AS s ON s.id = coalesce(e.approved_by, d.approved_by)
LEFT JOIN import_batch AS b ON b.edit_id = e.edit_id
WHERE e.finding = %(id)s ORDER BY e.id LIMIT %(limit)s
"""
# The records that the versions of a parcel rest on, the newest first.
PARCELS: Final = """
SELECT p.parcel_id, p.number, p.version, p.level, p.kind, p.area_m2, p.legal_area_m2, p.legal_area_text,
       p.end_lifespan_version IS NOT NULL AS is_retired, coalesce(cited.records, '[]'::json) AS records
FROM unnest(%(parcels)s::bigint[]) WITH ORDINALITY AS found (id, n) JOIN parcel AS p ON p.id = found.id
LEFT JOIN LATERAL (
  SELECT json_agg(json_build_object('id', one.id, 'type', one.type, 'number', one.number, 'title', one.title)) records
  FROM (SELECT r.id, r.type, r.number, r.title FROM parcel_version AS v JOIN edit AS e ON e.id = v.edit_id
        JOIN record AS r ON r.id = e.record_id WHERE v.parcel = p.id
        GROUP BY r.id ORDER BY max(v.version) DESC LIMIT %(most)s) AS one) AS cited ON true
ORDER BY found.n
"""
# Not roads of thousands of points: they would be most of the page, and are seen below anyway.
OUTLINES: Final = """
SELECT ST_AsGeoJSON(ST_Transform(geom, 4326), 9)::json AS outline FROM parcel
WHERE id = ANY (%(parcels)s::bigint[]) AND ST_NPoints(geom) <= %(most)s
"""
PLACE: Final = """
SELECT ST_AsBinary(f.place) AS place, f.parcels, f.opened_by, b.id AS import_id, b.file_name
FROM finding AS f LEFT JOIN import_batch AS b ON b.edit_id = f.opened_by WHERE f.id = %(id)s
"""
# Scans that looked at its rule while it was not fixed. The row of the scan is all that a scan of unchanged data writes.
SEEN_AGAIN: Final = """
SELECT count(*) AS scans, max(s.ended_at) AS last FROM scan AS s
WHERE s.state = 'done' AND s.begun_at > %(since)s AND (%(until)s::timestamptz IS NULL OR s.ended_at < %(until)s)
  AND coalesce((s.rules -> %(rule)s ->> 'is_on')::boolean, true)
"""


def show_finding(session: Session, finding_id: int) -> Json:
    """The finding as lists have it, with `sentence`, `opened`, `parcels_detail`, `history`, `seen_again`; NotFound."""
    found = findings_of(session, [finding_id])
    if not found:
        raise NotFound("finding", finding_id)
    finding = found[0]
    stored = run_sql(session, PLACE, {"id": finding_id})[0]
    events = run_sql(session, EVENTS, {"id": finding_id, "limit": MOST_EVENTS})
    place = None if stored.place is None else shapely.from_wkb(bytes(stored.place))
    parcels = run_sql(session, PARCELS, {"parcels": stored.parcels[:MOST_PARCELS], "most": MOST_RECORDS})
    return {
        **finding,
        "sentence": sentence_of(finding["rule"], finding["measure"], len(stored.parcels), place, deployment_ground()),
        "opened": _opened(events, stored),
        "parcels_detail": [dict(row._mapping) for row in parcels],
        "history": [_event(event) for event in events],
        "seen_again": _seen_again(session, finding, events),
    }


def outlines_of(session: Session, finding_id: int) -> list[Json]:
    """The outlines of a finding's parcels as GeoJSON in degrees, of those that are not too large to be drawn."""
    rows = run_sql(session, PLACE, {"id": finding_id})
    parcels = rows[0].parcels[:MOST_PARCELS] if rows else []
    return [row.outline for row in run_sql(session, OUTLINES, {"parcels": parcels, "most": MOST_POINTS})]


def _event(event: Any) -> Json:
    """`who` is the person of the step, of an edit its author; `approved_by` the second one; `words` says it briefly."""
    return {
        "at": event.at.isoformat(),
        "what": event.what,
        "who": event.who or event.author,
        "approved_by": event.approved_by,
        "edit_id": event.edit_id,
        "import_id": event.import_id,
        "assignee": event.assignee,
        "reason": event.reason,
        "record": event.record,
        "words": _words(event),
    }


def _words(event: Any) -> str:
    return _what(event) + (f", approved by {event.approved_by}" if event.approved_by else "")


def _what(event: Any) -> str:
    if event.what == "assigned":
        return f"assigned to {event.assignee}" if event.assignee else "assigned to nobody"
    if event.import_id:
        return f"{event.what} by import {event.import_id}"
    if event.edit_id:
        return f"{event.what} by edit {event.edit_id}"
    if event.what == "fixed" and event.who:  # only by saying that the land is open does a person close a finding
        return f"land declared open by {event.who}"
    if event.who:
        return f"{event.what} by {event.who}"
    return f"{event.what} by {event.reason.lower()}" if (event.reason or "").startswith("Scan ") else event.what


def _opened(events: Sequence[Any], stored: Any) -> Json | None:
    """What opened it last: `{words, edit_id, import_id}`; None of a finding without history."""
    for event in reversed(events):
        if event.what not in ("opened", "reopened"):
            continue
        if event.import_id:
            words = f"Came with import {event.import_id} ({event.file_name})."
        elif event.edit_id:
            by = f" of {event.author}" if event.author else ""
            words = f"Came with edit {event.edit_id}{by}" + (f": {event.comment}" if event.comment else ".")
        elif event.who:
            words = f"Opened again by {event.who}: {event.reason}"
        else:
            words = f"Found by {(event.reason or 'a rule').lower()}"
            if stored.import_id:
                words += f"; its parcels came with import {stored.import_id} ({stored.file_name})"
            elif stored.opened_by:
                words += f"; edit {stored.opened_by} was the last of its parcels"
            words += "."
            return {"words": words, "edit_id": stored.opened_by, "import_id": stored.import_id}
        return {"words": words, "edit_id": event.edit_id, "import_id": event.import_id}
    return None


def _seen_again(session: Session, finding: Json, events: Sequence[Any]) -> Json:
    """`{scans, last}`: how many scans saw it again since it was opened last."""
    since = next((e.at for e in reversed(events) if e.what in ("opened", "reopened")), finding["opened_at"])
    until = finding["changed_at"] if finding["status"] == "fixed" else None
    row = run_sql(session, SEEN_AGAIN, {"since": since, "until": until, "rule": finding["rule"]})[0]
    return {"scans": row.scans, "last": row.last.isoformat() if row.last else None}
