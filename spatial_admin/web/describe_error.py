"""An error as the whole body of its answer, also for who reads it later: the problem of a job that failed."""

from __future__ import annotations

from typing import Any

from spatial_admin.errors import VersionConflict
from spatial_admin.services.editing.describe_conflict import describe_conflict
from spatial_admin.web.problems import Problem, problem_of

# A job may meet thousands of conflicts; both states of so many would be a download, not an answer.
DESCRIBED_CONFLICTS = 200


def full_problem_of(error: Exception) -> Problem:
    """As `problem_of`; a conflict with what the author saw, what is current, and who changed it when."""
    problem = problem_of(error)
    if not isinstance(error, VersionConflict):
        return problem
    described = describe_conflict(error.stale[:DESCRIBED_CONFLICTS])
    return problem.with_members(conflicts=[*described, *problem.members["conflicts"][DESCRIBED_CONFLICTS:]])


def describe_error(error: Exception) -> dict[str, Any]:
    """The members of the application/problem+json that the error is, or would have been, answered with."""
    return full_problem_of(error).body()
