"""Node, by edits of a named author, the points that a change of SRID would take off their line.

Done in the old database, before it is copied: there the points lie on their lines, so no line moves, and whose line
got a corner is in its history. Copying would have to change rows without an author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import select

from spatial_admin.errors import BadRequest, Json, SpatialAdminError
from spatial_admin.models import Account
from spatial_admin.services.editing.edit_batch import edit_batch
from spatial_admin.services.editing.edit_boundaries import Author
from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.parcels.find_departures import Leaving, Told
from spatial_admin.services.shared.authorize import EDITOR, has_role
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

AT_ONCE: Final = 200
STAGE: Final = "Noding lines"


@dataclass(frozen=True, slots=True)
class Noded:
    """How many lines got their points, and in words which did not and why."""

    lines: int
    refused: list[str]


def author_of(email: str) -> Author:
    """The author that an operator names; raises BadRequest where nobody of this name may edit."""
    with snapshot() as session:
        account = session.scalars(select(Account).where(Account.email == email.strip().lower())).one_or_none()
        if account is None or not account.active or not has_role(account, EDITOR):
            raise BadRequest("--as", f"nobody who may edit is called {email}; flask users create makes an account")
        return Author(account.id, account.email)


def node_lines(
    found: Sequence[Leaving], author: Author, comment: str, record_id: int | None, limits: Limits, told: Told
) -> Noded:
    """One edit a line: a colleague who is at work there makes one line fail and not all."""
    lines = _by_line(found)
    refused: list[str] = []
    for begin in range(0, len(lines), AT_ONCE):
        part = lines[begin : begin + AT_ONCE]
        requests = [parse_edit_request(_body(one, comment, record_id), limits) for one in part]
        for one, answer in zip(part, edit_batch(requests, author, limits), strict=True):
            if isinstance(answer, SpatialAdminError):
                refused.append(f"{one.sentence()}: {answer}")
        told(STAGE, begin + len(part), len(lines))
    return Noded(len(lines) - len(refused), refused)


def _by_line(found: Sequence[Leaving]) -> list[Leaving]:
    """One point of each line: inserting it nodes the whole line."""
    lines: dict[tuple[object, ...], Leaving] = {}
    for one in found:
        lines.setdefault((one.level, one.departure.a, one.departure.b), one)
    return list(lines.values())


def _body(one: Leaving, comment: str, record_id: int | None) -> Json:
    between = [list(one.departure.a), list(one.departure.b)]
    return {
        "key": str(uuid4()),
        "comment": comment,
        "seen": dict(one.parcels),
        "operations": [{"op": "insert_point", "between": between, "at": list(one.departure.at)}],
        **({} if record_id is None else {"record_id": record_id}),
    }
