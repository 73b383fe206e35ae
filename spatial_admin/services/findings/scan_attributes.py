"""Rules that look at attributes of all parcels at once: numbers, and zones."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.services.shared.run_sql import run_sql

WHOLE: Final = -1
MOST_NAMED: Final = 1_000  # parcels in one finding
LONG_NUMBER: Final = 100  # a fingerprint is a key of an index
INSERT: Final = "INSERT INTO scan_defect (scan, cell, rule, fingerprint, parcels, versions, place, measure)"
# What was found before the scan was killed is found again.
FORGET: Final = "DELETE FROM scan_defect WHERE scan = %(scan)s AND cell = -1"
# One finding a number, whoever has it: a third parcel with it is the same finding.
DUPLICATE_NUMBERS: Final = f"""
{INSERT}
SELECT %(scan)s, -1, 'duplicate_number', 'duplicate_number:' || level || ':' ||
       CASE WHEN length(name) > {LONG_NUMBER} THEN md5(name) ELSE name END, ids, versions,
       (SELECT ST_Collect(ST_PointOnSurface(p.geom) ORDER BY p.id) FROM parcel AS p WHERE p.id = ANY (ids)), count
FROM (SELECT level, lower(number) AS name, count(*) AS count,
             (array_agg(id ORDER BY id))[1:{MOST_NAMED}] AS ids,
             (array_agg(version ORDER BY id))[1:{MOST_NAMED}] AS versions
      FROM parcel WHERE end_lifespan_version IS NULL AND number ~ '\\S' GROUP BY 1, 2 HAVING count(*) > 1) AS same
"""
MISSING_NUMBERS: Final = f"""
{INSERT}
SELECT %(scan)s, -1, 'missing_number', 'missing_number:' || id, ARRAY[id], ARRAY[version], ST_PointOnSurface(geom), NULL
FROM parcel WHERE end_lifespan_version IS NULL AND kind IN ('lot', 'unit') AND coalesce(number, '') !~ '\\S'
"""
# Only where there are districts at all; streets and water often have none.
NO_ZONES: Final = f"""
{INSERT}
SELECT %(scan)s, -1, 'no_zone', 'no_zone:' || id, ARRAY[id], ARRAY[version], ST_PointOnSurface(geom), NULL
FROM parcel AS p WHERE end_lifespan_version IS NULL AND level = ANY (%(levels)s) AND kind NOT IN ('road', 'water')
  AND EXISTS (SELECT FROM zoning_district) AND NOT EXISTS (SELECT FROM parcel_zoning AS z WHERE z.parcel = p.id)
"""
STATEMENTS: Final = {
    "duplicate_number": DUPLICATE_NUMBERS,
    "missing_number": MISSING_NUMBERS,
    "no_zone": NO_ZONES,
}


def scan_attributes(session: Session, scan: int, constants: Fixed) -> None:
    """Keep what is found, in the session's transaction, whose snapshot is the scan's."""
    run_sql(session, FORGET, {"scan": scan})
    for rule, statement in STATEMENTS.items():
        if constants.book.is_on(rule):
            run_sql(session, statement, {"scan": scan, "levels": sorted(constants.exclusive_levels)})
