"""The menu at the left of every page of the site: of one view and one set of roles it is always the same, but for
how much waits for whoever looks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from flask import current_app, g, render_template, request
from flask_login import current_user
from markupsafe import Markup

from spatial_admin.models import Account
from spatial_admin.services.drafts.list_drafts import count_waiting
from spatial_admin.services.shared.authorize import roles_of

if TYPE_CHECKING:
    from flask_admin import BaseView

_KEY: Final = "spatial_admin.menus"
WAITING: Final = Markup("<!--waiting-->")  # where the number goes, in templates/admin/menu.html


def site_menu(view: BaseView) -> Markup:
    """The views that the roles of whoever looks may open (`is_accessible` asks nothing else); `view` is marked."""
    kept: dict[object, Markup] = current_app.extensions.setdefault(_KEY, {})
    known = (view.endpoint, request.script_root, roles_of(current_user))
    if known not in kept:
        kept[known] = Markup(render_template("admin/menu.html", admin_view=view))  # noqa: S704 (a template escapes)
    return kept[known].replace(WAITING, waiting_mark())


def counting_first(site: Collection[str]) -> Callable[[], None]:
    """To run before each request: what stands in the menu is counted before a page of `site` (blueprints) reads.

    Counted while the menu is drawn, it took a second connection where the page still held one, whenever the number was
    older than some seconds: as many pages at once as there are connections waited for each other.
    """

    def count() -> None:
        is_page = request.blueprint in site and request.endpoint != "admin.static"
        if is_page and current_user.is_authenticated:
            count_for_menu(current_user)

    return count


def count_for_menu(account: Account, *, is_fresh: bool = False) -> int:
    """As `count_waiting`, and what the menu of this request says; to be called where no connection is held."""
    g.drafts_waiting = count_waiting(account, is_fresh=is_fresh)
    return int(g.drafts_waiting)


def waiting_mark() -> Markup:
    """How many drafts wait for the approval of whoever looks; nothing where none does."""
    count: int = g.get("drafts_waiting", 0)
    if not count:
        return Markup("")
    return Markup(' <span class="count">{}<span class="visually-hidden"> {} for you</span></span>').format(
        count, "waits" if count == 1 else "wait"
    )
