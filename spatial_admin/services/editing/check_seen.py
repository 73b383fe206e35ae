"""Comparing what an edit changes with what its author saw; deciding whether it can be replayed on what is current."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from spatial_admin.cadastre.coverage import Parcel, is_same_json
from spatial_admin.cadastre.difference import ParcelChange, changed_region
from spatial_admin.cadastre.operations.update import Update
from spatial_admin.errors import SpatialAdminError, StaleParcel, UnknownPoint, VersionConflict, VersionRequired
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.parcels.read_parcels import current_versions, parcel_at_version
from spatial_admin.services.shared.run_sql import Execute


def check_seen(
    execute: Execute,
    request: EditRequest,
    changes: Sequence[ParcelChange],
    named: Iterable[Parcel] = (),
    bound: Collection[str] = (),
) -> bool:
    """Are all parcels that operations change at the version their author saw? True when the edit was rebased instead.

    A parcel that only receives a noded point is never stale. One that an operation names (`named`) is compared also
    where the operation finds everything as it wants it: of two who count up from 5 to 6, the second must be told.
    `bound` are parcels whose whole geometry an operation relied on: no rebase where that is another than was seen.
    Raises VersionRequired or VersionConflict.
    """
    operated = {change.parcel_id: change.before for change in changes if change.is_operated and change.before}
    missing = {name: parcel.version for name, parcel in operated.items() if name not in request.seen}
    if missing:
        raise VersionRequired(missing)
    compared = operated | {parcel.parcel_id: parcel for parcel in named if parcel.parcel_id in request.seen}
    stale = [
        StaleParcel(
            parcel.parcel_id,
            request.seen[parcel.parcel_id],
            parcel.version,
            _can_rebase(execute, request, parcel, bound),
        )
        for _, parcel in sorted(compared.items())
        if request.seen[parcel.parcel_id] != parcel.version
    ]
    if stale and not (request.if_stale == "rebase" and all(entry.can_rebase for entry in stale)):
        raise VersionConflict(stale)
    return bool(stale)


def stale_behind(execute: Execute, request: EditRequest, error: SpatialAdminError) -> VersionConflict | None:
    """The conflict behind an operation that fails: parcels that changed since seen; for a point that is nowhere any
    more, those that had it then.
    """
    versions = current_versions(execute, list(request.seen))
    stale = [
        StaleParcel(name, seen, versions[name])
        for name, seen in request.seen.items()
        if name in versions and versions[name] != seen
    ]
    if isinstance(error, UnknownPoint):
        stale = [entry for entry in stale if _had_point(execute, entry, error.point)]
    return VersionConflict(stale) if stale else None


def _had_point(execute: Execute, entry: StaleParcel, point: object) -> bool:
    was = parcel_at_version(execute, entry.parcel_id, entry.seen)
    if was is None or not isinstance(point, list):
        return False
    return any(bool((ring == np.array(point)).all(axis=1).any()) for part in was.shape for ring in part)


def _can_rebase(execute: Execute, request: EditRequest, current: Parcel, bound: Collection[str]) -> bool:
    # Every named point stands, or the replay would have failed; what `update` sets must still be as it was seen.
    updates = [op for op in request.operations if isinstance(op, Update) and op.parcel_id == current.parcel_id]
    if not updates and current.parcel_id not in bound:
        return True
    was = parcel_at_version(execute, current.parcel_id, request.seen[current.parcel_id])
    if was is None or (current.parcel_id in bound and changed_region(was.shape, current.shape) is not None):
        return False
    return all(is_same_json(was.properties[name], current.properties[name]) for up in updates for name in up.properties)
