"""Opening, updating and closing findings inside the edit that causes it; the table is written, hardly ever read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import shapely

from spatial_admin.cadastre.precision import Point
from spatial_admin.cadastre.rules import RuleBook, default_book
from spatial_admin.cadastre.rules import fingerprint as fingerprint_of
from spatial_admin.cadastre.validity import Found
from spatial_admin.services.shared.run_sql import Execute

# An insert that meets its fingerprint updates instead; a fixed finding opens again. No read: see docs/guards.md.
UPSERT: Final = """
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, opened_by, status, reason, record_id,
                     accepted_until, assignee_id)
VALUES (%(rule)s, %(fingerprint)s, %(parcels)s, ST_GeomFromWKB(%(place)s, %(srid)s), %(measure)s, %(severity)s,
        %(edit)s, %(status)s, %(reason)s, %(record)s, %(accepted_until)s, %(assignee)s)
ON CONFLICT (fingerprint) DO UPDATE SET
  place = excluded.place, measure = excluded.measure, severity = excluded.severity, parcels = excluded.parcels,
  changed_at = clock_timestamp(),
  opened_by = CASE WHEN finding.status = 'fixed' THEN excluded.opened_by ELSE finding.opened_by END,
  closed_by = CASE WHEN finding.status = 'fixed' THEN NULL ELSE finding.closed_by END,
  reason = coalesce(excluded.reason, finding.reason),
  record_id = CASE WHEN excluded.reason IS NULL THEN finding.record_id ELSE excluded.record_id END,
  accepted_until = CASE WHEN excluded.status = 'accepted' THEN excluded.accepted_until ELSE finding.accepted_until END,
  assignee_id = coalesce(excluded.assignee_id, finding.assignee_id),
  status = CASE WHEN 'fixed' = finding.status OR excluded.status = 'accepted' THEN excluded.status
                ELSE finding.status END
RETURNING id, opened_by = %(edit)s AS is_opened, xmax::text <> '0' AS was_there
"""
# What the findings of the parents say, for those that inherit it. A read, and only where a parcel with a finding was
# split or merged. An accepted one goes before an open one.
INHERITED: Final = """
SELECT status, reason, record_id, accepted_until, assignee_id FROM finding
WHERE fingerprint = ANY (%(fingerprints)s) AND status <> 'fixed' ORDER BY status <> 'accepted', id LIMIT 1
"""
CLOSE: Final = """
UPDATE finding SET status = 'fixed', closed_by = %(edit)s, changed_at = clock_timestamp()
WHERE fingerprint = ANY (%(fingerprints)s) AND status <> 'fixed' RETURNING id
"""
NOTE: Final = """
INSERT INTO finding_event (finding, what, edit_id)
SELECT id, %(what)s, %(edit)s FROM unnest(%(ids)s::bigint[]) AS id
"""
OPEN: Final[Mapping[str, object]] = {
    "status": "open", "reason": None, "record": None, "accepted_until": None, "assignee": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What findings are written by: the storage SRID, the rules, and what else is no more."""

    srid: int
    book: RuleBook = field(default_factory=default_book)
    gone_at: Sequence[tuple[str, tuple[str, ...], Point | None]] = ()
    gone_labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Ids of findings that an edit opened (or opened again) and closed."""

    opened: list[int]
    closed: list[int]


def record_findings(
    execute: Execute,
    edit_id: int,
    found: Sequence[Found],
    gone: Sequence[tuple[str, tuple[str, ...]]],
    keys: Mapping[str, int],
    context: Context,
) -> Recorded:
    """Write what the rules found and what they no longer find; `keys` maps parcel ids to internal ids."""
    opened: list[int] = []
    changed: dict[str, list[int]] = {"opened": [], "reopened": [], "changed": [], "accepted": []}
    for one in _by_fingerprint(found, keys).values():
        standing = _standing(execute, one, keys)
        values = {**_values(one, keys), "severity": context.book.severity(one.rule), "srid": context.srid}
        row = execute(UPSERT, {**values, **standing, "edit": edit_id})[0]
        if row.is_opened:
            opened.append(row.id)
        changed["changed" if not row.is_opened else "reopened" if row.was_there else "opened"].append(row.id)
        if one.reason is not None or (row.is_opened and standing["status"] == "accepted"):
            changed["accepted"].append(row.id)  # by its reviewer, or as it was of the parcels that these came out of
    for what, ids in changed.items():
        note(execute, edit_id, what, ids)
    ended = [fingerprint(rule, ids, keys) for rule, ids in gone]
    ended += [fingerprint(rule, ids, keys, point) for rule, ids, point in context.gone_at]
    return Recorded(sorted(opened), _close(execute, edit_id, [*ended, *context.gone_labels]))


def note(execute: Execute, edit_id: int, what: str, ids: Sequence[int]) -> None:
    """Write into the history of findings what an edit did to them."""
    if ids:
        execute(NOTE, {"what": what, "edit": edit_id, "ids": list(ids)})


def fingerprint(rule: str, parcels: Sequence[str], keys: Mapping[str, int], point: Point | None = None) -> str:
    """Of a defect of parcels by their permanent ids; see `cadastre.rules.fingerprint`."""
    return fingerprint_of(rule, [keys[name] for name in parcels], point)


def _fingerprint_of(one: Found, keys: Mapping[str, int]) -> str:
    return f"{one.rule}:{one.label}" if one.label is not None else fingerprint(one.rule, one.parcels, keys, one.point)


def _standing(execute: Execute, one: Found, keys: Mapping[str, int]) -> Mapping[str, object]:
    """Open, or accepted: by the reviewer who makes the edit, or by what was accepted of the parents."""
    if one.reason is not None:
        return {**OPEN, "status": "accepted", "reason": one.reason}
    parents = [fingerprint(rule, names, keys, one.point) for rule, names in one.heirs_of]
    inherited = execute(INHERITED, {"fingerprints": parents}) if parents else []
    for row in inherited:
        standing = {"status": row.status, "reason": row.reason, "record": row.record_id}
        return {**standing, "accepted_until": row.accepted_until, "assignee": row.assignee_id}
    return OPEN


def _close(execute: Execute, edit_id: int, fingerprints: list[str]) -> list[int]:
    if not fingerprints:
        return []
    closed = sorted(row.id for row in execute(CLOSE, {"edit": edit_id, "fingerprints": fingerprints}))
    note(execute, edit_id, "fixed", closed)
    return closed


def _by_fingerprint(found: Sequence[Found], keys: Mapping[str, int]) -> dict[str, Found]:
    # Two gaps between the same parcels are one finding with both places.
    merged: dict[str, Found] = {}
    for one in found:
        name = _fingerprint_of(one, keys)
        known = merged.get(name)
        if known:
            place = shapely.union(known.place, one.place)
            one = replace(one, place=place, measure=(known.measure or 0.0) + (one.measure or 0.0))  # noqa: PLW2901
        merged[name] = one
    return merged


def _values(one: Found, keys: Mapping[str, int]) -> dict[str, object]:
    return {
        "rule": one.rule,
        "fingerprint": _fingerprint_of(one, keys),
        "parcels": sorted(keys[name] for name in one.parcels),
        "place": shapely.to_wkb(one.place),
        "measure": one.measure,
    }
