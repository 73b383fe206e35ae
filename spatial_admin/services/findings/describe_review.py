"""What the review page is told before it asks: who may be given findings, which imports, rules and areas there are."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spatial_admin.cadastre.rules import FOUND, RULES
from spatial_admin.models import Account, ImportBatch, Level, Role, ZoningDistrict
from spatial_admin.services.findings.list_findings import AGES
from spatial_admin.services.shared.authorize import ADMINISTRATOR, EDITOR, REVIEWER, has_role

# Choices of a list that people look through; whoever has more narrows by hand.
MOST_PEOPLE: Final = 500
MOST_BATCHES: Final = 100
MOST_DISTRICTS: Final = 200


def describe_review(session: Session, account: Account) -> dict[str, Any]:
    """`people` (emails of who may have a finding), `batches` (newest first), `rules` (sentence and unit by name),
    `ages` and `areas` (argument and words of each), and what `account` may do: `can_judge`, `can_scan`.
    """
    working = Account.roles.any(Role.name.in_((EDITOR, REVIEWER, ADMINISTRATOR)))
    people = select(Account.email).where(Account.active, working).order_by(Account.email).limit(MOST_PEOPLE)
    batches = select(ImportBatch.id, ImportBatch.file_name).order_by(ImportBatch.id.desc()).limit(MOST_BATCHES)
    return {
        "people": list(session.scalars(people)),
        "batches": [{"id": number, "name": name} for number, name in session.execute(batches)],
        "rules": {name: {"sentence": RULES[name].sentence, "unit": RULES[name].measure} for name in FOUND},
        "ages": [[age, words] for age, (words, _, _) in AGES.items()],
        "areas": _areas(session),
        "can_judge": has_role(account, REVIEWER),
        "can_scan": has_role(account, ADMINISTRATOR),
    }


def _areas(session: Session) -> list[list[str]]:
    """Zoning districts by code, and the levels of parcels that lie in none."""
    name = func.min(ZoningDistrict.name)
    codes = select(ZoningDistrict.code, name, func.max(ZoningDistrict.name)).group_by(ZoningDistrict.code)
    rows = session.execute(codes.order_by(ZoningDistrict.code).limit(MOST_DISTRICTS))
    # Several areas may carry one code; their name is told where it is one.
    districts = [
        [f"district:{code}", f"{code} {first}" if first == last and first != code else code]
        for code, first, last in rows
    ]
    levels = session.scalars(select(Level.code).order_by(Level.code))
    return [
        *districts,
        *([f"level:{code}", f"level {code}" + (", in no zone" if districts else "")] for code in levels),
    ]
