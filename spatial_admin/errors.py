"""What can go wrong, one class per fact; each carries what was given and what is current. HTTP: web/problems.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class SpatialAdminError(Exception):
    """Base of every error that a user is told about."""


class SettingRefused(SpatialAdminError):
    """A setting in the environment cannot be used."""

    def __init__(self, name: str, given: str, why: str) -> None:
        super().__init__(f"{name}: {why}" + (f" (given: {given})" if given else ""))
        self.name = name


class DeploymentMismatch(SpatialAdminError):
    """The database was created with other constants than the settings ask for."""


class NotAllowed(SpatialAdminError):
    """The signed-in user has no role that may do this."""


class NotFound(SpatialAdminError):
    """Nothing of that name is stored."""

    def __init__(self, what: str, name: object) -> None:
        super().__init__(f"There is no {what} {name!s}.")
        self.what, self.name = what, name


class RowDecided(SpatialAdminError):
    """Somebody decided about the row before; `decision` is what it is, `edit_id` the edit that admitted it."""

    def __init__(self, batch: int, row: int, decision: str, edit_id: int | None) -> None:
        by = f" by edit {edit_id}" if edit_id is not None else ""
        super().__init__(f"Row {row} of import {batch} is {decision} already{by}. Look at its history.")
        self.decision, self.edit_id = decision, edit_id


class RowWaits(SpatialAdminError):
    """Somebody has proposed the row before: that draft waits for approval."""

    def __init__(self, batch: int, row: int, draft_id: int, owner: str) -> None:
        super().__init__(
            f"Row {row} of import {batch} waits for approval already, as draft {draft_id} of {owner}. It is withdrawn, "
            "returned or approved first."
        )
        self.draft_id = draft_id


class ImportUnfinished(SpatialAdminError):
    """The import has not come to its end; what it refuses is decided about afterwards."""

    def __init__(self, batch: int, state: str) -> None:
        super().__init__(f"Import {batch} is {state}. Its rows can be decided about when it is done.")
        self.state = state


class BadRequest(SpatialAdminError):
    """The request is not of the form that the route takes; `where` is the path into the body or the parameter."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where, self.why = where, why


class InvalidOperation(SpatialAdminError):
    """An operation cannot be carried out as given."""

    def __init__(self, index: int, operation: str, why: str) -> None:
        super().__init__(f"Operation {index + 1} ({operation}): {why}")
        self.index, self.operation, self.why = index, operation, why


class UnknownPoint(SpatialAdminError):
    """An operation names a point that no current parcel has."""

    def __init__(self, index: int, point: object) -> None:
        super().__init__(f"Operation {index + 1} names the point {point}, which no current parcel has.")
        self.index, self.point = index, point


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: which, whose, where (GeoJSON geometry in storage coordinates), how much (unit by rule)."""

    rule: str
    parcels: tuple[str, ...]
    message: str
    place: Json | None = None
    measure: float | None = None


class EditRejected(SpatialAdminError):
    """The result would break a blocking rule; nothing was changed."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(" ".join(violation.message for violation in violations))
        self.violations = tuple(violations)


@dataclass(frozen=True, slots=True)
class StaleParcel:
    """A parcel that changed since its author saw it."""

    parcel_id: str
    seen: int
    current_version: int
    can_rebase: bool = False


class VersionConflict(SpatialAdminError):
    """Parcels that the edit changes were changed by somebody else since they were seen."""

    def __init__(self, stale: Sequence[StaleParcel]) -> None:
        super().__init__("Changed meanwhile: " + ", ".join(entry.parcel_id for entry in stale))
        self.stale = tuple(stale)


class VersionRequired(SpatialAdminError):
    """The edit changes parcels whose seen version it does not state; `missing` maps parcel_id to current version."""

    def __init__(self, missing: dict[str, int]) -> None:
        super().__init__("State in `seen` the version of: " + ", ".join(sorted(missing)))
        self.missing = missing


class RecordRequired(SpatialAdminError):
    """The deployment wants every edit to name the record that it rests on, and this one names none."""


class UnknownRecord(SpatialAdminError):
    """The edit names a record that does not exist."""

    def __init__(self, record_id: int) -> None:
        super().__init__(f"There is no record {record_id}. Create it first, or name another.")
        self.record_id = record_id


class RecordReturned(SpatialAdminError):
    """The edit names a record that was returned to whoever presented it: nothing rests on it until it is taken up."""

    def __init__(self, record_id: int) -> None:
        super().__init__(f"Record {record_id} was returned. Take it into work again, or name another.")
        self.record_id = record_id


class RecordChanged(SpatialAdminError):
    """Somebody else changed the record since it was seen; `current` is the record as it is now."""

    def __init__(self, current: Json) -> None:
        changed = f"record {current['id']} is {current['state'].replace('_', ' ')}, at version {current['version']}"
        super().__init__(f"Somebody else changed it meanwhile: {changed}. Look at it, then decide again.")
        self.current = current


