"""What an edit would do, computed from fresh rows and not yet written: the same for saving and for a dry run."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from spatial_admin.cadastre.changed_flaws import changed_flaws
from spatial_admin.cadastre.coverage import Coverage, Parcel, ReadBoxes
from spatial_admin.cadastre.difference import ParcelChange, differences, tidy
from spatial_admin.cadastre.operations import Replay, replay
from spatial_admin.cadastre.precision import Box, Ground, box_holds
from spatial_admin.cadastre.read_ahead import places_of
from spatial_admin.cadastre.rules import RULES, RuleBook
from spatial_admin.cadastre.validity import Verdict, accept_found, as_geojson, judge
from spatial_admin.errors import BadRequest, EditRejected, InvalidOperation, LimitExceeded, UnknownPoint, Violation
from spatial_admin.services.editing.check_operations import check_levels, in_words_of_postgis
from spatial_admin.services.editing.check_seen import check_seen, stale_behind
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.parcels.read_parcels import (
    current_versions,
    parcel_at_version,
    parcels_around,
    parcels_by_id,
    parcels_in_boxes,
    retired_parcels,
    to_storage,
    units_of,
)
from spatial_admin.services.records.require_record import require_record
from spatial_admin.services.shared.read_deployment import Fixed
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.services.shared.watch_edit import Watch, unwatched
from spatial_admin.settings import Limits


@dataclass(frozen=True, slots=True)
class Computed:
    """The outcome of operations on what is current: what changes, and what the rules say (nothing blocks it)."""

    coverage: Coverage
    run: Replay
    changes: list[ParcelChange]
    verdict: Verdict
    is_rebased: bool


def compute_edit(
    execute: Execute, request: EditRequest, constants: Fixed, limits: Limits, watch: Watch = unwatched
) -> Computed:
    """Read, replay, compare with what the author saw, judge.

    Raises VersionConflict, VersionRequired, EditRejected, UnknownPoint, InvalidOperation, LimitExceeded, BadRequest.
    """
    require_record(execute, request.record_id)  # here, so that a repeated key still gets its receipt
    return compute_unfounded(execute, request, constants, limits, watch)


def compute_unfounded(
    execute: Execute, request: EditRequest, constants: Fixed, limits: Limits, watch: Watch = unwatched
) -> Computed:
    """As `compute_edit`, and whatever record it rests on: a fix is tried before anybody has named one."""
    ground = constants.ground
    coverage = Coverage(ground, reader_of(execute, ground, limits))
    check_levels(request.operations, constants.levels)
    _read_named(execute, request, coverage)
    run_of = _replayed(execute, request, coverage, watch)
    watch("Checking rules", len(request.operations))
    collapsed = tidy(coverage)
    if collapsed:
        # Where a colleague's change is why the ring has too few points left, the conflict is the fact to tell.
        rejected = EditRejected(collapsed)
        raise stale_behind(execute, request, rejected) or rejected
    changes = differences(coverage)
    _check_size(request, changes, limits)
    names = {name for operation in request.operations for name in operation.parcels()}
    named = [parcel for name, parcel in coverage.before.items() if name in names]
    is_rebased = check_seen(execute, request, changes, named, run_of.bound)
    verdict = judge(coverage, changes, constants.exclusive_levels, request.accepted(), request.may_return)
    _judge_outlines(coverage, changes, constants.book, verdict, request)
    if verdict.violations:
        shapes = {change.parcel_id: change.shape for change in changes}
        raise EditRejected(in_words_of_postgis(execute, verdict.violations, shapes, ground.srid))
    _check_acceptances(request, verdict)
    return Computed(coverage, run_of, changes, verdict, is_rebased)


def _judge_outlines(
    coverage: Coverage, changes: Sequence[ParcelChange], book: RuleBook, verdict: Verdict, request: EditRequest
) -> None:
    """What rules say of single parcels; what they newly find blocks where an administrator says so."""
    if verdict.violations:
        return
    flaws = changed_flaws(coverage, changes, book)
    verdict.found = [found for found in (*verdict.found, *flaws.found) if book.is_on(found.rule)]
    accept_found(verdict, request.accepted())
    verdict.gone_at += flaws.gone
    returning = {*request.accepted(), *request.may_return}
    for found in verdict.found:
        if book.blocks(found.rule) and RULES[found.rule].may_block and (found.rule, found.parcels) not in returning:
            message = f"{RULES[found.rule].sentence} (Parcels {', '.join(found.parcels)}.)"
            place = as_geojson(found.place)
            verdict.violations.append(Violation(found.rule, found.parcels, message, place, found.measure))


def generated_ids(key: UUID) -> Callable[[], str]:
    """Ids for parcels that are born without one: made from the edit's key, so that a retry and a dry run under the same
    key give the same; 60 bits of it, in letters that cannot be misread.
    """
    digest = base64.b32encode(hashlib.sha256(key.bytes).digest()).decode().lower()[:12]
    numbers = itertools.count(1)
    return lambda: f"{digest}-{next(numbers)}"


def reader_of(execute: Execute, ground: Ground, limits: Limits) -> ReadBoxes:
    """How an edit reads its surroundings: so many parcels at most. Retiring the road network of a town would look at
    every lot of it, for longer than a web request may take and than others can be kept waiting.

    What it reads first is read with what it will ask for then, where that can be told (`places_of`).
    """
    around: Box | None = None
    came_with_it: frozenset[int] = frozenset()

    def read(boxes: Sequence[Box], known: Sequence[int]) -> list[Parcel]:
        nonlocal around, came_with_it
        places = places_of(ground, boxes) if not known else None
        if places is not None:
            parcels, around = parcels_around(execute, places)
            came_with_it = frozenset(parcel.key for parcel in parcels)
        else:
            # A copy of the window may have asked: what came then is not in this one.
            held = around if came_with_it.issubset(known) else None
            unread = [box for box in boxes if held is None or not box_holds(held, box)]
            parcels = parcels_in_boxes(execute, unread, known) if unread else []
        count = len(known) + len(parcels)
        if count > limits.parcels_around_edit:
            advice = limits.advice_on_larger_edits()
            raise LimitExceeded("parcels around one edit", limits.parcels_around_edit, count, advice)
        return parcels

    return read


def _read_named(execute: Execute, request: EditRequest, coverage: Coverage) -> None:
    operations = request.operations
    ends = [name for operation in operations for name in operation.ends()]
    newcomers = [name for operation in operations for name in operation.newcomers()]
    pasts = [past for operation in operations for past in operation.pasts()]
    for parcel in parcels_by_id(execute, [name for operation in operations for name in operation.parcels()]):
        coverage.add(parcel)
    if ends:
        for parcel in units_of(execute, ends):
            if parcel.parcel_id not in coverage.before:
                coverage.add(parcel)
    if newcomers:
        coverage.taken.update(current_versions(execute, newcomers))
    if pasts:
        coverage.retired.update({p.parcel_id: p for p in retired_parcels(execute, [name for name, _ in pasts])})
    for name, version in pasts:
        past = parcel_at_version(execute, name, version)
        if past is not None:
            coverage.pasts[name, version] = past
    # A unit comes back as part of its ground parcel, which must be current.
    grounds = {past.properties["part_of"] for past in coverage.pasts.values()} - {None, *coverage.before}
    for parcel in parcels_by_id(execute, sorted(grounds)):
        coverage.add(parcel)


def _replayed(execute: Execute, request: EditRequest, coverage: Coverage, watch: Watch) -> Replay:
    try:
        return replay(
            coverage,
            request.operations,
            lambda lonlat: to_storage(execute, lonlat, coverage.ground.srid),
            generated_ids(request.key),
            lambda index: watch("Replaying operations", index),
        )
    except (UnknownPoint, InvalidOperation) as error:
        # The point may be gone because a colleague moved it: then the fact to tell is the conflict.
        conflict = stale_behind(execute, request, error)
        raise conflict or error from error


def _check_size(request: EditRequest, changes: Sequence[ParcelChange], limits: Limits) -> None:
    named = {name for operation in request.operations for name in operation.parcels()}
    count = sum(change.change != "noded" and not _is_following_unit(change, named) for change in changes)
    if count > limits.parcels_per_edit:
        raise LimitExceeded("parcels in one edit", limits.parcels_per_edit, count, limits.advice_on_larger_edits())


def _is_following_unit(change: ParcelChange, named: set[str]) -> bool:
    # A tower of flats follows its lot when a corner of the lot moves; its author moved one corner.
    return change.properties["part_of"] is not None and change.parcel_id not in named


def _check_acceptances(request: EditRequest, verdict: Verdict) -> None:
    for index, acceptance in enumerate(request.accept):
        if (acceptance.rule, acceptance.parcels) not in verdict.is_accepted:
            names = ", ".join(acceptance.parcels)
            raise BadRequest(f"accept[{index}]", f"the edit opens no {acceptance.rule} of {names}; leave it out")
