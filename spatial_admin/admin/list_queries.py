"""The statements of the site's lists by name, for `flask database plans`: in every order, by every facet, by a word.

The list of parcels is read by a service of its own, whose statements are named there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable
from sqlalchemy.orm import Session

from spatial_admin.admin.base_view import Facet, SiteView
from spatial_admin.errors import Json
from spatial_admin.services.database.named_queries import GROWING, Build, NamedQuery
from spatial_admin.services.shared.read_page import MOST_GATHERED, Order, first_page

ANY: Final = "any"  # of a facet that leaves something out by default: nothing is left out
# One word that rows of the sample may hold, and that a trigram index can look for.
WORD: Final = "lane"
# A list gathers so many rows that a table of twice as many may as well be read whole.
SMALL: Final = 2 * MOST_GATHERED


def list_queries(views: Sequence[SiteView]) -> Iterator[NamedQuery]:
    """A query for each way to ask a list of a table that grows."""
    for view in views:
        if view.model.__table__.name in GROWING:
            yield from _orders(view)
            yield from _narrowed(view)


def _orders(view: SiteView) -> Iterator[NamedQuery]:
    for name in dict.fromkeys((view.column_default_sort[0], *view.orders)):
        for is_descending in (False, True):
            order = view.order_of(name, is_descending=is_descending)
            form = f"{view.endpoint} by {name}, {'down' if is_descending else 'up'}"
            yield _query(form, "A list in an order.", _page(_by_default(view), order))
            yield _query(f"{form}, its end", "Its last page.", _page(_by_default(view), order, is_backwards=True))


def _narrowed(view: SiteView) -> Iterator[NamedQuery]:
    order = view.order_of(None, is_descending=False)
    for facet in view.facets:
        for value, _ in facet.options():
            condition = None if value in facet.personal else facet.condition(value)
            if condition is None:
                continue
            form = f"{view.endpoint}, {facet.name} {value}"
            narrowed = _page([*_by_default(view, facet), condition], order)
            yield _query(form, "A list narrowed by a facet.", narrowed)
            if any(other.default for other in view.facets if other is not facet):
                anything = [other.condition(ANY) for other in view.facets if other is not facet and other.default]
                wide = _page([*(one for one in anything if one is not None), condition], order)
                yield _query(f"{form}, of any", "The same whatever else is usually left out.", wide)
    if view.searched:
        yield _query(f"{view.endpoint}, a word", "A list searched for a word.", _searched(view, order))


def _by_default(view: SiteView, *but: Facet) -> list[ColumnElement[bool]]:
    """What the facets leave where nothing is chosen, but for some of them."""
    found = [facet.condition(facet.default) for facet in view.facets if facet not in but]
    return [condition for condition in found if condition is not None]


def _query(form: str, sentence: str, build: Build) -> NamedQuery:
    return NamedQuery(f"read_page.first_page ({form})", sentence, build, small=SMALL)


def _page(conditions: Sequence[ColumnElement[bool]], order: Order, *, is_backwards: bool = False) -> Build:
    def build(session: Session, _sample: Json) -> Executable:
        return first_page(session, conditions, order, SiteView.page_size, is_backwards=is_backwards)

    return build


def _searched(view: SiteView, order: Order) -> Build:
    def build(session: Session, sample: Json) -> Executable:
        found: Any = view.search_condition(str(sample["name"]) if view.shortest_word == 1 else WORD)
        return first_page(session, [*_by_default(view), found], order, SiteView.page_size)

    return build
