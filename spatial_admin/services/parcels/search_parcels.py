"""Parcels by words: exactly the id or number, then what begins with them, then addresses that begin with a house,
then what holds every word.

Each of these tiers is read in the order of an index, from a cursor on and no further than a page, so a word that half a
million parcels hold costs no more than a rare one. Words of one or two characters have no trigram to be
found by: alone they are looked for at the beginning of id and number only; beside a longer word they must be held too.
The one service behind the admin's list, `q=` of the API and the map's search box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest
from spatial_admin.models import Parcel
from spatial_admin.services.shared.estimate_rows import estimated_rows
from spatial_admin.services.shared.kept_statements import Conditions, rows_of
from spatial_admin.services.shared.match_words import (
    PARCEL,
    Sooner,
    escaped,
    holding,
    is_found_by_index,
    patterns,
    searched_text,
    sooner,
)
from spatial_admin.services.shared.page_cursor import close_cursor, open_cursor
from spatial_admin.services.shared.read_page import Order, Page, Place, beyond, gather, walk, walking

LONGEST: Final = 200
MOST_GATHERED: Final = 10_000  # fewer than in other lists: the text of each is put together and compared
MOST_CHECKED: Final = 1_000  # rows that are looked up by less than the words, and read
# As their indexes are made (migration 0010): bytewise, or LIKE 'word%' would not be answered by them.
lower_id: Final[ColumnElement[str]] = func.lower(PARCEL.parcel_id, type_=Text).collate("C")
lower_number: Final[ColumnElement[str]] = func.coalesce(
    func.lower(PARCEL.number, type_=Text), literal_column("''::text", Text), type_=Text
).collate("C")
lower_address: Final[ColumnElement[str]] = func.coalesce(
    func.lower(PARCEL.address, type_=Text), literal_column("''::text", Text), type_=Text
).collate("C")
BY_ID: Final = Order("id", PARCEL.id)
BY_TEXT_OF_ID: Final = Order("id", PARCEL.id, lower_id)
BY_NUMBER: Final = Order("number", PARCEL.id, lower_number)
MARK: Final = "words"
NOWHERE: Final = Conditions(None, "", {})  # no cursor
# Where a parcel stands in the results: its tier, the value of the order there (empty where it has none), internal id.
Found = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Tier:
    """One rank of results: its condition, and the order within (an expression, then the internal id)."""

    rank: int
    conditions: Conditions
    order: Order
    sooner: Sooner | None = None


def search_parcels(session: Session, words: str, conditions: Conditions, place: Place, size: int) -> Page:
    """Internal ids of a page of at most `size` parcels that match words and conditions, the best first.

    `place` is the first page or one after or before a cursor; there is no last page. At most seven statements, however
    many rows there are. Raises BadRequest for a cursor that is none.
    """
    tiers = tiers_of(words)
    if not tiers:
        return Page([], None, None, 0, is_exact=True)
    start, begins = _begin(tiers, place)
    asked = tiers[start::-1] if place.is_backwards else tiers[start:]
    found: list[Found] = []
    estimates: list[int] = []
    # What holds the words is the last tier: it comes before the others backwards, and after them forwards.
    for part in _by_kind(asked):
        wanted = size - len(found)
        if wanted < 0:
            break
        more = begins if part[0] is tiers[start] else NOWHERE
        if part[0].order is BY_ID:
            counted = estimates if part[0] is tiers[-1] else []
            found += _holding(session, part[0], conditions, more, wanted, place=place, estimates=counted)
        else:
            found += _ranked(session, part, conditions, more, wanted, is_backwards=place.is_backwards)
    page = _paged(found, place, size)
    if page.is_exact:
        return page
    return replace(page, total=estimates[0] if estimates else _estimate(session, tiers, conditions))


def _by_kind(tiers: Sequence[Tier]) -> list[Sequence[Tier]]:
    """The tiers in their order: those that are read by their index together, each other for itself."""
    return [list(part) for _, part in groupby(tiers, key=lambda tier: tier.rank if tier.order is BY_ID else -1)]


def tiers_of(words: str) -> list[Tier]:
    """The tiers of some words; none where there are no words at all."""
    parts = words.lower().split()
    if not parts:
        return []
    values = {"phrase": " ".join(parts), "begins": f"{escaped(' '.join(parts))}%"}
    orders = [BY_TEXT_OF_ID, BY_NUMBER, BY_NUMBER, BY_TEXT_OF_ID]
    tiers = [
        Tier(rank, Conditions(partial(_conditions, rank, values), (f"tier {rank}", len(parts)), values), order)
        for rank, order in enumerate(orders)
    ]
    if not is_found_by_index(parts):
        return tiers
    if _names_a_house(parts):
        phrase = patterns([values["phrase"]])
        begins = Conditions(partial(_at_address, values, phrase), "address", {**values, **phrase})
        tiers.append(Tier(len(tiers), begins, BY_ID))
    form = ("held", len(parts), _names_a_house(parts))
    held = Conditions(partial(_held, words, values), form, {**values, **patterns(parts)})
    return [*tiers, Tier(len(tiers), held, BY_ID, _sooner(parts, values))]


def _sooner(parts: Sequence[str], values: Mapping[str, str]) -> Sooner | None:
    """As `match_words.sooner`, for the tier of what holds the words."""
    found = sooner(parts)
    if found is None:
        return None
    others = Conditions(partial(_of_none_before, values, parts), ("others", _names_a_house(parts)), values)
    return replace(found, checked=found.checked + others)


def _conditions(rank: int, values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """What a tier holds: nothing that one before it does."""
    phrase, begins = (bindparam(name, value, Text) for name, value in values.items())
    is_of_tier = (
        lambda: lower_id == phrase,
        lambda: and_(lower_number == phrase, lower_id != phrase),
        lambda: and_(lower_number.like(begins), lower_number != phrase, lower_id != phrase),
        lambda: and_(lower_id.like(begins), lower_id != phrase, lower_number.not_like(begins)),
    )
    return [is_of_tier[rank]()]


def _at_address(values: Mapping[str, str], phrase: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """`12 Mill Lane` is the house of that number, before parcels whose ids happen to hold a 12. By the trigrams."""
    begins = bindparam("begins", values["begins"], Text)
    held = [searched_text.like(bindparam(name, value, Text)) for name, value in phrase.items()]
    return [and_(*held, lower_address.like(begins), *_begins_otherwise(values))]


def _held(words: str, values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [and_(holding(words), *_of_none_before(values, words.split()))]


def _of_none_before(values: Mapping[str, str], parts: Sequence[str]) -> list[ColumnElement[bool]]:
    """What holds words is of the last tier where it is of none before that."""
    begins = bindparam("begins", values["begins"], Text)
    return [*_begins_otherwise(values), *([lower_address.not_like(begins)] if _names_a_house(parts) else [])]


def _names_a_house(parts: Sequence[str]) -> bool:
    """Several words, a number among them: of a street alone, half a town's addresses might be read twice."""
    return len(parts) > 1 and any(character.isdigit() for part in parts for character in part)


