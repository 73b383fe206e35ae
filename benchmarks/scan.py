"""Scanning 100,000 and 1,000,000 parcels beside GEOS' coverage check in one process and the self-join in SQL.

    script/bench scan DATABASE [PARCELS ...]

Nothing is written: what is measured is the looking, in one snapshot, cell by cell; DATABASE is one of the cluster, such as
`flask demo load` makes. Of fewer PARCELS the cells in its middle are looked at. The scanners read, match all sides, judge
every rule; the limit reads the same cells in the same way and asks GEOS for invalid edges and gaps; the self-join asks for
overlapping pairs alone, in the same cells. That all looked at the same parcels is checked. Memory is the most that one process
ever held.
"""

from __future__ import annotations

import math
import os
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import make_url, text

from benchmarks._report import head, line
from spatial_admin.cadastre.overlap import SLIVER_NOISE_M2
from spatial_admin.cadastre.precision import Box
from spatial_admin.cadastre.rules import default_book
from spatial_admin.cadastre.scanning.cell import ground_of_book
from spatial_admin.factory import create_app
from spatial_admin.services.findings.plan_cells import PLACES, divide
from spatial_admin.services.findings.run_scanners import Task, run_scanners
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

CELL = 3_000
NEARLY_ALL = 0.95
PEAK = re.compile(r"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)
PAIRED = ("overlap", "sliver", "stack")
PAIRS = text(
    "SELECT count(*), count(*) FILTER (WHERE ground_area_m2(ST_Multi(ST_CollectionExtract(ST_Intersection(a.geom, b.geom), 3))) > :noise) "
    "FROM parcel AS a JOIN parcel AS b ON a.geom && b.geom AND a.id < b.id AND a.level = b.level "
    "WHERE a.geom && ST_MakeEnvelope(:w, :s, :e, :n, :srid) AND a.end_lifespan_version IS NULL AND b.end_lifespan_version IS NULL "
    "AND a.level = ANY (:levels) AND ST_Relate(a.geom, b.geom, 'T********') AND ST_XMin(a.geom) >= :w AND ST_XMin(a.geom) < :e "
    "AND ST_YMin(a.geom) >= :s AND ST_YMin(a.geom) < :n"
)


def main() -> None:
    name, *counts = sys.argv[1:] or sys.exit(__doc__)
    cluster = TestCluster(os.environ["TEST_DATABASE_ADMIN_URL"])
    url = make_url(os.environ["TEST_DATABASE_ADMIN_URL"]).set(database=name).render_as_string(hide_password=False)
    app = create_app(replace(settings_over(cluster.app_url(name), cluster, Path("/tmp")), database_url=url))  # noqa: S108
    head()
    with app.app_context():
        for count in [int(one) for one in counts] or [100_000, 1_000_000]:
            measure(url, count)
    dispose(app)


def measure(url: str, count: int) -> None:
    constants, book = fixed(), default_book()
    constants = replace(constants, ground=ground_of_book(constants.ground, book), book=book)
    with snapshot(may_lag=False) as session:
        named = run_sql(session, "SELECT pg_export_snapshot() AS name")[0].name
        total = int(run_sql(session, "SELECT reltuples::bigint AS n FROM pg_class WHERE oid = 'parcel'::regclass")[0].n)
        places = np.array([tuple(row) for row in run_sql(session, PLACES, {"percent": min(100.0, 2e6 / total)})])
        cells = divide(constants.ground.extent, places, CELL * len(places) / total)
        chosen = list(enumerate(middle(cells, places, count / total)))
        task = Task(constants, url, named)
        check = look(chosen, replace(task, module="benchmarks._coverage_check"), 1)
        two = look(chosen, task, 2)
        one = look(chosen, task, 1)
        began = time.perf_counter()
        touching, pairs = 0, 0
        for _, (w, s, e, n) in chosen:
            values = {
                "w": w,
                "s": s,
                "e": e,
                "n": n,
                "srid": constants.ground.srid,
                "levels": sorted(constants.exclusive_levels),
                "noise": SLIVER_NOISE_M2,
            }
            met, counted = session.execute(PAIRS, values).one()
            touching, pairs = touching + met, pairs + counted
        joined = time.perf_counter() - began
    if not check.parcels == two.parcels == one.parcels:
        raise SystemExit(f"Not the same parcels: check {check.parcels}, scan {two.parcels} and {one.parcels}")
    line(f"scan, two processes, s ({two.parcels:,} parcels)", len(chosen), two.seconds, check.seconds, "<= 0.7 x")
    line("  of the processor, s, PostgreSQL's left out", len(chosen), two.processor_s, check.processor_s)
    line("scan, one process, s", len(chosen), one.seconds, check.seconds)
    line("SQL self-join on overlaps, s", len(chosen), joined, check.seconds)
    line("memory of the larger scanner | of the check, MB", 2, two.peak_mb, check.peak_mb, "<= 150 MB")
    print(f"found: {dict(two.found)}; GEOS' check: {check.found['edges']:,} parcels with such edges")
    print(f"overlapping pairs: scan {two.pairs}, SQL {pairs}, and {touching - pairs} below {SLIVER_NOISE_M2} m2")


def middle(cells: Sequence[Box], places: np.ndarray[tuple[int, int], np.dtype[np.float64]], share: float) -> list[Box]:
    """The cells nearest to the middle of the places that hold about a share of them; of nearly all places all cells."""
    if share >= NEARLY_ALL:
        return list(cells)
    at = np.median(places, axis=0)
    inside = [places[((places >= cell[:2]) & (places < cell[2:])).all(axis=1)] for cell in cells]
    order = sorted(
        range(len(cells)),
        key=lambda i: float(np.hypot(*(np.mean(inside[i], axis=0) - at))) if len(inside[i]) else np.inf,
    )
    held = np.cumsum([len(inside[i]) for i in order])
    return [cells[i] for i in order[: int(np.searchsorted(held, share * len(places))) + 1]]


class Looked(NamedTuple):
    """What it took to look at cells, and what was found: by rule, and pairs that overlap (a stack is one finding of all its pairs)."""

    seconds: float
    processor_s: float
    peak_mb: float
    parcels: int
    found: Counter[str]
    pairs: int


def look(cells: Sequence[tuple[int, Box]], task: Task, processes: int) -> Looked:
    """Look at all cells once."""
    before, began = processor_time(), time.perf_counter()
    parcels, found, pairs, peak_mb = 0, Counter[str](), 0, 0.0
    for answer in run_scanners(cells, task, processes=processes):
        peak_mb = max(peak_mb, *peaks_mb())
        parcels += answer["parcels"]
        for one in answer["defects"]:
            if isinstance(one, int):
                found["edges"] += one
                continue
            found[one[0]] += 1
            pairs += math.comb(len(one[2]), 2) if one[0] in PAIRED else 0
    took = time.perf_counter() - began
    return Looked(took, processor_time() - before, peak_mb, parcels, found, pairs)


def processor_time() -> float:
    """Seconds that child processes which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peaks_mb() -> list[float]:
    """The most memory that each child process has held so far."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    status = [Path(f"/proc/{child}/status").read_text() for child in children]
    return [float(found[1]) / 1024 for found in map(PEAK.search, status) if found]


if __name__ == "__main__":
    main()
