"""Four eyes, where an edit is made, a finding accepted or land declared open: who needs a second person does
none of it alone, by whatever way it came.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from spatial_admin.errors import ApprovalRequired
from spatial_admin.services.approval.load_four_eyes import four_eyes_now, highest_role
from spatial_admin.services.shared.run_sql import Execute

# Read in the transaction of the edit: a caller cannot forget to say it, and a role given or taken counts at once.
ROLES_OF: Final = """
SELECT r.name FROM account_role AS h JOIN role AS r ON r.id = h.role_id WHERE h.account_id = %(account)s
"""


def require_no_second_person(execute: Execute, account_id: int | None, natures: Collection[str]) -> None:
    """Raises ApprovalRequired where the account needs a second person for one of the natures
    (of edits, `acceptance` or `known_gap`).

    Commands of the operator have no account, and need none. Where the office asks for nothing, nothing is read.
    """
    needed = four_eyes_now(execute)
    if account_id is None or not any(nature in natures for _, nature in needed):
        return
    role = highest_role([row.name for row in execute(ROLES_OF, {"account": account_id})])
    for nature in sorted(natures):
        if role is not None and (role, nature) in needed:
            raise ApprovalRequired(role, nature)
