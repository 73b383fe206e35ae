"""Statements of lists and search: pages walked along an order, or gathered from few rows.

services/shared/read_page.py runs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import shapely
from sqlalchemy import ColumnElement, Executable, literal, tuple_
from sqlalchemy.orm import Session

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import Json
from spatial_admin.services.database.named_queries import NamedQuery
from spatial_admin.services.parcels import search_parcels as words
from spatial_admin.services.parcels.list_parcels import EXPRESSIONS, matching, parcel_order
from spatial_admin.services.shared.match_words import TRIGRAM, holding, sooner
from spatial_admin.services.shared.read_page import Order, gathering, walking

SIZE: Final = 50


def _box(sample: Json) -> Box:
    return sample["west"], sample["south"], sample["east"], sample["north"]


def _polygon(sample: Json) -> bytes:
    wkb: bytes = shapely.to_wkb(shapely.box(*_box(sample)), byte_order=1)
    return wkb


def _walk(order: Order, *, is_backwards: bool, is_later: bool) -> Any:
    def build(_session: Session, sample: Json) -> Executable:
        begins: list[ColumnElement[bool]] = []
        if is_later:
            here = tuple_(literal(sample[order.name], order.terms[0].type), literal(sample["parcel"]))
            begins = [tuple_(*order.terms) < here if is_backwards else tuple_(*order.terms) > here]
        return walking(matching(), begins, order, SIZE, is_backwards=is_backwards)

    return build


def _pages() -> Iterator[NamedQuery]:
    for name in EXPRESSIONS:
        order = parcel_order(name)
        for form, is_backwards, is_later in (
            ("first page", False, False),
            ("last page", True, False),
            ("next page", False, True),
            ("page before", True, True),
        ):
            build = _walk(order, is_backwards=is_backwards, is_later=is_later)
            yield NamedQuery(f"read_page.walking (parcels by {name}, {form})", f"Parcels by {name}.", build)


def _few(conditions: Any) -> Any:
    def build(_session: Session, sample: Json) -> Executable:
        return gathering(conditions(sample), parcel_order("parcel_id"), SIZE)

    return build


def _long_word(sample: Json) -> str:
    """What people print on the parcel of the sample, or a word that a trigram index can look for."""
    word = str(sample["q"])
    return word if len(word) >= TRIGRAM else "lane"


def _ranking(text: str = "") -> Any:
    def build(_session: Session, sample: Json) -> Executable:
        tiers = [tier for tier in words.tiers_of(text or _long_word(sample)) if tier.order is not words.BY_ID]
        return words.ranking(tiers, matching(), [], SIZE)

    return build


def _rare(_session: Session, sample: Json) -> Executable:
    return gathering([holding(_long_word(sample))], words.BY_ID, SIZE, most=words.MOST_GATHERED)


def _with_signs(_session: Session, sample: Json) -> Executable:
    found = sooner([str(sample["name"]).lower()])
    held = [holding(_long_word(sample))] if found is None else found.looked_up + found.checked
    return gathering(held, words.BY_ID, SIZE, most=words.MOST_GATHERED)


def _common(_session: Session, sample: Json) -> Executable:
    held: Sequence[ColumnElement[bool]] = [holding(_long_word(sample))]
    return walking(held, [words.BY_ID.key > 0], words.BY_ID, SIZE, is_fenced=True)


QUERIES: Final = (
    NamedQuery("offer_fixes.FINDING", "A finding that is to be fixed."),
    *_pages(),
    NamedQuery("read_page.gathering (parcels in a box)", "Parcels of a box.",
               _few(lambda sample: matching(box=_box(sample)))),
    NamedQuery("read_page.gathering (any state, in a box)", "Parcels of a box, retired ones too.",
               _few(lambda sample: matching("any", box=_box(sample)))),
    NamedQuery("read_page.gathering (parcels in a polygon)", "Parcels that meet a polygon.",
               _few(lambda sample: matching(polygon=_polygon(sample)))),
    NamedQuery("read_page.gathering (any state, in a polygon)", "Parcels that meet a polygon, retired ones too.",
               _few(lambda sample: matching("any", polygon=_polygon(sample)))),
    NamedQuery("read_page.gathering (retired parcels)", "Retired parcels.", _few(lambda _sample: matching("retired"))),
    NamedQuery("read_page.gathering (parcels of a rare kind)", "Parcels of a kind that few have.",
               _few(lambda _sample: matching(kind="water"))),
    NamedQuery("search_parcels.ranking", "Search: the id, the number, what begins so.", _ranking()),
    NamedQuery("search_parcels.ranking (one letter)", "Search: what begins with a letter.", _ranking("1")),
    NamedQuery("match_words.holding", "Search: what holds the words.", _rare),
    NamedQuery("match_words.holding (a common word)", "Search: what holds a word that many hold.", _common),
    NamedQuery("match_words.sooner", "Search: what holds a word that has signs in it.", _with_signs),
)  # fmt: skip
