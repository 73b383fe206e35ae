"""Puts the application together; every floor below is a function that takes the app."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from spatial_admin import admin, cli, jobs, web
from spatial_admin import settings as settings_module
from spatial_admin.models import db
from spatial_admin.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
# A server that does not answer must not outlast the time that an edit is retried.
ENGINE_OPTIONS = {
    "pool_pre_ping": True,
    "pool_recycle": 1800,
    "pool_size": 8,
    "max_overflow": 8,
    "pool_timeout": 5,
    "connect_args": {"connect_timeout": 3, "tcp_user_timeout": 10_000},
}
migrate = Migrate(directory=str(ROOT / "migrations"))


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application for one deployment; without `settings` the environment is read."""
    settings = settings or settings_module.from_environment()
    app = Flask("spatial_admin", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS,
        MAX_CONTENT_LENGTH=settings.limits.upload_bytes,
    )
    db.init_app(app)
    migrate.init_app(app, db, compare_type=True, compare_server_default=False)
    web.init_app(app)
    admin.init_app(app, web.problem_of)
    jobs.init_app(app, web.describe_error)
    cli.init_app(app, jobs.run_worker)
    return app
