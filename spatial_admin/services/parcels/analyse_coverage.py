"""Where open findings cluster and how far each level reaches: bounded work, read where a replica may answer.

DBSCAN puts findings into one cluster that are at most `WITHIN_M` from the next, where at least `LEAST` are so close;
the others are scattered. A level's extent is the concave hull of the centres of its parcels, of a sample where there
are many: an outline to look at, not a boundary.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import shapely
from flask import current_app
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import FloatArray, Point
from spatial_admin.database_errors import QUERY_CANCELED, sqlstate
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.transaction import snapshot

WITHIN_M: Final = 250
LEAST: Final = 5
MOST_FINDINGS: Final = 20_000
MOST_PARCELS: Final = 10_000
SHOWN: Final = 8
KEPT_S: Final = 300.0
TIMEOUT_MS: Final = 2_000
KEY: Final = "spatial_admin.analysis"  # of the application
_lock = threading.Lock()

ESTIMATE: Final = "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'parcel'::regclass"
# Pages of the table at random, so that a million parcels cost as much as ten thousand.
EXTENTS: Final = """
SELECT level, parcels, ST_AsBinary(hull) AS hull, ST_Area(ST_Transform(hull, 4326)::geography) / 1e6 AS km2
FROM (SELECT level, count(*) AS parcels, ST_ConcaveHull(ST_Collect(ST_Centroid(ST_Envelope(geom))), 0.2) AS hull
      FROM parcel TABLESAMPLE SYSTEM (:percent) REPEATABLE (1) WHERE end_lifespan_version IS NULL
      GROUP BY level) AS outlined
ORDER BY parcels DESC
"""
# In metres, roughly: a degree is scaled as it is in the middle of the findings.
CLUSTERS: Final = """
WITH placed AS MATERIALIZED (
  SELECT rule, ST_Centroid(ST_Envelope(place)) AS at FROM finding
  WHERE status = 'open' AND place IS NOT NULL AND NOT ST_IsEmpty(place) LIMIT :most
), middle AS (
  SELECT CASE WHEN :is_geographic THEN 111320 * cos(radians(avg(ST_Y(at)))) ELSE :metres END AS east,
         CASE WHEN :is_geographic THEN 111320 ELSE :metres END AS north FROM placed
), clustered AS (
  SELECT rule, at, ST_ClusterDBSCAN(ST_Scale(at, east, north), :within, :least) OVER () AS cluster FROM placed, middle
)
SELECT cluster, count(*) AS findings, mode() WITHIN GROUP (ORDER BY rule) AS rule,
       avg(ST_X(at)) AS x, avg(ST_Y(at)) AS y, avg(ST_X(ST_Transform(at, 4326))) AS lon,
       avg(ST_Y(ST_Transform(at, 4326))) AS lat
FROM clustered GROUP BY cluster ORDER BY findings DESC
"""
# Open findings by the district that most of their first parcel lies in, or by level where there are no districts: as
# list_findings.AREAS narrows to them. Several areas may carry one code; their name is told where it is one.
AREAS: Final = """
SELECT coalesce(d.code, p.level) AS code, d.code IS NOT NULL AS is_district,
       CASE WHEN min(d.name) = max(d.name) THEN nullif(min(d.name), d.code) END AS name,
       count(*) AS findings, count(*) FILTER (WHERE f.severity = 'error') AS errors
FROM (SELECT parcels[1] AS parcel, severity FROM finding WHERE status = 'open' LIMIT :most) AS f
JOIN parcel AS p ON p.id = f.parcel
LEFT JOIN LATERAL (SELECT district FROM parcel_zoning AS z WHERE z.parcel = f.parcel
                   ORDER BY share DESC, district LIMIT 1) AS z ON true
