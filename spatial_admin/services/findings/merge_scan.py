"""What a scan found against the findings that are stored: only what differs is written, and nothing stale.

A defect counts only if its parcels are still at the versions that were looked at, and a finding is touched only if it
is still as it was when the scan began. Both are asked in the SERIALIZABLE transaction that writes: an edit that
changes a parcel or a finding in that very moment makes one of the two begin again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from spatial_admin.cadastre.rules import FOUND
from spatial_admin.errors import Json
from spatial_admin.services.findings.carry_gaps import carry_gaps
from spatial_admin.services.findings.group_defects import GROUPED, IS_CURRENT, IS_OPEN_LAND, PLACE, RETRY_FOR_S
from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import serializable, short

CHUNK: Final = 100
COUNTED: Final = ("opened", "reopened", "changed", "fixed")

# What has no finding, one that says otherwise, or one that opens again: fixed, or accepted until a day that is past.
# Measures are computed here and by edits in other planes; a thousandth is no difference.
DIFFERING: Final = f"""
SELECT d.fingerprint FROM ({GROUPED.format(place="NULL", chosen="")}) AS d LEFT JOIN finding AS f USING (fingerprint)
WHERE f.id IS NULL OR f.status = 'fixed' OR (f.status = 'accepted' AND f.accepted_until <= clock_timestamp())
  OR f.severity <> %(severities)s::jsonb ->> d.rule OR f.parcels <> d.parcels
  OR (f.measure IS NULL) <> (d.measure IS NULL) OR abs(f.measure - d.measure) > greatest(0.0005, 0.001 * abs(f.measure))
ORDER BY d.fingerprint
"""
# It is said to be opened by the newest edit of its parcels (or import): it cannot be older than that.
WRITE: Final = f"""
WITH found AS MATERIALIZED ({GROUPED.format(place=PLACE, chosen="AND fingerprint = ANY (%(chosen)s)")}),
fresh AS MATERIALIZED (
  SELECT found.*, f.id AS finding, f.status FROM found LEFT JOIN finding AS f USING (fingerprint)
  WHERE {IS_CURRENT} AND (found.rule <> 'gap' OR {IS_OPEN_LAND})
    AND (f.id IS NULL OR EXISTS (SELECT FROM scan_seen AS s WHERE s.scan = %(scan)s AND s.finding = f.id
                                 AND s.changed_at = f.changed_at))),
written AS (
  INSERT INTO finding AS f (rule, fingerprint, parcels, place, measure, severity, opened_by)
  SELECT rule, fingerprint, parcels, place, measure, %(severities)s::jsonb ->> rule, (
    SELECT nullif(p.edit_id, 0) FROM parcel AS p WHERE p.id = ANY (fresh.parcels)
    ORDER BY p.begin_lifespan_version DESC, p.edit_id DESC LIMIT 1)
  FROM fresh ORDER BY fingerprint
  ON CONFLICT (fingerprint) DO UPDATE SET
    place = excluded.place, measure = excluded.measure, severity = excluded.severity, parcels = excluded.parcels,
    changed_at = clock_timestamp(), closed_by = NULL,
    opened_by = CASE WHEN f.status = 'fixed' THEN excluded.opened_by ELSE f.opened_by END,
    record_id = CASE WHEN f.status = 'accepted' AND f.accepted_until > clock_timestamp() IS NOT FALSE
                     THEN f.record_id END,
    reason = CASE WHEN f.status = 'accepted' AND f.accepted_until > clock_timestamp() IS NOT FALSE THEN f.reason END,
    accepted_until = CASE WHEN f.status = 'accepted' AND f.accepted_until > clock_timestamp() THEN f.accepted_until END,
    status = CASE WHEN f.status = 'accepted' AND f.accepted_until > clock_timestamp() IS NOT FALSE THEN 'accepted'
                  ELSE 'open' END
  RETURNING f.id, f.fingerprint, f.status)
INSERT INTO finding_event (finding, what, reason)
SELECT w.id, CASE WHEN n.finding IS NULL THEN 'opened' WHEN n.status = 'fixed' OR w.status <> n.status THEN 'reopened'
             ELSE 'changed' END, %(reason)s
FROM written AS w JOIN fresh AS n USING (fingerprint) ORDER BY w.id RETURNING what
"""
# Not fixed, of a rule that was looked at, and not found. (A slit of one parcel is seen by edits only.)
VANISHED: Final = """
SELECT f.id FROM scan_seen AS s JOIN finding AS f ON f.id = s.finding AND f.changed_at = s.changed_at
WHERE s.scan = %(scan)s AND f.status <> 'fixed' AND f.rule = ANY (%(rules)s)
  AND NOT (f.rule = 'gap' AND cardinality(f.parcels) = 1)
  AND NOT EXISTS (SELECT FROM scan_defect AS d WHERE d.scan = %(scan)s AND d.fingerprint = f.fingerprint) ORDER BY f.id
"""
# By the newest edit of its parcels, where one of them was edited since the finding was last written.
FIX: Final = """
WITH fixed AS (
  UPDATE finding AS f SET status = 'fixed', changed_at = clock_timestamp(), closed_by = (
    SELECT nullif(p.edit_id, 0) FROM parcel AS p
    WHERE p.id = ANY (f.parcels) AND p.begin_lifespan_version > f.changed_at
    ORDER BY p.begin_lifespan_version DESC LIMIT 1)
  FROM scan_seen AS s
  WHERE f.id = ANY (%(chosen)s) AND s.scan = %(scan)s AND s.finding = f.id AND s.changed_at = f.changed_at
    AND NOT EXISTS (SELECT FROM unnest(f.parcels, s.versions) AS seen (id, version) WHERE NOT EXISTS (
          SELECT FROM parcel AS p WHERE p.id = seen.id AND p.version = seen.version))
  RETURNING f.id, f.closed_by)
INSERT INTO finding_event (finding, what, edit_id, reason)
SELECT id, 'fixed', closed_by, %(reason)s FROM fixed ORDER BY id RETURNING what
"""


def merge_scan(scan: int, constants: Fixed, look: Callable[[], None]) -> Json:
    """Bring findings up to date with what a scan found; counts of what was opened, reopened, changed, fixed, skipped.

    `look` is called between chunks; what it raises leaves whole chunks behind, which the next attempt finds done.
    """
    book = constants.book
    values: Json = {
        "scan": scan,
        "severities": json.dumps({rule: book.severity(rule) for rule in FOUND}),
        "rules": [rule for rule in FOUND if book.is_on(rule)],
        "reason": f"Scan {scan}",
    }
    counts: Counter[str] = Counter()
    if book.is_on("gap"):
        counts.update(carry_gaps(scan, str(values["reason"]), look))
    # First what is no more: an overlap that has become a sliver is the same place.
    for choose, write in ((VANISHED, FIX), (DIFFERING, WRITE)):
        with short(statement_timeout_ms=0) as session:
            chosen = [row[0] for row in run_sql(session, choose, values)]
        for begin in range(0, len(chosen), CHUNK):
            portion = chosen[begin : begin + CHUNK]
            done = _write(write, {**values, "chosen": portion})
            counts.update(row.what for row in done)
            counts["skipped"] += len(portion) - len(done)
            look()
    return {name: counts[name] for name in (*COUNTED, "skipped")}


def _write(statement: str, values: Json) -> Sequence[Any]:
    """One chunk, run again while others win: then it sees what they did."""
    return serializable(
        lambda session: run_sql(session, statement, values), statement_timeout_ms=120_000, retry_for_s=RETRY_FOR_S
    )
