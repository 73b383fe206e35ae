"""Reference layers: what a file came to, kept with the draft that is drawn by it, so that it is there on any computer.

A layer that is loaded before there is a draft waits for the next one; one that its owner keeps belongs to no draft.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest, Json, LimitExceeded, NotFound
from spatial_admin.services.drafts.parse_reference import ReferencePlace
from spatial_admin.services.drafts.read_reference import ReferenceChoices, look_at_reference, read_reference
from spatial_admin.services.drafts.state_of_draft import MAY_CHANGE
from spatial_admin.services.records.attach_file import file_name_of
from spatial_admin.settings import Limits, Settings
from spatial_admin.transaction import short

MOST_LAYERS: Final = 30
CHUNK: Final = 1 << 20
COUNT: Final = "SELECT count(*) FROM reference_layer WHERE owner_id = %(owner)s"
INSERT: Final = """
INSERT INTO reference_layer (owner_id, name, content, point_count, expires_at)
VALUES (%(owner)s, %(name)s, %(content)s, %(points)s, clock_timestamp() + %(days)s * interval '1 day') RETURNING id
"""
OWN: Final = """
SELECT id, name, draft_id, is_kept, point_count, created_at, expires_at FROM reference_layer
WHERE owner_id = %(owner)s ORDER BY id
"""
ONE: Final = """
SELECT id, name, draft_id, is_kept, content, created_at, expires_at FROM reference_layer
WHERE id = %(layer)s AND owner_id = %(owner)s
"""
# Held, so that of two tabs only one gives it to its draft.
HELD: Final = """
SELECT draft_id FROM reference_layer WHERE id = %(layer)s AND owner_id = %(owner)s FOR UPDATE
"""
# Open, or returned: to what waits for approval nothing is added.
DRAFT: Final = """
SELECT id FROM draft WHERE id = %(draft)s AND owner_id = %(owner)s AND state = ANY (%(states)s) FOR KEY SHARE
"""
ASSIGN: Final = "UPDATE reference_layer SET draft_id = %(draft)s, is_kept = %(is_kept)s WHERE id = %(layer)s"
DELETE: Final = "DELETE FROM reference_layer WHERE id = %(layer)s AND owner_id = %(owner)s RETURNING id"


def look_at_upload(file: IO[bytes], choices: ReferenceChoices, limits: Limits) -> Json:
    """What an uploaded file holds; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        return look_at_reference(_written(file, Path(folder), limits), choices, limits)


def keep_upload(file: IO[bytes], name: str, choices: ReferenceChoices, owner_id: int, settings: Settings) -> int:
    """Read an uploaded file and keep what it came to; the id of the layer. Raises BadRequest or LimitExceeded."""
    name = file_name_of(name)
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        content = read_reference(_written(file, Path(folder), settings.limits), choices, settings.limits)
    values = {
        "owner": owner_id,
        "name": name,
        "content": json.dumps(content, separators=(",", ":")),
        "points": len(content["points"]),
        "days": settings.upkeep.keep_drafts_days,
    }
    with short(statement_timeout_ms=settings.limits.web_timeout_ms) as session:
        count = session.connection().exec_driver_sql(COUNT, values).scalar_one()
        if count >= MOST_LAYERS:
            raise LimitExceeded(
                "reference layers of one person",
                MOST_LAYERS,
                count + 1,
                "Remove one first, or discard a draft that has some.",
            )
        return int(session.connection().exec_driver_sql(INSERT, values).scalar_one())


def list_references(session: Session, owner_id: int) -> list[Json]:
    """One's own layers, the oldest first, without what is in them."""
    return [_plain(row) for row in session.connection().exec_driver_sql(OWN, {"owner": owner_id})]


def summary_of_reference(session: Session, layer_id: int, owner_id: int) -> Json:
    """One layer without what is in it; NotFound, also where it is somebody else's."""
    found = [layer for layer in list_references(session, owner_id) if layer["id"] == layer_id]
    if not found:
        raise NotFound("reference layer of yours", layer_id)
    return found[0]


def show_reference(session: Session, layer_id: int, owner_id: int) -> Json:
    """One layer with its points and features; NotFound, also where it is somebody else's."""
    row = session.connection().exec_driver_sql(ONE, {"layer": layer_id, "owner": owner_id}).one_or_none()
    if row is None:
        raise NotFound("reference layer of yours", layer_id)
    found = _plain(row)
    content: Json = json.loads(found.pop("content"))
    return {**found, **content}


def assign_reference(layer_id: int, place: ReferencePlace, owner_id: int, limits: Limits) -> None:
    """Give a layer to a draft, to its owner for good, or to the next draft.

    Raises NotFound where there is no such layer or draft of theirs that may be changed, BadRequest where the layer
    belongs to another draft.
    """
    values = {"layer": layer_id, "owner": owner_id, "draft": place.draft_id, "is_kept": place.is_kept}
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        connection = session.connection()
        held = connection.exec_driver_sql(HELD, values).one_or_none()
        if held is None:
            raise NotFound("reference layer of yours", layer_id)
        if place.draft_id is not None:
            states = {**values, "states": sorted(MAY_CHANGE)}
            if connection.exec_driver_sql(DRAFT, states).one_or_none() is None:
                raise NotFound("draft of yours that may be changed", place.draft_id)
            if held.draft_id not in (None, place.draft_id):
                raise BadRequest("draft_id", f"the layer belongs to draft {held.draft_id}: take it out of that first")
        connection.exec_driver_sql(ASSIGN, values)


def remove_reference(layer_id: int, owner_id: int, limits: Limits) -> None:
    """It goes; NotFound where there is none."""
    with short(statement_timeout_ms=limits.web_timeout_ms) as session:
        values = {"layer": layer_id, "owner": owner_id}
        if session.connection().exec_driver_sql(DELETE, values).scalar_one_or_none() is None:
            raise NotFound("reference layer of yours", layer_id)


def _written(file: IO[bytes], folder: Path, limits: Limits) -> Path:
    """The upload as a file that the reader is given; under a name of ours."""
    path = folder / "file"
    size = 0
    with path.open("wb") as target:
        while data := file.read(CHUNK):
            size += len(data)
            if size > limits.reference_bytes:
                raise LimitExceeded("bytes in a reference file", limits.reference_bytes)
            target.write(data)
    if not size:
        raise BadRequest("file", "it is empty")
    return path


def _plain(row: Any) -> Json:
    found: Json = dict(row._mapping)
    for name in ("created_at", "expires_at"):
        found[name] = found[name].isoformat()
    return found
