"""The HTTP face: sign-in, security, pages, JSON API."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from flask import Flask

from spatial_admin.web import (
    authentication,
    icons,
    own_writes,
    page_urls,
    problems,
    read_again,
    request_guard,
    request_metrics,
    security_headers,
    tiles_at_hand,
)
from spatial_admin.web.describe_error import describe_error
from spatial_admin.web.problems import problem_of

__all__ = ["describe_error", "init_app", "problem_of"]


def init_app(app: Flask) -> None:
    """Install everything that answers HTTP; the order is the order in which requests pass."""
    request_metrics.init_app(app)
    security_headers.init_app(app)
    icons.init_app(app)
    page_urls.init_app(app)
    problems.init_app(app)
    read_again.init_app(app)
    own_writes.init_app(app)
    authentication.init_app(app)
    request_guard.init_app(app)
    app.before_request(own_writes.may_read_replica)
    for module in pkgutil.iter_modules(__path__):
        # A module of this package that has a blueprint is a resource: being there is being served.
        blueprint = getattr(import_module(f"{__name__}.{module.name}"), "blueprint", None)
        if blueprint is not None:
            app.register_blueprint(blueprint)
    tiles_at_hand.init_app(app)
