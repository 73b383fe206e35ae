"""Staged rows of a file in another CRS get their geometry in storage coordinates, chunk by chunk in spatial order."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from spatial_admin.cadastre.admissibility import refusal_of_box
from spatial_admin.cadastre.coverage import Shape
from spatial_admin.cadastre.precision import FloatArray, Ground
from spatial_admin.cadastre.reprojection import NotStraightened, Reprojected, Transform, noding_reach, reproject
from spatial_admin.cadastre.shapes import shape_of_wkb, wkb_of_shape
from spatial_admin.file_errors import Refusal
from spatial_admin.services.importing.plan_import import LOCK_BATCH, Progress, Report
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.services.shared.transform_points import TransformRefused, transform_one
from spatial_admin.transaction import short

CHUNK: Final = 1_000
POLYGON, MULTIPOLYGON = 3, 6
MULTI_HEADER: Final = struct.pack("<BII", 1, MULTIPOLYGON, 1)
UNSTRAIGHTENED: Final = "not_transformable"

# Everything of the file that may share a boundary: what is still to do and what is done.
ROWS: Final = """
SELECT id, geom IS NULL AND decision = 'staged' AS is_due, ST_XMin(box) AS west, ST_YMin(box) AS south,
       ST_XMax(box) AS east, ST_YMax(box) AS north
FROM (SELECT id, geom, decision, sort_key, row, ST_GeomFromWKB(wkb) AS box FROM staged_parcel
      WHERE batch = %(batch)s AND decision IN ('staged', 'admitted')) AS staged ORDER BY sort_key, row
"""
READ_WKB: Final = "SELECT id, wkb FROM staged_parcel WHERE id = ANY (%(ids)s::bigint[])"
# Those that have none yet: a worker that only seemed dead may have been here.
WRITE_GEOM: Final = """
UPDATE staged_parcel SET geom = ST_GeomFromWKB(v.wkb, %(srid)s)
FROM unnest(%(ids)s::bigint[], %(wkbs)s::bytea[]) AS v (id, wkb)
WHERE staged_parcel.id = v.id AND geom IS NULL AND decision = 'staged' RETURNING staged_parcel.id
"""
# In the transaction of the rows that they were added to: whoever is killed between has counted all of them, or none.
COUNT_POINTS: Final = """
UPDATE import_batch SET notes = notes || jsonb_build_object(
  'points_noded', coalesce((notes ->> 'points_noded')::bigint, 0) + %(noded)s,
  'points_densified', coalesce((notes ->> 'points_densified')::bigint, 0) + %(densified)s)
WHERE id = %(batch)s
"""
REFUSE: Final = """
UPDATE staged_parcel SET decision = 'quarantined', rule = %(rule)s, reason = %(reason)s, geom = NULL,
  place = ST_SetSRID(ST_MakePoint(%(x)s::float8, %(y)s::float8), %(srid)s)
