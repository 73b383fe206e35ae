"""The books after a race: every row of history accounted for, and no two parcels on the same ground."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import shapely
from shapely.strtree import STRtree
from sqlalchemy import Connection, Engine, text

from spatial_admin.cadastre.overlap import CommonArea
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.shapes import polygons_in
from spatial_admin.settings import storage_srid

IMAGE = (
    "number, level, kind, part_of, ST_AsEWKB(geom) AS geom, area_m2, land_use, address, attributes, version, edit_id"
)


def audit(engine: Engine, *, committed: Iterable[int] | None = None) -> list[str]:
    """What is wrong with the books, in words; `committed` are the edits that were acknowledged to somebody."""
    with engine.connect() as connection:
        found = [*_history(connection), *_edits(connection, committed)]
        return found + [f"{a} and {b} overlap by {area:.3f} m2" for a, b, area in overlaps(connection)]


def overlaps(connection: Connection) -> list[tuple[str, str, float]]:
    """Pairs of current parcels of one exclusive level that overlap by more than tolerance, judged by shapely."""
    rows = connection.execute(
        text(
            "SELECT parcel_id, level, ST_AsBinary(geom) FROM parcel JOIN level ON code = level "
            "WHERE exclusive AND end_lifespan_version IS NULL ORDER BY parcel_id"
        )
    ).all()
    ground = ground_of(storage_srid())
    shapes = shapely.from_wkb([bytes(row[2]) for row in rows])
    tree = STRtree(shapes)
    found = []
    for first, second in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if first >= second or rows[first][1] != rows[second][1]:
            continue
        common = shapely.MultiPolygon(polygons_in(shapely.intersection(shapes[first], shapes[second])))
        if common.is_empty:
            continue
        frame = ground.frame_of(common.bounds)
        area = CommonArea(shapely.transform(common, frame.to_metres), frame)
        if area.counts:
            found.append((str(rows[first][0]), str(rows[second][0]), area.area_m2))
    return found


def _history(connection: Connection) -> Iterator[str]:
    stored = {row.parcel_id: row for row in connection.execute(text(f"SELECT parcel_id, {IMAGE} FROM parcel"))}
    images: dict[str, list[Any]] = {name: [] for name in stored}
    query = f"SELECT parcel_id, lower(period) AS begun, upper(period) AS ended, {IMAGE} FROM parcel_version ORDER BY version"
    for image in connection.execute(text(query)):
        if image.parcel_id not in stored:
            yield f"{image.parcel_id} has history and no row"
            continue
        images[image.parcel_id].append(image)
    for name, row in stored.items():
        numbers = [image.version for image in images[name]]
        if numbers != list(range(1, row.version + 1)):
            yield f"{name} is at version {row.version} and has the versions {numbers}"
            continue
        if tuple(images[name][-1])[3:] != tuple(row)[1:]:
            yield f"{name}: the image of its newest version is not the row"
        if images[name][-1].ended is not None:
            yield f"{name}: its newest version has ended"
        for before, after in pairwise(images[name]):
            if before.ended != after.begun:
                yield f"{name}: version {before.version} ends at {before.ended}, the next begins at {after.begun}"


def _edits(connection: Connection, committed: Iterable[int] | None) -> Iterator[str]:
    edits = {row.id: row for row in connection.execute(text("SELECT id, comment, receipt FROM edit"))}
    made: dict[int, list[tuple[str, int]]] = {}
    for edit, name, version in connection.execute(text("SELECT edit_id, parcel_id, version FROM parcel_version")):
        made.setdefault(edit, []).append((name, version))
    for edit in made.keys() - edits.keys():
        yield f"edit {edit} made {made[edit]} and does not exist"
    for edit, row in edits.items():
        if row.receipt is None:
            yield f"edit {edit} has no receipt"
        elif not row.comment.startswith("direct SQL") and "parcels" in row.receipt:  # imports promise counts
            promised = sorted((p["parcel_id"], p["version"]) for p in row.receipt["parcels"])
            if promised != sorted(made.get(edit, [])):
                yield f"edit {edit} promised {promised} and made {sorted(made.get(edit, []))}"
    if committed is not None:
        acknowledged = Counter(committed)
        ours = {edit for edit, row in edits.items() if not row.comment.startswith("direct SQL")}
        if set(acknowledged) != ours or any(count > 1 for count in acknowledged.values()):
            yield f"edits acknowledged {sorted(acknowledged.elements())}, stored {sorted(ours)}"
