"""Parcels by words: exactly the id or number, then what begins with them, then what holds every word.

Each of these tiers is read in the order of an index, from a cursor on and no further than the page needs, so a word
that half a million parcels hold costs no more than a rare one. Words of one or two characters have no trigram to be
found by: alone they are looked for at the beginning of id and number only; beside a longer word they must be held too.
The one service behind the admin's list, `q=` of the API and the map's search box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Text, and_, false, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest
from spatial_admin.models import Parcel
from spatial_admin.services.estimate_rows import estimated_rows
from spatial_admin.services.page_cursor import close_cursor, open_cursor
from spatial_admin.services.read_page import Order, Page, Place, gather, walk

LONGEST: Final = 200
TRIGRAM: Final = 3
MOST_GATHERED: Final = 10_000  # fewer than in other lists: the text of each is put together and compared
# As their indexes are made (migration 0010): bytewise, or LIKE 'word%' would not be answered by them.
lower_id: Final[ColumnElement[str]] = func.lower(Parcel.parcel_id, type_=Text).collate("C")
lower_number: Final[ColumnElement[str]] = func.coalesce(
    func.lower(Parcel.number, type_=Text), literal_column("''::text", Text), type_=Text
).collate("C")
searched_text: Final[ColumnElement[str]] = func.search_text(Parcel.parcel_id, Parcel.number, Parcel.address, type_=Text)
BY_ID: Final = Order("id", Parcel.id)
MARK: Final = "words"


@dataclass(frozen=True, slots=True)
class Tier:
    """One rank of results: its condition, and the order within (an expression, then the internal id)."""

    condition: ColumnElement[bool]
    order: Order


def search_parcels(
    session: Session, words: str, conditions: Sequence[ColumnElement[bool]], place: Place, size: int
) -> Page:
    """Internal ids of a page of at most `size` parcels that match words and conditions, the best first.

    `place` is the first page or one after or before a cursor; there is no last page. At most six statements, however
    many rows there are. Raises BadRequest for a cursor that is none.
    """
    tiers = tiers_of(words)
    if not tiers:
        return Page([], None, None, 0, is_exact=True)
    start, begins = _begin(tiers, place)
    found: list[tuple[int, Row[Any]]] = []
    estimates: list[int] = []
    numbers = range(start, -1, -1) if place.is_backwards else range(start, len(tiers))
    for number in numbers:
        wanted = size - len(found)
        if wanted < 0:
            break
        more = begins if number == start else []
        backwards = place.is_backwards
        rows = _rows(session, tiers[number], conditions, more, wanted, is_backwards=backwards, estimates=estimates)
        found += [(number, row) for row in rows]
    page = _paged(found, tiers, place, size)
    if page.is_exact:
        return page
    return replace(page, total=estimates[0] if estimates else _estimate(session, tiers, conditions))


def tiers_of(words: str) -> list[Tier]:
    """The tiers of some words; none where there are no words at all."""
    parts = words.lower().split()
    if not parts:
        return []
    phrase = literal(" ".join(parts), Text)
    begins = literal(f"{_escaped(' '.join(parts))}%", Text)
    tiers = [
        Tier(lower_id == phrase, Order("id", Parcel.id, lower_id)),
        Tier(and_(lower_number == phrase, lower_id != phrase), Order("number", Parcel.id, lower_number)),
        Tier(
            and_(lower_number.like(begins), lower_number != phrase, lower_id != phrase),
            Order("number", Parcel.id, lower_number),
        ),
        Tier(
            and_(lower_id.like(begins), lower_id != phrase, lower_number.not_like(begins)),
            Order("id", Parcel.id, lower_id),
        ),
    ]
    if any(len(part) >= TRIGRAM for part in parts):
        tiers.append(Tier(and_(holding(words), lower_number.not_like(begins), lower_id.not_like(begins)), BY_ID))
    return tiers


def holding(words: str) -> ColumnElement[bool]:
    """Parcels whose id, number or address hold every word, as it stands; true of none where none can be looked for."""
    parts = words.lower().split()
    if not any(len(part) >= TRIGRAM for part in parts):
        return false()
    return and_(*(searched_text.like(f"%{_escaped(part)}%") for part in parts))


def _rows(
    session: Session,
    tier: Tier,
    conditions: Sequence[ColumnElement[bool]],
    begins: Sequence[ColumnElement[bool]],
    size: int,
    *,
    is_backwards: bool,
    estimates: list[int],
) -> list[Row[Any]]:
    """Rows of a tier. What holds a word has no order by index: few are gathered, many met soon along the ids."""
    all_conditions = [tier.condition, *conditions]
    if tier.order is not BY_ID:
        return walk(session, all_conditions, begins, tier.order, size, is_backwards=is_backwards)
    expected = estimated_rows(session, select(literal(1)).select_from(Parcel.__table__).where(*all_conditions))
    estimates.append(expected)
    if expected <= MOST_GATHERED:
        rows, _ = gather(
            session, [*all_conditions, *begins], tier.order, size, is_backwards=is_backwards, most=MOST_GATHERED
        )
        if rows is not None:
            return rows
    return walk(session, all_conditions, begins, tier.order, size, is_backwards=is_backwards, is_fenced=True)


def _begin(tiers: Sequence[Tier], place: Place) -> tuple[int, list[ColumnElement[bool]]]:
    """The tier in which a page begins, and what lies beyond its cursor there."""
    if place.way == "first":
        return 0, []
    if place.way == "last":
        raise BadRequest("end", "results of a search are read from the best on; they have no last page")
    number, value, key = open_cursor(place.cursor, place.given_as, MARK, (int, str, int))
    if not 0 <= number < len(tiers):
        raise BadRequest(place.given_as, "it is no place in the results of these words")
    order = tiers[number].order
    if order.expression is None:
        return number, [order.key < key if place.is_backwards else order.key > key]
    here, there = tuple_(order.expression, order.key), tuple_(literal(value, Text), literal(key))
    return number, [here < there if place.is_backwards else here > there]


def _estimate(session: Session, tiers: Sequence[Tier], conditions: Sequence[ColumnElement[bool]]) -> int:
    """About how many parcels match: those that hold the words, else those that begin with them."""
    wanted = tiers[-1].condition if tiers[-1].order is BY_ID else tiers[2].condition | tiers[3].condition
    return estimated_rows(session, select(literal(1)).select_from(Parcel.__table__).where(wanted, *conditions))


def _paged(found: Sequence[tuple[int, Row[Any]]], tiers: Sequence[Tier], place: Place, size: int) -> Page:
    is_more = len(found) > size
    shown = list(found[:size])[::-1] if place.is_backwards else list(found[:size])
    has_previous = is_more if place.is_backwards else place.way == "after"
    has_next = place.way == "before" if place.is_backwards else is_more
    return Page(
        [_place_of(one, tiers)[1] for one in shown],
        _closed(shown[0], tiers) if shown and has_previous else None,
        _closed(shown[-1], tiers) if shown and has_next else None,
        len(shown),
        is_exact=place.way == "first" and not is_more,
    )


def _closed(found: tuple[int, Row[Any]], tiers: Sequence[Tier]) -> str:
    return close_cursor(MARK, (found[0], *_place_of(found, tiers)))


def _place_of(found: tuple[int, Row[Any]], tiers: Sequence[Tier]) -> tuple[str, int]:
    """Where a row stands in its tier: the value of the order, if it has any, and the internal id."""
    number, row = found
    values = tuple(row)
    return (values[0], values[1]) if tiers[number].order.expression is not None else ("", values[0])


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
