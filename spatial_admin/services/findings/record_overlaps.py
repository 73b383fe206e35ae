"""Findings for the overlaps that an import brings: one for each pair, one for each stack of identical parcels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import shapely
from sqlalchemy.orm import Session

from spatial_admin.cadastre.overlap_search import Overlap, Stack
from spatial_admin.services.findings.load_rules import rule_book
from spatial_admin.services.shared.run_sql import run_sql

# All findings of a chunk at once; arrays of arrays do not unnest, so parcels travel as text of an array.
INSERT_FINDINGS: Final = """
INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, opened_by)
SELECT v.rule, v.rule || ':' || array_to_string(v.parcels::bigint[], ':'), v.parcels::bigint[],
       ST_GeomFromWKB(v.place, %(srid)s), v.measure, v.severity, %(edit)s
FROM unnest(%(rules)s::text[], %(parcels)s::text[], %(places)s::bytea[], %(measures)s::float8[], %(severities)s::text[])
  AS v (rule, parcels, place, measure, severity)
ON CONFLICT (fingerprint) DO NOTHING RETURNING id
"""
# The stack that stored parcels already form; it grows.
STACKS_OF: Final = """
SELECT id, parcels FROM finding WHERE rule = 'stack' AND status <> 'fixed' AND parcels && %(parcels)s::bigint[]
"""
GROW_STACK: Final = """
UPDATE finding SET parcels = %(parcels)s::bigint[], changed_at = clock_timestamp(),
  fingerprint = 'stack:' || array_to_string(%(parcels)s::bigint[], ':')
WHERE id = %(id)s
"""
NOTE: Final = """
INSERT INTO finding_event (finding, what, edit_id) SELECT id, %(what)s, %(edit)s FROM unnest(%(ids)s::bigint[]) AS id
"""


def record_overlaps(
    session: Session, edit_id: int, overlaps: Sequence[Overlap], stacks: Sequence[Stack], srid: int
) -> int:
    """Write the findings in the session's transaction; returns how many were opened."""
    new_stacks = _grow_known(session, edit_id, stacks)
    found: list[tuple[str, Overlap | Stack]] = [("overlap", overlap) for overlap in overlaps]
    found += [("stack", stack) for stack in new_stacks]
    if not found:
        return 0
    severity = rule_book(partial(run_sql, session)).severity
    values: dict[str, Any] = {
        "rules": [rule for rule, _ in found],
        "parcels": ["{" + ",".join(map(str, one.parcels)) + "}" for _, one in found],
        "places": [shapely.to_wkb(one.common.in_storage()) for _, one in found],
        "measures": [one.common.area_m2 for _, one in found],
        "severities": [severity(rule) for rule, _ in found],
    }
    opened = [row.id for row in run_sql(session, INSERT_FINDINGS, {**values, "srid": srid, "edit": edit_id})]
    run_sql(session, NOTE, {"what": "opened", "edit": edit_id, "ids": opened})
    return len(opened)


def _grow_known(session: Session, edit_id: int, stacks: Sequence[Stack]) -> list[Stack]:
    """Add to the stacks that are known; answers the others."""
    if not stacks:
        return []
    everybody = sorted({parcel for stack in stacks for parcel in stack.parcels})
    known = {parcel: row.id for row in run_sql(session, STACKS_OF, {"parcels": everybody}) for parcel in row.parcels}
    new, grown = [], []
    for stack in stacks:
        finding = next((known[parcel] for parcel in stack.parcels if parcel in known), None)
        if finding is None:
            new.append(stack)
            continue
        run_sql(session, GROW_STACK, {"id": finding, "parcels": list(stack.parcels)})
        grown.append(finding)
    if grown:
        run_sql(session, NOTE, {"what": "changed", "edit": edit_id, "ids": grown})
    return new
