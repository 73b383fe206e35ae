"""A COMMIT that does not wait for ever, and is not believed where a standby that must have it may not.

A wait for a synchronous standby that is cancelled ends as a success, with a warning only: what was committed may be
missing after a promotion.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy.exc import DBAPIError

from spatial_admin.connections import demands
from spatial_admin.connections.commit_watch import WATCH
from spatial_admin.database_errors import QUERY_CANCELED, sqlstate
from spatial_admin.errors import OutcomeUnknown

UNREPLICATED: Final = (
    "It is saved on this server, but no standby has said so within the time. Repeat it with the same key, and it is "
    "answered when one has."
)


class Heard:
    """What the server says beside its answers. Not iterable: any other list SQLAlchemy empties after a statement."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def append(self, notice: str) -> None:
        """Called by psycopg2 for each notice."""
        self._texts.append(notice)

    @property
    def is_unreplicated(self) -> bool:
        """Was a wait for a standby given up? (The server may say so in a language of its own.)"""
        return any("WARNING" in text or "synchronous" in text for text in self._texts)


@contextmanager
def committing(connection: PsycopgConnection) -> Iterator[None]:
    """Bound the wait of a COMMIT, and of what is asked behind it, by the time that the unit of work has for it.

    Raises OutcomeUnknown where the wait for a standby was given up.
    """
    heard = Heard()
    connection.notices = heard  # type: ignore[assignment]  # psycopg2 takes whatever can append
    try:
        with WATCH.watched(connection, demands.commit_s()):
            yield
    except DBAPIError as error:
        # The watch cancels again: what came behind the COMMIT may have met that, and is no proof of anything.
        if sqlstate(error) == QUERY_CANCELED and heard.is_unreplicated:
            raise OutcomeUnknown(UNREPLICATED) from error
        raise
    finally:
        connection.notices = []
    if heard.is_unreplicated:
        raise OutcomeUnknown(UNREPLICATED)
