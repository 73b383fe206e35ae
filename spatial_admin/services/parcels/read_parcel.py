"""One parcel as it is stored now, without its boundary, for the form: one statement, and no object of the ORM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spatial_admin.errors import Json, NotFound
from spatial_admin.transaction import read_alone

LONGEST_NAME: Final = 200
# By its permanent id, retired ones too; and whether anything came of it, or it of anything. That is asked here because
# most parcels have no lineage, and to plan its statement takes longer than all else that the form reads.
STORED: Final = """
SELECT parcel_id, number, level, kind, part_of, area_m2, legal_area_m2, legal_area_text, land_use, address, attributes,
       version, end_lifespan_version,
       EXISTS (SELECT FROM lineage WHERE child = %(name)s)
       OR EXISTS (SELECT FROM lineage WHERE parent = %(name)s) AS has_kin
FROM parcel WHERE parcel_id = %(name)s
"""


@dataclass(frozen=True, slots=True)
class StoredParcel:
    """The columns of STORED, in its order; `has_kin` says whether it has lineage."""

    parcel_id: str
    number: str | None
    level: str
    kind: str
    part_of: str | None
    area_m2: float
    legal_area_m2: float | None
    legal_area_text: str | None
    land_use: str | None
    address: str | None
    attributes: Json
    version: int
    end_lifespan_version: datetime | None
    has_kin: bool


def read_parcel(name: str) -> StoredParcel:
    """A parcel by its permanent id; raises NotFound. It is read in a transaction of its own."""
    named = name.replace("\0", "")[:LONGEST_NAME]
    row = read_alone(STORED, {"name": named})
    if row is None:
        raise NotFound("parcel", named)
    return StoredParcel(*row)
