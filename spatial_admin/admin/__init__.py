"""The Flask-Admin site at /admin/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask


def init_app(app: Flask, problem_of: Callable[[Exception], Any]) -> None:
    """Add the site."""
