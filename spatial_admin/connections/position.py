"""Positions in the write-ahead log (LSN), as PostgreSQL writes them: `16/B374D848`, two hexadecimal halves."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from psycopg2 import Error as PsycopgError
from psycopg2.extensions import connection as PsycopgConnection  # noqa: N812 (its class is written small)
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

PATTERN: Final = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")
# Asked after a COMMIT, so that the position is at or behind its record. A commit that waited for the disk is in what is
# flushed, which is all that a replica can have: what others have begun to write since may stay here for seconds.
WRITTEN: Final = """
SELECT (CASE WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
        ELSE pg_current_wal_flush_lsn() END)::text
"""


def is_position(text: str) -> bool:
    """Is the text a position, as PostgreSQL writes one?"""
    return PATTERN.fullmatch(text) is not None


def order(position: str) -> int:
    """The byte in the log that a position names: positions compare as these, not as texts."""
    high, _, low = position.partition("/")
    return (int(high, 16) << 32) | int(low, 16)


def later(one: str | None, other: str | None) -> str | None:
    """The later of two positions; None only where there is none."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=order)


def position_behind(connection: PsycopgConnection, primary: Engine) -> str | None:
    """The position behind what a connection has just committed; None where nobody can say, which raises nothing."""
    try:
        return position_now(connection)
    except PsycopgError:  # lost since; what is committed is committed
        try:
            with primary.connect() as another:
                return position_now(another.connection.driver_connection)
        except (SQLAlchemyError, PsycopgError):
            logger.warning("Nobody could say at which position the last transaction was committed.", exc_info=True)
            return None


def position_now(driver_connection: Any) -> str:
    """The position that a primary has come to, by a psycopg2 connection between two transactions: one round trip."""
    driver_connection.autocommit = True
    try:
        with driver_connection.cursor() as cursor:
            cursor.execute(WRITTEN)
            return str(cursor.fetchone()[0])
    finally:
        if not driver_connection.closed:
            driver_connection.autocommit = False
