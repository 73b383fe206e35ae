"""Partitions of history ahead of time: a year that begins finds its own; nothing fails where nobody called this."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exc

from spatial_admin.database_errors import is_connection_loss, is_retryable
from spatial_admin.errors import Contention
from spatial_admin.transaction import short

YEARS_AHEAD: Final = 2
ATTEMPTS: Final = 3
# A partition is attached under a lock on the one for the rest, which every reader of the whole history shares: who
# waits for it keeps the others waiting, so it does not wait long.
PATIENCE: Final = "SET LOCAL lock_timeout = '1s'"
# The work is the database's (migration 0012), as the owner; it answers the names of the partitions that it made.
EXTEND: Final = "SELECT extend_history(%(years)s)"


def extend_history(years_ahead: int = YEARS_AHEAD) -> list[str]:
    """Make the partitions of the years up to `years_ahead` from now; answers the names of the new ones, oldest first.

    Raises Contention where long readers of history left no gap of a moment; the next call tries again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with short() as session:
                connection = session.connection()
                connection.exec_driver_sql(PATIENCE)
                return list(connection.exec_driver_sql(EXTEND, {"years": years_ahead}).scalars())
        except exc.DBAPIError as error:
            if not is_retryable(error) or is_connection_loss(error):
                raise
            if attempt == ATTEMPTS:
                raise Contention(
                    "History is being read without a pause, so no partition could be attached; nothing is lost: "
                    "what begins later than the last year goes to the partition for the rest. Try again later."
                ) from error
    raise AssertionError("unreachable")
