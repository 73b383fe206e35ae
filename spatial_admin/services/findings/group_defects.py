"""What a scan found, as findings name it; and what of it is still as it was when the scan looked."""

from __future__ import annotations

from typing import Final

RETRY_FOR_S: Final = 60.0  # while edits win

# Defects by fingerprint. Gaps between the same parcels are one finding with all places, from whichever cells they come;
# of the others each is in one cell.
GROUPED: Final = """
SELECT DISTINCT ON (fingerprint) fingerprint, rule, parcels, versions, {place} AS place,
       CASE WHEN rule = 'gap' THEN sum(measure) OVER (PARTITION BY fingerprint) ELSE measure END AS measure
FROM scan_defect AS one WHERE scan = %(scan)s {chosen} ORDER BY fingerprint, id
"""
PLACE: Final = """
CASE WHEN rule = 'gap' AND count(*) OVER (PARTITION BY fingerprint) > 1
     THEN (SELECT ST_Union(o.place) FROM scan_defect AS o WHERE o.scan = one.scan AND o.fingerprint = one.fingerprint)
     ELSE place END
"""
# Of one that is `found`: all its parcels are at the versions that were looked at.
IS_CURRENT: Final = """
NOT EXISTS (SELECT FROM unnest(found.parcels, found.versions) AS seen (id, version) WHERE NOT EXISTS (
  SELECT FROM parcel AS p WHERE p.id = seen.id AND p.version = seen.version AND p.end_lifespan_version IS NULL))
"""
# A gap has no parcel in it: whoever drew one since has not changed those around it.
IS_OPEN_LAND: Final = """
NOT EXISTS (
  SELECT FROM parcel AS p WHERE p.geom && found.place AND p.end_lifespan_version IS NULL
    AND p.level = (SELECT level FROM parcel WHERE id = found.parcels[1])
    AND ST_Relate(p.geom, found.place, 'T********')
    AND ST_Area(ST_Intersection(p.geom, found.place)) > 0.01 * ST_Area(found.place))
"""
