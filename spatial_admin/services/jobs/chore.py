"""What maintenance consists of: chores, each of which finds its steps and says what each did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from spatial_admin.owner_connection import OwnerConnection
from spatial_admin.settings import Upkeep

Look = Callable[[], None]
"""Called now and then by a step that takes long; what it raises ends the step."""

# Of the relation c: it belongs to whom the parcels belong, so not to an extension.
OURS: Final = "c.relowner = (SELECT relowner FROM pg_class WHERE oid = 'parcel'::regclass)"


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work: in words what is done to what and why; `run` does it and says what came of it."""

    about: str
    run: Callable[[Look], str]


@dataclass(frozen=True, slots=True)
class Chore:
    """A kind of work on the database: its name, a sentence for people, and what of it there is to do now."""

    name: str
    sentence: str
    find: Callable[[OwnerConnection, Upkeep], Iterator[Step]]


def delete_in_portions(owner: OwnerConnection, statement: str, values: dict[str, object], look: Look) -> str:
    """Repeat a DELETE that takes a bounded portion until none is left; each is a transaction of its own."""
    deleted = 0
    while True:
        rows = owner.connection.exec_driver_sql(statement, values).rowcount
        deleted += rows
        if not rows:
            return f"{deleted:,} deleted"
        look()
