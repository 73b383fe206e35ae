"""A scan: every rule looks at the whole coverage as it was at one moment, and findings follow.

Cells are judged by child processes in one exported snapshot: no lock is taken, nobody waits. What a cell gives is
kept at once, so a scan that was killed is gone on with. At the end it is compared with the findings (merge_scan);
whatever was edited meanwhile is left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from flask import current_app
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json, SpatialAdminError
from spatial_admin.services.findings.load_rules import judging
from spatial_admin.services.findings.merge_scan import merge_scan
from spatial_admin.services.findings.plan_cells import plan_cells
from spatial_admin.services.findings.run_scanners import Task, run_scanners
from spatial_admin.services.findings.scan_attributes import scan_attributes
from spatial_admin.services.shared.held_snapshot import SCAN
from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.watch_edit import Watch
from spatial_admin.settings import Settings
from spatial_admin.transaction import look_up, short, snapshot

PROCESSES: Final = 2
LOCK: Final = 7_263_544_616  # any constant that nothing else locks

# Held as long as the snapshot is: two scans at once would be the same work twice.
BEGIN: Final = f"""
SELECT set_config('idle_in_transaction_session_timeout', '0', true),
       set_config('application_name', '{SCAN}', true), pg_try_advisory_xact_lock(%(lock)s) AS is_ours,
       pg_export_snapshot() AS snapshot
"""
# A scan that was killed, not long ago, under the same rules: its cells are as good as new ones, for what has changed
# since is told from the versions of parcels.
KILLED: Final = """
SELECT id FROM scan WHERE state = 'running' AND rules = %(rules)s::jsonb
  AND begun_at > clock_timestamp() - interval '1 day'
ORDER BY id DESC LIMIT 1
"""
ABANDON: Final = (
    "UPDATE scan SET state = 'abandoned', ended_at = clock_timestamp() WHERE state = 'running' AND id <> %(scan)s"
)
OPEN: Final = "INSERT INTO scan (rules) VALUES (%(rules)s) RETURNING id"
PLAN: Final = """
INSERT INTO scan_cell (scan, cell, west, south, east, north)
SELECT %(scan)s, n, west, south, east, north
FROM unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
  WITH ORDINALITY AS b (west, south, east, north, n)
"""
# Findings as the snapshot has them, with the versions of their parcels.
IN_SNAPSHOT: Final = "SET TRANSACTION SNAPSHOT '{snapshot}'; SET LOCAL statement_timeout = 0"
NOTE_FINDINGS: Final = """
INSERT INTO scan_seen (scan, finding, changed_at, versions)
SELECT %(scan)s, f.id, f.changed_at, CASE WHEN f.status <> 'fixed' THEN
         ARRAY(SELECT coalesce(p.version, 0) FROM unnest(f.parcels) WITH ORDINALITY AS u (id, n)
               LEFT JOIN parcel AS p ON p.id = u.id ORDER BY u.n) END
FROM finding AS f
"""
LEFT: Final = """
SELECT cell, west, south, east, north, parcels FROM scan_cell WHERE scan = %(scan)s ORDER BY cell
"""
KNOWN_GAPS: Final = "SELECT ST_AsHEXEWKB(place, 'NDR') AS place FROM known_gap ORDER BY id"
KEEP: Final = """
INSERT INTO scan_defect (scan, cell, rule, fingerprint, parcels, versions, place, measure)
SELECT %(scan)s, %(cell)s, rule, fingerprint, parcels::bigint[], versions::int[],
       ST_SetSRID(ST_GeomFromWKB(decode(place, 'hex')), %(srid)s), measure
FROM unnest(%(rules)s::text[], %(fingerprints)s::text[], %(parcels)s::text[], %(versions)s::text[], %(places)s::text[],
            %(measures)s::float8[]) AS d (rule, fingerprint, parcels, versions, place, measure)
"""
DONE: Final = "UPDATE scan_cell SET parcels = %(parcels)s WHERE scan = %(scan)s AND cell = %(cell)s"
CLOSE: Final = """
UPDATE scan SET state = 'done', ended_at = clock_timestamp(), opened = %(opened)s, reopened = %(reopened)s,
  changed = %(changed)s, fixed = %(fixed)s, skipped = %(skipped)s,
  parcels = (SELECT coalesce(sum(parcels), 0) FROM scan_cell WHERE scan = %(scan)s),
  defects = (SELECT count(DISTINCT fingerprint) FROM scan_defect WHERE scan = %(scan)s)
