"""Groups of commands whose refusals are told in a sentence, never as a traceback."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from spatial_admin.errors import SpatialAdminError


class CommandGroup(AppGroup):
    """A group that ends with status 1 and the error's own words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of the group that was named."""
        try:
            return super().invoke(ctx)
        except SpatialAdminError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be reached: {error.orig}".strip()) from error
