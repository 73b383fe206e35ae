"""Who is signed in, and what their roles allow; the same answer for the API, the pages and the admin site."""

from __future__ import annotations

from flask_login import current_user

from spatial_admin.errors import NotAllowed
from spatial_admin.models import Account

# Every account that may sign in may read. An administrator may do what every other role may.
ADMINISTRATOR, EDITOR, REVIEWER = "administrator", "editor", "reviewer"


def current_account() -> Account:
    """The account of this request; raises NotAllowed where nobody is signed in."""
    if not current_user.is_authenticated:
        raise NotAllowed("Sign in first.")
    account: Account = current_user._get_current_object()  # noqa: SLF001 (werkzeug's documented way out of a proxy)
    return account


def roles_of(account: Account) -> frozenset[str]:
    """Names of the roles that an account has."""
    return frozenset(role.name for role in account.roles)


def has_role(account: Account, role: str) -> bool:
    """May the account do what `role` may?"""
    return not roles_of(account).isdisjoint({role, ADMINISTRATOR})


def require_role(role: str) -> Account:
    """The account of this request, which has `role`; raises NotAllowed, which says what is missing."""
    account = current_account()
    if not has_role(account, role):
        raise NotAllowed(
            f"This needs the role {role}; {account.email} has {', '.join(sorted(roles_of(account))) or 'none'}."
        )
    return account
