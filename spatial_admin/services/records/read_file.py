"""The content of a record's file, to be handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from spatial_admin.errors import NotFound
from spatial_admin.services.records.create_record import UNKNOWN_TYPE

FILE: Final = """
SELECT name, media_type, sha256, content FROM record_file WHERE record_id = %(record)s AND position = %(position)s
"""
# Types that no browser runs. Whatever else somebody uploaded, HTML and SVG too, is only bytes.
HARMLESS: Final = frozenset(
    {"application/pdf", "image/png", "image/jpeg", "image/tiff", "image/gif", "image/webp", "text/plain", "text/csv"}
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it is handed out."""

    name: str
    media_type: str
    sha256: str
    content: bytes


def read_file(session: Session, record_id: int, position: int) -> StoredFile:
    """The file of a number within a record; raises NotFound, also where only name and digest are kept."""
    values = {"record": record_id, "position": position}
    row = session.connection().exec_driver_sql(FILE, values).one_or_none()
    if row is None:
        raise NotFound("file", f"{position} of record {record_id}")
    if row.content is None:
        raise NotFound("stored content", f"of {row.name} (file {position} of record {record_id}): its digest is kept")
    media_type = row.media_type if row.media_type in HARMLESS else UNKNOWN_TYPE
    return StoredFile(row.name, media_type, row.sha256, bytes(row.content))
