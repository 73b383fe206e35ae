"""What the review page is told before it asks: who may be given findings, which imports and rules there are."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from spatial_admin.cadastre.rules import FOUND, RULES
from spatial_admin.models import Account, ImportBatch, Role
from spatial_admin.services.authorize import ADMINISTRATOR, EDITOR, REVIEWER, has_role

# Choices of a list that people look through; whoever has more narrows by hand.
MOST_PEOPLE: Final = 500
MOST_BATCHES: Final = 100


def describe_review(session: Session, account: Account) -> dict[str, Any]:
    """`people` (emails of who may have a finding), `batches` (newest first), `rules` (sentence and unit by name), and
    what `account` may do: `can_judge`, `can_scan`.
    """
    working = Account.roles.any(Role.name.in_((EDITOR, REVIEWER, ADMINISTRATOR)))
    people = select(Account.email).where(Account.active, working).order_by(Account.email).limit(MOST_PEOPLE)
    batches = select(ImportBatch.id, ImportBatch.file_name).order_by(ImportBatch.id.desc()).limit(MOST_BATCHES)
    return {
        "people": list(session.scalars(people)),
        "batches": [{"id": number, "name": name} for number, name in session.execute(batches)],
        "rules": {name: {"sentence": RULES[name].sentence, "unit": RULES[name].measure} for name in FOUND},
        "can_judge": has_role(account, REVIEWER),
        "can_scan": has_role(account, ADMINISTRATOR),
    }