WHERE id = %(scan)s RETURNING id AS scan_id, parcels, defects, opened, reopened, changed, fixed, skipped
"""
# The cells of the newest scan are kept for the next one.
FORGET: Final = (
    "DELETE FROM scan_defect WHERE scan <= %(scan)s",
    "DELETE FROM scan_seen WHERE scan <= %(scan)s",
    "DELETE FROM scan_cell WHERE scan < %(scan)s",
)


class ScanRuns(SpatialAdminError):
    """A scan runs already; `flask jobs list` or the page Jobs shows how far it is."""


@dataclass(frozen=True, slots=True)
class _Begun:
    number: int
    left: Sequence[tuple[int, Box]]
    done: int  # parcels of the cells that are done
    total: int


def scan_coverage(watch: Watch, *, processes: int = PROCESSES) -> Json:
    """Scan, and answer the counts.

    Raises ScanRuns, ScannerDied and what `watch` raises: then the cells that are done are kept.
    """
    constants = judging(look_up)  # as they are now: who has just set one asks for the scan, and a worker makes it
    settings: Settings = current_app.config["SETTINGS"]
    watch("Dividing the coverage into cells", 0)
    with snapshot(may_lag=False) as session:
        begin = run_sql(session, BEGIN, {"lock": LOCK})[0]
        if not begin.is_ours:
            raise ScanRuns(ScanRuns.__doc__)
        begun = _begin(session, begin.snapshot, constants)
        known = [row.place for row in run_sql(session, KNOWN_GAPS)]
        done = begun.done
        watch("Scanning", done, begun.total)
        task = Task(constants, settings.database_url, begin.snapshot, known)
        for answer in run_scanners(begun.left, task, processes=processes):
            _keep(begun.number, answer, constants.ground.srid)
            done += int(answer["parcels"])
            watch("Scanning", min(done, begun.total), begun.total)
        watch("Looking at numbers and zones", begun.total, begun.total)
        with _in_snapshot(begin.snapshot) as same:
            scan_attributes(same, begun.number, constants)
        # Held until the end: what is compared now is compared by one scan alone.
        watch("Comparing with the findings", begun.total, begun.total)
        counts = merge_scan(begun.number, constants, lambda: watch("Comparing with the findings", begun.total))
        return _close(begun.number, counts)


@contextmanager
def _in_snapshot(name: str) -> Iterator[Session]:
    """A transaction of its own that sees what the exported snapshot sees, and may write."""
    with short(isolation="REPEATABLE READ") as session:
        run_sql(session, IN_SNAPSHOT.format(snapshot=name))
        yield session


def _begin(session: Session, name: str, constants: Fixed) -> _Begun:
    rules = json.dumps(constants.book.as_json())
    killed = run_sql(session, KILLED, {"rules": rules})
    if killed:
        number = int(killed[0].id)
        with short() as writing:
            run_sql(writing, ABANDON, {"scan": number})
    else:
        cells, _ = plan_cells(session, constants.ground.extent)
        number = _open(rules, cells)
        with _in_snapshot(name) as same:
            run_sql(same, NOTE_FINDINGS, {"scan": number})
    with short() as reading:
        rows = run_sql(reading, LEFT, {"scan": number})
    left = [(row.cell, (row.west, row.south, row.east, row.north)) for row in rows if row.parcels is None]
    done = sum(row.parcels or 0 for row in rows)
    about = run_sql(session, "SELECT greatest(reltuples, 0)::bigint AS n FROM pg_class WHERE oid = 'parcel'::regclass")
    return _Begun(number, left, done, max(int(about[0].n), done))


def _open(rules: str, cells: Sequence[Box]) -> int:
    west, south, east, north = (list(side) for side in zip(*cells, strict=True))
    with short() as session:
        number = int(run_sql(session, OPEN, {"rules": rules})[0].id)
        run_sql(session, ABANDON, {"scan": number})
        run_sql(session, PLAN, {"scan": number, "west": west, "south": south, "east": east, "north": north})
    return number


def _keep(scan: int, answer: Json, srid: int) -> None:
    found = answer["defects"]
    with short() as session:
        if found:
            rules, fingerprints, parcels, versions, places, measures = (
                list(column) for column in zip(*found, strict=True)
            )
            values = {
                "rules": rules,
                "fingerprints": fingerprints,
                "places": places,
                "measures": measures,
                "srid": srid,
            }
            arrays = {"parcels": [_array(ids) for ids in parcels], "versions": [_array(one) for one in versions]}
            run_sql(session, KEEP, {**values, **arrays, "scan": scan, "cell": answer["cell"]})
        run_sql(session, DONE, {"scan": scan, "cell": answer["cell"], "parcels": answer["parcels"]})


def _array(numbers: Sequence[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _close(scan: int, counts: Json) -> Json:
    with short() as session:
        row = run_sql(session, CLOSE, {"scan": scan, **counts})[0]
        for statement in FORGET:
            run_sql(session, statement, {"scan": scan})
    return dict(row._mapping)
