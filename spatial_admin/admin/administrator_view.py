"""Pages of the site that only administrators may open."""

from __future__ import annotations

from typing import Any

from flask_admin import BaseView
from flask_login import current_user

from spatial_admin.services.shared.authorize import ADMINISTRATOR, has_role, require_role


class AdministratorView(BaseView):  # type: ignore[misc]  # Flask-Admin ships no types
    """A page that is no list of a model."""

    def is_accessible(self) -> bool:
        """Administrators only."""
        return bool(current_user.is_authenticated) and has_role(current_user, ADMINISTRATOR)

    def inaccessible_callback(self, name: str, **_arguments: Any) -> Any:  # noqa: ARG002 (Flask-Admin's signature)
        """Refuse by name of the role."""
        require_role(ADMINISTRATOR)