WHERE id = %(id)s AND decision = 'staged'
"""


@dataclass(frozen=True, slots=True)
class Reprojection:
    """One file's way into the storage CRS."""

    batch: int
    source: Ground
    target: Ground
    transform: Transform
    vertices: int

    def run(self, progress: Progress, report: Report) -> None:
        """Give every staged row its geometry, or quarantine it; what an earlier, killed run did is kept.

        Points that were added are counted in the notes of the import.
        """
        ids, is_due, bounds = self._rows()
        due = np.flatnonzero(is_due)
        progress.total, progress.before = len(ids), len(ids) - len(due)
        for begin in range(0, len(due), CHUNK):
            own = due[begin : begin + CHUNK]
            context = np.setdiff1d(self._near(bounds, bounds[own]), own)
            self._chunk(ids[own].tolist(), ids[context].tolist())
            progress.done = progress.before + min(begin + CHUNK, len(due))
            report(progress)

    def _rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], FloatArray]:
        with short() as session:
            rows = run_sql(session, ROWS, {"batch": self.batch})
        ids = np.array([row.id for row in rows], dtype=np.int64)
        is_due = np.array([row.is_due for row in rows], dtype=bool)
        bounds = np.array([(row.west, row.south, row.east, row.north) for row in rows], dtype=np.float64)
        return ids, is_due, bounds.reshape(-1, 4)

    def _near(self, bounds: FloatArray, own: FloatArray) -> npt.NDArray[np.int64]:
        """Rows whose envelope comes within the noding distance of one of the chunk's."""
        margin = noding_reach(self.source, own[:, [1, 3]])
        low, high = own[:, :2].min(axis=0) - margin, own[:, 2:].max(axis=0) + margin
        around = np.flatnonzero((bounds[:, :2] <= high).all(axis=1) & (bounds[:, 2:] >= low).all(axis=1))
        # The chunk's common envelope may be that of one long road; ask each of its rows.
        tree = shapely.STRtree(np.asarray(shapely.box(*bounds[around].T)))
        found = tree.query(shapely.box(*(own + np.array([-margin, -margin, margin, margin])).T))[1]
        near: npt.NDArray[np.int64] = around[np.unique(found)]
        return near

    def _chunk(self, own: list[int], context: list[int]) -> None:
        with short() as session:
            rows = run_sql(session, READ_WKB, {"ids": own + context})
        shapes = {row.id: shape_of_source(bytes(row.wkb)) for row in rows}
        around = [shapes[row] for row in context]
        try:
            result = self._reproject([shapes[row] for row in own], around)
        except (TransformRefused, NotStraightened):
            # One row spoils the chunk: find which, each with all the others around it.
            self._one_by_one(own, context, shapes)
            return
        self._write(own, shapes, result)

    def _one_by_one(self, own: list[int], context: list[int], shapes: dict[int, Shape]) -> None:
        for row in own:
            around = [shapes[other] for other in (*own, *context) if other != row]
            try:
                result = self._reproject([shapes[row]], around)
            except (TransformRefused, NotStraightened) as error:
                x, y = shapes[row][0][0][0].tolist()
                reason = f"{error} (in the file's coordinates at {x:.10g}, {y:.10g})"
                self._refuse(row, Refusal(UNSTRAIGHTENED, reason, transform_one(self.transform, (x, y))))
                continue
            self._write([row], shapes, result)

    def _reproject(self, own: Sequence[Shape], context: Sequence[Shape]) -> Reprojected:
        return reproject(own, context, self.source, self.target, self.transform)

    def _write(self, ids: list[int], shapes: dict[int, Shape], result: Reprojected) -> None:
        data = [wkb_of_shape(shape) for shape in result.shapes]
        self._without_noding(ids, shapes, result, data)
        geometries = shapely.from_wkb(data)
        good: list[int] = []
        for index, (row, geometry) in enumerate(zip(ids, geometries, strict=True)):
            refusal = self._refusal(geometry)
            if refusal is None:
                good.append(index)
            else:
                self._refuse(row, refusal)
        values: dict[str, Any] = {"ids": [ids[i] for i in good], "wkbs": [data[i] for i in good]}
        with short() as session:
            run_sql(session, LOCK_BATCH, {"batch": self.batch})
            written = {row.id for row in run_sql(session, WRITE_GEOM, {**values, "srid": self.target.srid})}
            now = [index for index in good if ids[index] in written]
            added = {name: sum(getattr(result, name)[index] for index in now) for name in ("noded", "densified")}
            run_sql(session, COUNT_POINTS, {**added, "batch": self.batch})

    def _without_noding(self, ids: list[int], shapes: dict[int, Shape], result: Reprojected, data: list[bytes]) -> None:
        """A ring that a millimetre of noding makes touch itself stays as it was drawn, only densified."""
        for index in np.flatnonzero(~shapely.is_valid(shapely.from_wkb(data))).tolist():
            alone = reproject([shapes[ids[index]]], [], self.source, self.target, self.transform, is_noded=False)
            data[index] = wkb_of_shape(alone.shapes[0])
            result.noded[index], result.densified[index] = 0, alone.densified[0]

    def _refusal(self, geometry: shapely.Geometry) -> Refusal | None:
        west, south, east, north = shapely.bounds(geometry).tolist()
        refusal = refusal_of_box(self.target, (west, south, east, north))
        count = int(shapely.get_num_coordinates(geometry))
        if refusal is None and count > self.vertices:
            reason = f"{count:,} vertices in the storage CRS; at most {self.vertices:,} are taken"
            refusal = Refusal("too_many_vertices", reason, ((west + east) / 2, (south + north) / 2))
        if refusal is None and not shapely.is_valid(geometry):
            reason = f"not valid after transformation: {shapely.is_valid_reason(geometry)}"
            refusal = Refusal("invalid_geometry", reason, ((west + east) / 2, (south + north) / 2))
        return refusal

    def _refuse(self, row: int, refusal: Refusal) -> None:
        x, y = refusal.place or (None, None)
        values = {"id": row, "rule": refusal.rule, "reason": refusal.reason, "x": x, "y": y, "srid": self.target.srid}
        with short() as session:
            run_sql(session, REFUSE, values)


def shape_of_source(wkb: bytes) -> Shape:
    """The rings of a file's Polygon or MultiPolygon, Z and M dropped, coordinates to the bit."""
    code = struct.unpack_from("<I", wkb, 1)[0] if wkb[0] == 1 else 0
    if code == POLYGON:
        return shape_of_wkb(MULTI_HEADER + wkb)
    if code == MULTIPOLYGON:
        return shape_of_wkb(wkb)
    flat = shapely.to_wkb(shapely.force_2d(shapely.from_wkb(wkb)), byte_order=1)
    return shape_of_source(flat)