LEFT JOIN zoning_district AS d ON d.id = z.district
GROUP BY 1, 2, d.code ORDER BY findings DESC, code LIMIT :shown
"""


@dataclass(frozen=True, slots=True)
class Area:
    """Open findings of a zoning district, or of the parcels of a level that lie in none; `code` is of either."""

    code: str
    name: str | None
    is_district: bool
    findings: int
    errors: int

    @property
    def words(self) -> str:
        """What people call it."""
        return " ".join(filter(None, (self.code, self.name))) if self.is_district else f"Level {self.code}"

    @property
    def key(self) -> str:
        """As the argument `area` of lists of findings takes it."""
        return f"{'district' if self.is_district else 'level'}:{self.code}"


@dataclass(frozen=True, slots=True)
class Extent:
    """A level's outline: `rings` in storage coordinates, each (n, 2); `parcels` is about how many it has now."""

    level: str
    parcels: int
    km2: float
    rings: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Open findings close to each other; `rule` is the most frequent, `centre` in storage coordinates."""

    findings: int
    rule: str
    centre: Point
    lonlat: Point


@dataclass(frozen=True, slots=True)
class Analysis:
    """As of `at`. `findings` were looked at, all of them unless `is_part`; `clusters` are the largest, of `found`."""

    at: datetime
    extents: tuple[Extent, ...]
    clusters: tuple[Cluster, ...]
    found: int
    findings: int
    scattered: int
    is_part: bool
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    analysis: Analysis | None  # None: the database took too long
    until: float


def analyse_coverage() -> Analysis | None:
    """The analysis, at most five minutes old; None where the database takes too long for it, or somebody waits for it.

    One reader asks, for all of the process; meanwhile the others are shown what is there already.
    """
    kept: _Kept | None = current_app.extensions.get(KEY)
    if kept is not None and time.monotonic() < kept.until:
        return kept.analysis
    if not _lock.acquire(blocking=False):
        return kept.analysis if kept else None
    try:
        analysis = _asked()
        current_app.extensions[KEY] = _Kept(analysis, time.monotonic() + KEPT_S)
    finally:
        _lock.release()
    return analysis


def _asked() -> Analysis | None:
    try:
        with snapshot(may_lag=True) as session:
            session.execute(text(f"SET LOCAL statement_timeout = {TIMEOUT_MS}"))
            return analysis_in(session)
    except exc.DBAPIError as error:
        if sqlstate(error) != QUERY_CANCELED:
            raise
        return None


def analysis_in(session: Session) -> Analysis:
    """All questions, in a session whose statements are bounded."""
    ground = deployment_ground()
    estimate = float(session.execute(text(ESTIMATE)).scalar_one())
    percent = min(100.0, 100.0 * MOST_PARCELS / max(estimate, 1.0))
    extents = session.execute(text(EXTENTS), {"percent": percent}).all()
    values = {"most": MOST_FINDINGS, "is_geographic": ground.is_geographic, "metres": ground.metres_per_unit}
    groups = session.execute(text(CLUSTERS), {**values, "within": WITHIN_M, "least": LEAST}).all()
    areas = session.execute(text(AREAS), {"most": MOST_FINDINGS, "shown": SHOWN}).all()
    clusters = [row for row in groups if row.cluster is not None]
    seen = sum(row.findings for row in groups)
    return Analysis(
        at=datetime.now(UTC),
        extents=tuple(_extent(row, percent) for row in extents),
        clusters=tuple(_cluster(row) for row in clusters[:SHOWN]),
        found=len(clusters),
        findings=seen,
        scattered=seen - sum(row.findings for row in clusters),
        is_part=seen >= MOST_FINDINGS,
        areas=tuple(Area(row.code, row.name, row.is_district, row.findings, row.errors) for row in areas),
    )


def _extent(row: Any, percent: float) -> Extent:
    hull = shapely.from_wkb(bytes(row.hull))
    parts: Sequence[Any] = [part for part in shapely.get_parts(hull) if isinstance(part, shapely.Polygon)]
    rings = tuple(shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors))
    return Extent(row.level, round(row.parcels * 100 / percent), float(row.km2), rings)


def _cluster(row: Any) -> Cluster:
    return Cluster(row.findings, row.rule, (row.x, row.y), (row.lon, row.lat))
