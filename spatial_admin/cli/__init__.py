"""Commands of the operator: `flask users`, `flask database`, `flask parcels`, `flask zoning`, `flask demo`."""

from __future__ import annotations

from flask import Flask

from spatial_admin.cli import database, demo, parcels, users, zoning


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    for group in (users.group, database.group, parcels.group, zoning.group, demo.group):
        app.cli.add_command(group)
