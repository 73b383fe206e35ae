"""Groups of commands whose refusals are told in a sentence, never as a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from spatial_admin.errors import SpatialAdminError


@contextmanager
def telling_refusals() -> Iterator[None]:
    """End with status 1 and the error's own words."""
    try:
        yield
    except SpatialAdminError as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"The database cannot be reached: {error.orig}".strip()) from error


class CommandGroup(AppGroup):
    """A group that ends with status 1 and the error's own words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command of the group that was named."""
        with telling_refusals():
            return super().invoke(ctx)
