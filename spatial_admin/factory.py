"""Puts the application together; every floor below is a function that takes the app."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate

from spatial_admin import admin, cli, jobs, transaction, web
from spatial_admin import settings as settings_module
from spatial_admin.connections.pools import engine_options
from spatial_admin.errors import SettingRefused
from spatial_admin.models import db
from spatial_admin.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CANNOT_BOOT = 3  # gunicorn's own number: it stops, and does not try again for ever
migrate = Migrate(directory=str(ROOT / "migrations"))


class Application(Flask):
    """Flask for functions that are none of asyncio's."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask would look at some fifteen for every request, whether they are coroutines."""
        return func


def app_of_environment() -> Flask:
    """The application of the environment's settings, for programs that load it; one that cannot be used ends them."""
    try:
        return create_app()
    except SettingRefused as error:
        sys.stderr.write(f"A setting cannot be used. {error}\n")
        raise SystemExit(CANNOT_BOOT) from error


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application for one deployment; without `settings` the environment is read."""
    settings = settings or settings_module.from_environment()
    app = Application("spatial_admin", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.connections),
        MAX_CONTENT_LENGTH=settings.limits.upload_bytes,
    )
    db.init_app(app)
    transaction.init_app(app, settings.connections)
    migrate.init_app(app, db, compare_type=True, compare_server_default=False)
    web.init_app(app)
    admin.init_app(app, web.problem_of)
    jobs.init_app(app, web.describe_error)
    cli.init_app(app, jobs.run_worker)
    return app
