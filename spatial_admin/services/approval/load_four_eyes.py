"""Who needs a second person for which edits, to accept findings or to declare land open: as administrators have
set it, else as the environment says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from typing import Any, Final

from flask import current_app

from spatial_admin.errors import Json
from spatial_admin.models import db
from spatial_admin.services.shared.run_sql import Execute, run_sql
from spatial_admin.settings import APPROVALS, EDITING_ROLES, Settings
from spatial_admin.transaction import look_up, short

Pair = tuple[str, str]
"""A role, and a nature of edits, `acceptance` or `known_gap`."""

# One value, as text: what is the same to the letter was read before. It comes with the first message of an edit
# (`EditHeader.questions`); no edit writes here.
STORED: Final = "SELECT coalesce(json_agg(stored)::text, '[]') FROM four_eyes AS stored"
# Two administrators at once would insert the same pairs; edits, which only read, are not in the way.
FORGET: Final = "LOCK TABLE four_eyes IN SHARE ROW EXCLUSIVE MODE; DELETE FROM four_eyes"
SAVE: Final = """
INSERT INTO four_eyes (role, nature, is_needed, changed_by)
VALUES (%(role)s, %(nature)s, %(is_needed)s, %(account)s)
"""
KEPT_S: Final = 5.0  # a page must not ask the database for it each time
_KEY: Final = "spatial_admin.four_eyes"
_READ: Final = "spatial_admin.four_eyes_read"


def four_eyes(read: Execute = look_up) -> frozenset[Pair]:
    """Roles and natures that need a second person, for what a page shows: what was set elsewhere less than five seconds
    ago may be missing.
    """
    kept: tuple[float, frozenset[Pair]] | None = current_app.extensions.get(_KEY)
    if kept is not None and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    asked_at = time.monotonic()
    needed = four_eyes_now(read)
    current_app.extensions[_KEY] = asked_at, needed
    return needed


def four_eyes_now(read: Execute) -> frozenset[Pair]:
    """The same as `read` finds it, in the snapshot that it reads in: what binds."""
    stored: str = read(STORED, {})[0][0]
    kept: tuple[str, frozenset[Pair]] | None = current_app.extensions.get(_READ)
    if kept is not None and kept[0] == stored:
        return kept[1]
    settings: Settings = current_app.config["SETTINGS"]
    needed = set(settings.four_eyes)
    for row in json.loads(stored):
        (needed.add if row["is_needed"] else needed.discard)((row["role"], row["nature"]))
    current_app.extensions[_READ] = stored, frozenset(needed)
    return frozenset(needed)


def highest_role(roles: Collection[str]) -> str | None:
    """The role that counts of several: administrator before reviewer before editor; None for who edits nothing."""
    return next((role for role in reversed(EDITING_ROLES) if role in roles), None)


def natures_for(roles: Collection[str]) -> list[str]:
    """What whoever has these roles needs a second person for: natures of edits, `acceptance`, `known_gap`."""
    needed, role = four_eyes(_of_page), highest_role(roles)
    return [nature for nature in APPROVALS if (role, nature) in needed]


def asks_for_any() -> bool:
    """Does the office ask for a second person at all? Then the record of an import waits for one, too."""
    return bool(four_eyes(_of_page))


def _of_page(sql: str, values: Json) -> Sequence[Any]:
    """By the request's own session, which a page holds anyway: it takes no second connection."""
    return db.session().connection().exec_driver_sql(sql, values).all()


def save_four_eyes(needed: Collection[Pair], account_id: int | None) -> None:
    """Set all of it: these pairs need a second person, the others none. Of what is as by default nothing is kept."""
    settings: Settings = current_app.config["SETTINGS"]
    with short() as session:
        run_sql(session, FORGET)
        for pair in ((role, nature) for role in EDITING_ROLES for nature in APPROVALS):
            if (pair in needed) != (pair in settings.four_eyes):
                values = {"role": pair[0], "nature": pair[1], "is_needed": pair in needed, "account": account_id}
                run_sql(session, SAVE, values)
    current_app.extensions.pop(_KEY, None)
