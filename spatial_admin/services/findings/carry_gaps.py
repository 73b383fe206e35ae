"""The finding of a gap goes with its land in a scan, too: others came to it, by an import, by SQL, by a side that only
touches it. It keeps its number, what was accepted, who has it and its history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from spatial_admin.errors import Json
from spatial_admin.services.findings.group_defects import GROUPED, IS_CURRENT, IS_OPEN_LAND, PLACE, RETRY_FOR_S
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import serializable, short

CHUNK: Final = 100

# Findings of gaps whose parcels no gap has any more, and the gaps without a finding on the same land: more in common
# than a thousandth. By their parcels first: of the coverage few findings vanish, and many gaps stay.
SUCCEEDED: Final = """
WITH vanished AS MATERIALIZED (
  SELECT f.id, f.status, f.parcels, f.place FROM scan_seen AS s
  JOIN finding AS f ON f.id = s.finding AND f.changed_at = s.changed_at
  WHERE s.scan = %(scan)s AND f.rule = 'gap' AND f.status <> 'fixed' AND NOT EXISTS (
    SELECT FROM scan_defect AS d WHERE d.scan = %(scan)s AND d.fingerprint = f.fingerprint)),
near AS (
  SELECT DISTINCT v.id AS finding, d.id AS defect
  FROM (SELECT id, unnest(parcels) AS parcel FROM vanished) AS v
  JOIN (SELECT id, unnest(parcels) AS parcel FROM scan_defect WHERE scan = %(scan)s AND rule = 'gap') AS d
    USING (parcel))
SELECT v.id, d.fingerprint, sum(ST_Area(ST_Intersection(v.place, d.place))) AS common
FROM near JOIN vanished AS v ON v.id = near.finding JOIN scan_defect AS d ON d.id = near.defect
WHERE v.place && d.place
  AND ST_Area(ST_Intersection(v.place, d.place)) > 0.001 * least(ST_Area(v.place), ST_Area(d.place))
  AND NOT EXISTS (SELECT FROM finding AS f WHERE f.fingerprint = d.fingerprint AND f.status <> 'fixed')
GROUP BY v.id, v.status, d.fingerprint ORDER BY v.status = 'accepted', common DESC, v.id
"""
# A finding that was fixed under these parcels once stays fixed: theirs is now that of the land.
RELEASE: Final = """
UPDATE finding SET fingerprint = fingerprint || ':' || id
WHERE fingerprint = ANY (%(chosen)s) AND status = 'fixed'
"""
CARRY: Final = f"""
WITH found AS MATERIALIZED ({GROUPED.format(place=PLACE, chosen="AND fingerprint = ANY (%(chosen)s)")}),
carried AS (
  UPDATE finding AS f SET fingerprint = found.fingerprint, parcels = found.parcels, place = found.place,
    measure = found.measure, changed_at = clock_timestamp()
  FROM unnest(%(ids)s::bigint[], %(chosen)s) AS pair (finding, fingerprint)
  JOIN found USING (fingerprint)
  JOIN scan_seen AS s ON s.scan = %(scan)s AND s.finding = pair.finding
  WHERE f.id = pair.finding AND f.changed_at = s.changed_at AND {IS_CURRENT} AND {IS_OPEN_LAND}
    AND NOT EXISTS (SELECT FROM finding AS other WHERE other.fingerprint = found.fingerprint)
  RETURNING f.id)
INSERT INTO finding_event (finding, what, reason)
SELECT id, 'changed', %(reason)s FROM carried ORDER BY id RETURNING what
"""


def carry_gaps(scan: int, reason: str, look: Callable[[], None]) -> Counter[str]:
    """Give findings of gaps whose land a scan found between other parcels these parcels; counts of what was `changed`
    and, being out of date, `skipped`. Of several that became one an open one goes on, for its land nobody accepted.

    `look` is called between chunks; what it raises leaves whole chunks behind, which the next attempt finds done.
    """
    with short(statement_timeout_ms=0) as session:
        pairs = _one_to_one(run_sql(session, SUCCEEDED, {"scan": scan}))
    counts: Counter[str] = Counter()
    for begin in range(0, len(pairs), CHUNK):
        ids, chosen = zip(*pairs[begin : begin + CHUNK], strict=True)
        done = _carry({"scan": scan, "ids": list(ids), "chosen": list(chosen), "reason": reason})
        counts.update(changed=len(done), skipped=len(ids) - len(done))
        look()
    return counts


def _one_to_one(rows: Sequence[Any]) -> list[tuple[int, str]]:
    """The first choice of each finding and each gap, in the order that they come in."""
    chosen: dict[int, str] = {}
    for row in rows:
        if row.id not in chosen and row.fingerprint not in chosen.values():
            chosen[row.id] = row.fingerprint
    return list(chosen.items())


def _carry(values: Json) -> Sequence[Any]:
    """One chunk, run again while others win: then it sees what they did."""

    def work(session: Any) -> Sequence[Any]:
        run_sql(session, RELEASE, values)
        return run_sql(session, CARRY, values)

    return serializable(work, statement_timeout_ms=120_000, retry_for_s=RETRY_FOR_S)
