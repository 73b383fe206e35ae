"""The one write face of boundaries: operations and seen versions in, a receipt or a refusal out.

Guarantee: the edit changes exactly what its operations say, for every parcel that shares it, in one SERIALIZABLE
transaction; or nothing at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.difference import ParcelChange, differences, tidy
from spatial_admin.cadastre.operations import Replay, replay
from spatial_admin.cadastre.precision import box_around
from spatial_admin.cadastre.validity import judge
from spatial_admin.errors import EditRejected, InvalidOperation, Json, LimitExceeded, UnknownPoint
from spatial_admin.services.check_seen import check_seen, stale_behind
from spatial_admin.services.parse_edit import EditRequest
from spatial_admin.services.read_deployment import Fixed, fixed
from spatial_admin.services.read_parcels import parcels_by_id, parcels_in_boxes, to_storage
from spatial_admin.services.record_findings import record_findings
from spatial_admin.services.require_record import require_record
from spatial_admin.services.write_parcels import take_cells, write_parcels
from spatial_admin.settings import Limits
from spatial_admin.transaction import Done, EditHeader, EditTransaction, Outcome, run


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes an edit; no account for commands of the operator."""

    account_id: int | None
    email: str
    is_reviewer: bool = False


def edit_boundaries(request: EditRequest, author: Author, limits: Limits | None = None) -> Outcome:
    """Make the edit, or give back the receipt it got before under the same key.

    Raises VersionConflict, VersionRequired, EditRejected, UnknownPoint, InvalidOperation, LimitExceeded, KeyReused,
    RecordRequired, UnknownRecord, RecordReturned, Contention, TookTooLong or OutcomeUnknown; in every case but the last
    nothing was changed.
    """
    limits = limits or Limits()
    constants = fixed()
    header = EditHeader(
        key=request.key,
        author_id=author.account_id,
        comment=request.comment,
        nature=request.nature,
        operations=request.raw_operations,
        request_hash=request_hash(request),
        record_id=request.record_id,
    )

    def work(transaction: EditTransaction) -> Done:
        return _attempt(transaction, request, constants, limits)

    return run(work, header, statement_timeout_ms=limits.web_timeout_ms)


def request_hash(request: EditRequest) -> bytes:
    """sha256 over what makes two requests the same edit."""
    content = {
        "comment": request.comment,
        "record_id": request.record_id,
        "nature": request.nature,
        "seen": request.seen,
        "operations": request.raw_operations,
        "if_stale": request.if_stale,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def _attempt(transaction: EditTransaction, request: EditRequest, constants: Fixed, limits: Limits) -> Done:
    # May run more than once: everything it knows it reads here.
    require_record(transaction.execute, request.record_id)
    ground = constants.ground
    coverage = Coverage(ground, lambda boxes, known: parcels_in_boxes(transaction.execute, boxes, known, ground.srid))
    run_of = _replayed(transaction, request, coverage)
    collapsed = tidy(coverage)
    if collapsed:
        # Where a colleague's change is why the ring has too few points left, the conflict is the fact to tell.
        rejected = EditRejected(collapsed)
        raise stale_behind(transaction.execute, request, rejected) or rejected
    changes = differences(coverage)
    _check_size(changes, limits)
    names = {name for operation in request.operations for name in operation.parcels()}
    named = [parcel for name, parcel in coverage.before.items() if name in names]
    is_rebased = check_seen(transaction.execute, request, changes, named)
    verdict = judge(coverage, changes, constants.exclusive_levels)
    if verdict.violations:
        raise EditRejected(verdict.violations)
    take_cells(transaction, changes, ground)
    made_at = transaction.time_of_edit(max((change.parcel.begin for change in changes), default=None))
    versions = write_parcels(transaction, changes, made_at, ground)
    keys = {name: parcel.key for name, parcel in coverage.before.items()}
    recorded = record_findings(transaction.execute, transaction.edit_id, verdict.found, verdict.gone, keys, ground.srid)
    receipt: Json = {
        "parcels": [_parcel_receipt(change, versions) for change in changes],
        "points": [{"given": position.given, "stored": list(point)} for position, point in run_of.given.items()],
        "findings": {"opened": recorded.opened, "closed": recorded.closed},
        "rebased": is_rebased,
    }
    regions = [change.region for change in changes if change.region]
    return Done(receipt, made_at, box_around(regions) if regions else None)


def _replayed(transaction: EditTransaction, request: EditRequest, coverage: Coverage) -> Replay:
    execute = transaction.execute
    named = [name for operation in request.operations for name in operation.parcels()]
    for parcel in parcels_by_id(execute, named):
        coverage.add(parcel)
    try:
        return replay(coverage, request.operations, lambda lonlat: to_storage(execute, lonlat, coverage.ground.srid))
    except (UnknownPoint, InvalidOperation) as error:
        # The point may be gone because a colleague moved it: then the fact to tell is the conflict.
        conflict = stale_behind(execute, request, error)
        raise conflict or error from error


def _check_size(changes: Sequence[ParcelChange], limits: Limits) -> None:
    count = sum(change.change != "noded" for change in changes)
    if count > limits.parcels_per_edit:
        raise LimitExceeded("parcels in one edit", limits.parcels_per_edit, count, "Split it into several edits.")


def _parcel_receipt(change: ParcelChange, versions: Mapping[str, int]) -> Json:
    name = change.parcel.parcel_id
    return {
        "parcel_id": name,
        "version": versions[name],
        "change": change.change,
        "area_m2_before": change.parcel.area_m2,
        "area_m2_after": change.area_m2,
    }
