"""How long a transaction is tried again, and how long it keeps out of the way of who beat it."""

from __future__ import annotations

import time
from random import SystemRandom
from typing import Final

from spatial_admin.connections.measurements import count
from spatial_admin.edit_transaction import LOST
from spatial_admin.errors import Contention, OutcomeUnknown

# Of the system: processes that are forked after it was used do not all wait alike.
JITTER: Final = SystemRandom()
RETRY_FOR_S: Final = 5.0
BACKOFF_S: Final = 0.010
LONGEST_PAUSE_S: Final = 0.5


def deadline_in(seconds: float) -> float:
    """The moment of the monotonic clock until which it is tried again."""
    return time.monotonic() + seconds


def ms_until(deadline: float) -> int:
    """Milliseconds that are left until a moment of the monotonic clock, at least one."""
    return max(1, int((deadline - time.monotonic()) * 1000))


def pause(attempt: int, deadline: float, error: Exception, *, lost: bool, takes_turn: bool = False) -> None:
    """Wait before the next attempt; raises what `given_up` makes where that would begin after the deadline.

    Full jitter; bounded in time, not attempts: at 2.9 aborts a commit eight attempts are too few for 9 % of edits. Who
    takes a turn need not keep out of the way.
    """
    longest = 0.0 if takes_turn else min(LONGEST_PAUSE_S, BACKOFF_S * 2**attempt)
    seconds = JITTER.uniform(0, longest)
    if time.monotonic() + seconds > deadline:
        count("contentions")
        raise given_up(lost=lost, attempts=attempt) from error
    count("retries")
    time.sleep(seconds)


def given_up(*, lost: bool, attempts: int) -> Contention | OutcomeUnknown:
    """The error to raise when there is no more time; `lost`: a COMMIT was sent and nobody knows what became of it."""
    if lost:
        return OutcomeUnknown(LOST)
    return Contention(f"Others kept writing here, or the database was out of reach ({attempts} attempts). Try again.")