def _begins_otherwise(values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    begins = bindparam("begins", values["begins"], Text)
    return [lower_number.not_like(begins), lower_id.not_like(begins)]


def _ranked(
    session: Session,
    tiers: Sequence[Tier],
    conditions: Conditions,
    begins: Conditions,
    size: int,
    *,
    is_backwards: bool,
) -> list[Found]:
    """What the tiers that an index orders hold, by one statement."""
    what = ("ranking", *(tier.rank for tier in tiers), size, is_backwards)
    given = tiers[0].conditions + conditions + begins  # the values are those of every tier
    build = lambda: ranking(tiers, conditions, begins, size, is_backwards=is_backwards)  # noqa: E731 (asked for once)
    return [(int(row.tier), row.term0, int(row.term1)) for row in rows_of(session, what, given, build)]


def ranking(
    tiers: Sequence[Tier],
    conditions: Sequence[ColumnElement[bool]],
    begins: Sequence[ColumnElement[bool]],
    size: int,
    *,
    is_backwards: bool = False,
) -> Select[Any]:
    """One statement for the tiers that an index orders: of each no more than a page, the best first.

    `begins` is what lies beyond the cursor in the first of them. Four statements would be four round trips.
    """
    parts = []
    for tier in tiers:
        more = begins if tier is tiers[0] else ()
        walked = walking([*tier.conditions, *conditions], more, tier.order, size, is_backwards=is_backwards)
        rows = walked.subquery(f"tier{tier.rank}").c
        parts.append(select(literal_column(str(tier.rank)).label("tier"), rows.term0, rows.term1))
    columns = union_all(*parts).subquery("ranked").c
    sorted_by = [column.desc() if is_backwards else column.asc() for column in columns]
    return select(*columns).order_by(*sorted_by).limit(size + 1)


def _holding(
    session: Session,
    tier: Tier,
    conditions: Conditions,
    begins: Conditions,
    size: int,
    *,
    place: Place,
    estimates: list[int],
) -> list[Found]:
    """What holds the words, which no index has in an order: few are gathered, many met soon along the ids."""
    all_conditions = tier.conditions + conditions
    rows: list[Row[Any]] | None = None
    backwards = place.is_backwards
    to_gather, expected = _to_gather(session, tier, conditions)
    estimates.append(expected)
    if to_gather is not None:
        rows, _ = gather(session, to_gather + begins, tier.order, size, is_backwards=backwards, most=MOST_GATHERED)
    if rows is None:
        rows = walk(session, all_conditions, begins, tier.order, size, is_backwards=backwards, is_fenced=True)
    return [(tier.rank, "", int(row.term0)) for row in rows]


def _to_gather(session: Session, tier: Tier, conditions: Conditions) -> tuple[Conditions | None, int]:
    """By what conditions a tier's parcels are gathered, and about how many there are; None where they are too many."""
    if tier.sooner is not None:
        looked_up = tier.sooner.looked_up + conditions
        expected = estimated_rows(session, Parcel.__table__, looked_up)
        if expected <= MOST_CHECKED:
            return looked_up + tier.sooner.checked, expected
    all_conditions = tier.conditions + conditions
    expected = estimated_rows(session, Parcel.__table__, all_conditions)
    return (all_conditions if expected <= MOST_GATHERED else None), expected


def _begin(tiers: Sequence[Tier], place: Place) -> tuple[int, Conditions]:
    """The tier in which a page begins, and what lies beyond its cursor there."""
    if place.way == "first":
        return 0, NOWHERE
    if place.way == "last":
        raise BadRequest("end", "results of a search are read from the best on; they have no last page")
    number, value, key = open_cursor(place.cursor, place.given_as, MARK, (int, str, int))
    if not 0 <= number < len(tiers):
        raise BadRequest(place.given_as, "it is no place in the results of these words")
    order = tiers[number].order
    values = (key,) if order.expression is None else (value, key)
    return number, beyond(order.terms, values, f"{place.way} tier {number}", is_above=not place.is_backwards)


def _estimate(session: Session, tiers: Sequence[Tier], conditions: Conditions) -> int:
    """About how many parcels match: those that hold the words, else those that begin with them."""
    wanted = tiers[-1].conditions
    if tiers[-1].order is not BY_ID:
        either = lambda: [or_(*tiers[2].conditions, *tiers[3].conditions)]  # noqa: E731 (asked for once)
        wanted = Conditions(either, "tiers 2 and 3", tiers[2].conditions.values)
    return estimated_rows(session, Parcel.__table__, wanted + conditions)


def _paged(found: Sequence[Found], place: Place, size: int) -> Page:
    is_more = len(found) > size
    shown = list(found[:size])[::-1] if place.is_backwards else list(found[:size])
    has_previous = is_more if place.is_backwards else place.way == "after"
    has_next = place.way == "before" if place.is_backwards else is_more
    return Page(
        [key for _, _, key in shown],
        close_cursor(MARK, shown[0]) if shown and has_previous else None,
        close_cursor(MARK, shown[-1]) if shown and has_next else None,
        len(shown),
        is_exact=place.way == "first" and not is_more,
    )
