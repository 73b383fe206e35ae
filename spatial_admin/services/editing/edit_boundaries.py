"""The one write face of boundaries: operations and seen versions in, a receipt or a refusal out.

Guarantee: the edit changes exactly what its operations say, for every parcel that shares it, in one SERIALIZABLE
transaction; or nothing at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import exc

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.operations import boxes_read_first
from spatial_admin.cadastre.operations.positions import StoragePosition, as_point
from spatial_admin.cadastre.precision import Box, Ground, Point, box_around
from spatial_admin.cadastre.read_ahead import places_of
from spatial_admin.edit_queue import queues_at
from spatial_admin.errors import Json, NotAllowed
from spatial_admin.services.approval.load_four_eyes import STORED as STORED_FOUR_EYES
from spatial_admin.services.approval.require_second_person import require_no_second_person
from spatial_admin.services.editing.check_operations import refused_by_postgis
from spatial_admin.services.editing.compute_edit import Computed, compute_edit
from spatial_admin.services.editing.decide_row import Decision, begin_decision, settle_row
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.editing.write_parcels import take_cells, write_lineage, write_parcels
from spatial_admin.services.findings.follow_gaps import follow_gaps
from spatial_admin.services.findings.judge_numbers import judge_numbers
from spatial_admin.services.findings.load_rules import STORED as STORED_RULES
from spatial_admin.services.findings.load_rules import judging, presumed
from spatial_admin.services.findings.name_disputes import ARE_ANY, name_disputes
from spatial_admin.services.findings.record_findings import Context, record_findings
from spatial_admin.services.parcels.read_parcels import asked_around, asked_for
from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.services.shared.watch_edit import Watch, unwatched
from spatial_admin.settings import Limits
from spatial_admin.transaction import Asked, Done, EditHeader, EditTransaction, Outcome, run

# What makes two requests the same edit, besides the operations; where a field is absent its default counts.
SAMENESS: Final = ("comment", "record_id", "nature", "seen", "if_stale")


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes an edit; no account for commands of the operator."""

    account_id: int | None
    email: str
    is_reviewer: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's: `settle` makes the draft that it is of the edit's, in its transaction, or raises."""

    approver_id: int
    settle: Callable[[EditTransaction], None]


def edit_boundaries(
    request: EditRequest,
    author: Author,
    limits: Limits | None = None,
    watch: Watch = unwatched,
    approval: Approval | None = None,
) -> Outcome:
    """Make the edit, or give back the receipt it got before under the same key; `watch` is told how far it is.

    Raises VersionConflict, VersionRequired, EditRejected, UnknownPoint, InvalidOperation, LimitExceeded, KeyReused,
    NotAllowed, ApprovalRequired (its author needs a second person, and there is no `approval`), RecordRequired,
    UnknownRecord, RecordReturned, RowDecided, ImportUnfinished, Contention, TookTooLong or OutcomeUnknown; in every
    case but the last nothing was changed.
    """
    limits = limits or Limits()
    check_rights(request, author)

    def work(transaction: EditTransaction) -> Done:
        # May run more than once: everything it knows it reads here, the rules among it.
        if approval is None:
            require_no_second_person(transaction.execute, author.account_id, request.natures)
        else:
            approval.settle(transaction)
        begin_decision(transaction, request)
        constants = judging(transaction.execute)
        computed = compute_edit(transaction.execute, request, constants, limits, watch)
        watch("Writing parcels", len(request.operations))
        done = write_edit(transaction, computed, constants)
        settle_row(transaction, request, computed, Decision(author.account_id, request.comment))
        return done

    ground = presumed().ground
    first = boxes_read_first(ground, request.operations)
    header = replace(
        header_of(request, author),
        queues=queues_at(_named_points(request), ground),
        first_read=_first_read(ground, first),
        approved_by=approval.approver_id if approval else None,
    )
    retry_for_s = limits.retry_ms / 1000
    return run(work, header, statement_timeout_ms=limits.web_timeout_ms, retry_for_s=retry_for_s)


def check_rights(request: EditRequest, author: Author) -> None:
    """Only a reviewer accepts what a rule finds, or admits a row that an import refused; raises NotAllowed."""
    if request.admits is not None and not author.is_reviewer:
        raise NotAllowed("Only a reviewer may admit a refused row of an import.")
    if request.accept and not author.is_reviewer:
        raise NotAllowed("Only a reviewer may accept a finding with an edit; leave `accept` out, or ask one.")


def header_of(request: EditRequest, author: Author) -> EditHeader:
    """What is known of an edit before it runs."""
    return EditHeader(
        key=request.key,
        author_id=author.account_id,
        comment=request.comment,
        nature=request.nature,
        operations=request.raw_operations,
        request_hash=request_hash(request),
        record_id=request.record_id,
        questions={"rules": STORED_RULES, "four_eyes": STORED_FOUR_EYES, "has_disputes": ARE_ANY},
    )


def _first_read(ground: Ground, boxes: Sequence[Box]) -> Asked | None:
    """What the edit will read first, as `compute_edit` asks for it."""
    places = places_of(ground, boxes)
    if places is not None:
        return asked_around(places)
    return asked_for(boxes, ()) if boxes else None


def _named_points(request: EditRequest) -> Iterator[Point]:
    """Points that its operations name in storage coordinates."""
    positions = (position for operation in request.operations for position in operation.positions())
    return (as_point(position) for position in positions if isinstance(position, StoragePosition))


def request_hash(request: EditRequest) -> bytes:
    """sha256 over what makes two requests the same edit."""
    content = {name: getattr(request, name) for name in SAMENESS}
    content["operations"] = request.raw_operations
    if request.admits is not None:
        content["admits"] = [request.admits.batch, request.admits.row]
    content["accept"] = [[a.rule, a.parcels, a.reason] for a in request.accept]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def write_edit(transaction: EditTransaction, computed: Computed, constants: Fixed) -> Done:
    """Cells, time, parcels, lineage, findings: everything a computed edit stores, and its receipt."""
    ground, changes = constants.ground, computed.changes
    take_cells(transaction, changes, ground)
    latest = max((change.before.begin for change in changes if change.before), default=None)
    try:
        written = write_parcels(transaction, changes, latest, ground)
    except exc.DBAPIError as error:
        refusal = refused_by_postgis(error, changes, ground.srid)
        if refusal is None:
            raise
        raise refusal from error
    write_lineage(transaction, computed.coverage.descents, changes, written)
    keys = {name: parcel.key for name, parcel in computed.coverage.before.items()} | written.keys
    verdict = computed.verdict
    numbers = judge_numbers(transaction.execute, changes, constants.book)
    keys |= numbers.keys
    context = Context(ground.srid, constants.book, verdict.gone_at, numbers.gone)
    execute, edit_id = transaction.execute, transaction.edit_id
    followed = follow_gaps(execute, edit_id, computed.coverage, changes, keys, verdict)
    verdict.found = [one for one in verdict.found if one not in followed.carried]  # a dry run tells what is news
    found = [*verdict.found, *numbers.found]
    recorded = record_findings(execute, edit_id, found, verdict.gone, keys, context)
    given = computed.run.given
    receipt: Json = {
        "parcels": [_parcel_receipt(change, written.versions) for change in changes],
        "points": [{"given": position.given, "stored": list(point)} for position, point in given.items()],
        "findings": {
            "opened": sorted({*followed.recorded.opened, *recorded.opened}),
            "closed": sorted({*followed.recorded.closed, *recorded.closed}),
        },
        "rebased": computed.is_rebased,
    }
    disputed = name_disputes(transaction.execute, changes)
    if disputed:
        receipt["disputed"] = disputed
    regions = [change.region for change in changes if change.region]
    return Done(receipt, written.made_at, box_around(regions) if regions else None)


def _parcel_receipt(change: ParcelChange, versions: Mapping[str, int]) -> Json:
    return {
        "parcel_id": change.parcel_id,
        "version": versions[change.parcel_id],
        "change": change.change,
        "area_m2_before": change.area_before_m2,
        "area_m2_after": None if change.change == "retired" else change.area_m2,
    }
