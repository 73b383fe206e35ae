"""Groups of commands whose refusals are told in a sentence, never as a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
from flask.cli import AppGroup
from psycopg2 import Error as PsycopgError
from sqlalchemy.exc import DBAPIError

from spatial_admin.errors import SpatialAdminError

# SQLSTATEs of a database that lacks a table, column, function or schema of ours.
NOT_PREPARED: Final = ("42P01", "42703", "42883", "3F000")
READ_ONLY: Final = "25006"
NOT_ALLOWED: Final = "42501"


@contextmanager
def telling_refusals() -> Iterator[None]:
    """End with status 1 and the error's own words; faults of ours, which no operator mends, stay as they are."""
    try:
        yield
    except SpatialAdminError as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        words = words_of(error.orig)
        if words is None:
            raise
        raise click.ClickException(words) from error
    except PsycopgError as error:
        words = words_of(error)
        if words is None:
            raise
        raise click.ClickException(words) from error


def words_of(error: BaseException | None) -> str | None:
    """What a database error means to whoever gave the command, and what to do; None where it means nothing to them."""
    said = str(error).strip()
    first = said.splitlines()[0] if said else "it said nothing"
    code = getattr(error, "pgcode", None)
    if "unsupported startup parameter" in said:
        return (
            f"A pooler refuses what this command sets ({first}). Name PostgreSQL itself in DATABASE_URL; tiles warm "
            "can do with --threads."
        )
    if code is None or code[:2] in ("08", "53", "57"):
        return f"The database cannot be reached: {said}"
    if code in NOT_PREPARED:
        return f"The database is not prepared for this version ({first}). Run flask database prepare."
    if code == READ_ONLY or "during recovery" in said or "recovery is in progress" in said:
        return (
            f"The database takes no changes ({first}). Where it is a replica, name the primary in DATABASE_URL and "
            "DATABASE_OWNER_URL; where it was closed, another database took its place (docs/changing_srid.md)."
        )
    if code == NOT_ALLOWED:
        return (
            f"The role may not do this ({first}). DATABASE_OWNER_URL, and OLD_DATABASE_OWNER_URL of the old one, "
            "has to name the owner of the tables; DATABASE_URL the role that it gave rights to."
        )
    return None


class CommandGroup(AppGroup):
    """A group that ends with status 1 and the error's own words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of the group that was named."""
        with telling_refusals():
            return super().invoke(ctx)
