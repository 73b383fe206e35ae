"""Parameters for the named queries, drawn from the database at hand: a plan depends on what is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import shapely
from sqlalchemy.orm import Session

from spatial_admin.errors import Json
from spatial_admin.services.shared.read_deployment import fixed

# A parcel from the middle of the table, with a box of some lots around it.
PARCEL: Final = """
SELECT id AS parcel, parcel_id AS name, version, coalesce(number, parcel_id) AS q, level, area_m2, ctid::text AS row,
       lower(parcel_id) AS parcel_id, coalesce(lower(number), '') AS number, ST_AsBinary(geom, 'NDR') AS wkb,
       2 * ST_XMin(geom) - ST_XMax(geom) AS west, 2 * ST_YMin(geom) - ST_YMax(geom) AS south,
       2 * ST_XMax(geom) - ST_XMin(geom) AS east, 2 * ST_YMax(geom) - ST_YMin(geom) AS north,
       ST_X(ST_Transform(ST_Centroid(geom), 4326)) AS lon, ST_Y(ST_Transform(ST_Centroid(geom), 4326)) AS lat
FROM parcel WHERE id >= (SELECT (min(id) + max(id)) / 2 FROM parcel) ORDER BY id LIMIT 1
"""
# The newest of everything else. Of edits the newest that people made: an import may have made every parcel there is,
# and is never read or undone as one edit. Where there are imports only, one that is not there yet.
NEWEST: Final = """
SELECT coalesce((SELECT id FROM edit WHERE operations #>> '{0,op}' IS DISTINCT FROM 'import'
                 AND operations #>> '{0,op}' IS DISTINCT FROM 'undo_import' ORDER BY id DESC LIMIT 1),
                (SELECT max(id) + 1 FROM edit)) AS edit,
       (SELECT max(id) FROM record) AS record, (SELECT max(id) FROM job_run) AS job,
       (SELECT max(id) FROM import_batch) AS batch, pg_current_snapshot()::text AS mark,
       (SELECT edit_id FROM import_batch ORDER BY id DESC LIMIT 1) AS import_edit,
       (SELECT max(id) FROM finding) AS finding, (SELECT max(id) FROM account) AS author_id,
       (SELECT max(id) FROM draft) AS draft, (SELECT fingerprint FROM finding ORDER BY id DESC LIMIT 1) AS fingerprint,
       (SELECT email FROM account ORDER BY id DESC LIMIT 1) AS assignee
"""
KEY: Final = UUID("00000000-0000-4000-8000-000000000000")
# A pyformat parameter of a statement.
PARAMETER: Final = re.compile(r"%\((\w+)\)s")
# Parameters of which any value will do, for the plan does not depend on it.
PLAIN: Final[Mapping[str, Any]] = {
    "key": str(KEY), "comment": "", "nature": "correction", "operations": "[]", "request_hash": b"", "receipt": "{}",
    "attempts": 1, "made_at": "2026-01-01Z", "begin": "2026-01-01Z", "limit": 51, "before": 2**31 - 1, "after": 0,
    "depth": 10, "rows": ["(0,1)"], "known": [], "within_m": 1_000.0, "radius_m": 100.0, "state": "received",
    "type": "plat", "holds": "%survey%", "what": "changed", "attempt": 1, "done": 1, "total": None, "message": "",
    "result": "{}", "problem": "{}", "rule": "overlap", "rules": ["overlap"], "measure": 1.0, "measures": [1.0],
    "severity": "error", "severities": ["error"], "status": "open", "reason": None, "accepted_until": None,
    "id_field": "id", "field": "kind", "kinds": ["lot"], "kind_field": "kind", "number_field": "id", "kind": "lot",
    "x": 0.0, "y": 0.0, "edits": [1], "size": 30, "middle": 17, "seen": "{}", "count": 1, "days": 30,
    "title": "", "notes": "[]",
}  # fmt: skip
# Columns of parcels that are written, one row.
COLUMNS: Final = ("land_use", "address", "part_of", "legal_area_m2", "legal_area_text")


def draw_sample(session: Session) -> Json:
    """Values by parameter; of an empty table, values that match nothing."""
    connection = session.connection()
    parcel = connection.exec_driver_sql(PARCEL).mappings().one_or_none()
    newest = connection.exec_driver_sql(NEWEST).mappings().one()
    ground = fixed().ground
    west, south, _, _ = ground.extent
    east, north = west + ground.cell_size, south + ground.cell_size
    nothing = {"parcel": 1, "name": "1", "version": 1, "q": "1", "level": "parcels", "area_m2": 1.0, "row": "(0,1)",
               "parcel_id": "1", "number": "1", "wkb": shapely.box(west, south, east, north).wkb,
               "west": west, "south": south, "east": east, "north": north, "lon": 0.0, "lat": 0.0}  # fmt: skip
    found = {**PLAIN, **(dict(parcel) if parcel else nothing), "srid": ground.srid}
    found.update({name: 1 if value is None else value for name, value in newest.items()})
    found.update(fingerprint=newest["fingerprint"] or "", assignee=newest["assignee"] or "")
    found.update(metres_per_unit=ground.metres_per_unit, is_geographic=ground.is_geographic)
    number, name = found["parcel"], found["name"]
    found.update(ids=[number], names=[name], id=number, row_ids=[number], fingerprints=[str(found["fingerprint"])],
                 parcels=[number], job_id=found["job"], assignee_id=found["author_id"], parents=[name], children=[name],
                 parent_versions=[1], child_versions=[1], kinds=found["kinds"], wkbs=[bytes(found["wkb"])],
                 place=bytes(found["wkb"]), places=[bytes(found["wkb"])], wkb=bytes(found["wkb"]))  # fmt: skip
    return found


def values_of(statement: str, given: Mapping[str, Any], sample: Json) -> Json:
    """The parameters of a statement. Where the statement takes a list of what the sample has one of, a list of one."""
    found: Json = {}
    for name in PARAMETER.findall(statement):
        value = given[name] if name in given else sample.get(name)
        is_list = f"%({name})s::" in statement and re.search(rf"%\({name}\)s::\w+\[\]", statement)
        found[name] = [value] if is_list and not isinstance(value, list) else value
    return found
