"""The numbers that people know parcels by: what an edit made has an id of the machine's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.transaction import look_up

# Of retired ones too, as they were last. By the index of permanent ids.
NUMBERS: Final = "SELECT parcel_id, number FROM parcel WHERE parcel_id = ANY (%(names)s::text[]) AND number IS NOT NULL"


def numbers_of(parcel_ids: Iterable[str], read: Execute = look_up) -> Mapping[str, str]:
    """The number of each of these parcels (permanent ids) that has one, current or retired."""
    ids = sorted(set(parcel_ids))
    return {row[0]: row[1] for row in read(NUMBERS, {"names": ids})} if ids else {}
