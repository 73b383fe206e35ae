"""`icon(name)` in templates: a drawing of the sprite that set-up makes (spatial_admin/local/icon_sprite.py)."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, g, url_for
from markupsafe import Markup, escape


def init_app(app: Flask) -> None:
    """Put `icon()` into every template."""
    app.jinja_env.globals["icon"] = icon


def icon(name: str) -> Markup:
    """The drawing; it says nothing to a screen reader, the words beside it do. Its file is looked up once a request."""
    sprite: str | None = g.get("icon_sprite")
    if sprite is None:
        sprite = g.icon_sprite = url_for("static", filename="vendor/icons/sprite.svg")
    return _drawn(sprite, name)


@lru_cache(maxsize=256)
def _drawn(sprite: str, name: str) -> Markup:
    use = f'<use href="{escape(sprite)}#{escape(name)}"></use>'
    return Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{use}</svg>')  # noqa: S704 (escaped)