class RecordApproved(SpatialAdminError):
    """The record was approved; it stands until a reviewer takes it into work again."""

    def __init__(self, record_id: int) -> None:
        super().__init__(f"Record {record_id} is approved and stands; a reviewer can take it into work again.")
        self.record_id = record_id


class FindingChanged(SpatialAdminError):
    """The finding does not take the step: it is fixed, or somebody was faster; `current` is what it is now."""

    def __init__(self, why: str, current: Json) -> None:
        super().__init__(why)
        self.current = current


class FindingsChanged(SpatialAdminError):
    """Findings cannot be accepted as they were seen; `left` says which and why, and nothing was changed."""

    def __init__(self, left: Sequence[Json]) -> None:
        shown = " ".join(f"Finding {one['id']}: {one['why']}" for one in left[:5])
        super().__init__(shown + (f" And {len(left) - 5} more." if len(left) > 5 else ""))
        self.left = list(left)


class DraftChanged(SpatialAdminError):
    """The draft was kept from another tab or computer since it was seen; `current` is what it is now."""

    def __init__(self, current: Json) -> None:
        super().__init__(
            f"Draft {current['id']} was changed elsewhere and is at version {current['version']}. "
            "Read it, then decide which steps to keep."
        )
        self.current = current


class ApprovalRequired(SpatialAdminError):
    """Whoever edits needs a second person for an edit of this nature, to accept findings (`acceptance`) or to declare
    land open (`known_gap`); it has to be submitted as a draft.
    """

    def __init__(self, role: str, nature: str) -> None:
        whose = f"that {'an' if role[0] in 'ae' else 'a'} {role} makes"
        of_findings = {"acceptance": "Acceptances", "known_gap": "Declarations of open land"}
        what = of_findings.get(nature) or f"Edits of the nature {nature.replace('_', ' ')}"
        super().__init__(
            f"{what} {whose} are approved by another person here. Keep it as a draft (POST /api/drafts), then submit "
            "that (POST /api/drafts/{id}/submit)."
        )
        self.nature = nature


class DraftStateRefused(SpatialAdminError):
    """A draft in this state does not take this step."""

    def __init__(self, state: str, why: str, edit_id: int | None = None) -> None:
        super().__init__(why)
        self.state, self.edit_id = state, edit_id


class DraftReturned(SpatialAdminError):
    """A draft could not become its edit and was returned to its owner; `problem` says why, as the API says it."""

    def __init__(self, draft_id: int, problem: Json) -> None:
        super().__init__(
            f"Draft {draft_id} cannot be saved as it is, and was returned to its owner: {problem.get('detail', '')}"
        )
        self.draft_id, self.problem = draft_id, problem


class TransitionRefused(SpatialAdminError):
    """A record in this state does not take this step; `allowed` are the states that it may go to."""

    def __init__(self, record_id: int, state: str, wanted: str, allowed: Sequence[str]) -> None:
        to = ", ".join(allowed) or "none"
        super().__init__(f"Record {record_id} is {state} and does not become {wanted}; it may become: {to}.")
        self.state, self.wanted, self.allowed = state, wanted, tuple(allowed)


class KeyReused(SpatialAdminError):
    """The key already belongs to an edit with another content."""


class LimitExceeded(SpatialAdminError):
    """More was asked than a limit allows."""

    def __init__(self, what: str, limit: int, given: int | None = None, advice: str = "") -> None:
        count = f" ({given} given)" if given is not None else ""
        super().__init__(f"At most {limit:,} {what}{count}. {advice}".strip())
        self.what, self.limit, self.given = what, limit, given


class TooManyParcels(LimitExceeded):
    """The box holds more parcels or points than one answer may carry."""


class Contention(SpatialAdminError):
    """Others kept writing here, or the database was out of reach, for all the time of retrying; nothing was changed."""


class TookTooLong(SpatialAdminError):
    """The database needed longer for a step than it may; nothing was changed."""


class DatabaseReadOnly(SpatialAdminError):
    """The database takes no changes: another one took its place, or it is a standby; reading goes on."""


class OutcomeUnknown(SpatialAdminError):
    """The connection was lost after COMMIT was sent; repeating with the same key is safe and tells the outcome."""


class JobGivenUp(SpatialAdminError):
    """A job could not be carried out for a reason that lies in its workers and not in what was asked."""


class QueueLost(SpatialAdminError):
    """A worker lost the queue for longer than it waits; its jobs are taken up by another, or by itself started anew."""


class MaintenanceRunning(SpatialAdminError):
    """The database is being maintained already; one run at a time is enough."""
