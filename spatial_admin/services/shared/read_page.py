"""One page of a list: it begins after a row and not at a number, so any page of a million rows costs the same.

A page is read in one of two ways. *Walk*: along the index of the order, leaving out what the conditions refuse; good
where they leave much. *Gather*: the few rows that the conditions leave, by their own index, then sorted; good where
they leave little, and bounded, because the planner's estimate that there are few may be wrong. To let the planner
choose alone is not enough: it takes matching rows as evenly spread over the order, and where they lie together at its
end (a street, a quarter, a kind of parcel) it would walk over all the others first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from spatial_admin.services.shared.estimate_rows import estimated_rows
from spatial_admin.services.shared.kept_statements import Conditions, rows_of
from spatial_admin.services.shared.page_cursor import close_cursor, open_cursor

# Rows that are gathered at most: some 30 ms. More are walked.
MOST_GATHERED: Final = 20_000
Way = Literal["after", "before", "last", "first"]


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list is ordered: a name for cursors, an expression that is never null, and the primary key.

    There must be an index on (expression, key), or on the key alone where the expression is None.
    """

    name: str
    key: Any
    expression: Any = None
    is_descending: bool = False

    @property
    def terms(self) -> list[Any]:
        """What rows are sorted by."""
        return [self.key] if self.expression is None else [self.expression, self.key]

    @property
    def kinds(self) -> list[type]:
        """Python's types of the terms."""
        return [term.type.python_type for term in self.terms]

    @property
    def mark(self) -> str:
        """What a cursor of this order begins with: it is of no use in another."""
        return f"-{self.name}" if self.is_descending else self.name


@dataclass(frozen=True, slots=True)
class Place:
    """Which page: the first, the last, or that after or before a cursor."""

    way: Way = "first"
    cursor: str = ""
    parameter: str = ""  # of the URL, that held it

    @property
    def given_as(self) -> str:
        """What a refusal names."""
        return self.parameter or self.way

    @property
    def is_backwards(self) -> bool:
        """Is the page read from its end?"""
        return self.way in ("before", "last")


@dataclass(frozen=True, slots=True)
class Page:
    """The keys of a page in its order, cursors of its neighbours, and how many rows the list has in all.

    `total` is exact where `is_exact`, else the planner's estimate; None where nobody knows.
    """

    keys: Sequence[Any]
    previous: str | None
    next: str | None
    total: int | None = None
    is_exact: bool = False


def read_page(
    session: Session, conditions: Sequence[ColumnElement[bool]], order: Order, place: Place, size: int
) -> Page:
    """The page of at most `size` rows; BadRequest for a cursor that is none of this order."""
    total = estimated_rows(session, order.key.table, conditions) if conditions else None
    begins = _begin(order, place)
    rows: list[Row[Any]] | None = None
    gathered = 0
    if total is not None and total <= MOST_GATHERED:
        rows, gathered = gather(session, both(conditions, begins), order, size, is_backwards=place.is_backwards)
    is_whole = rows is not None and not begins
    if rows is None:
        fenced = total is not None and total <= MOST_GATHERED
        rows = walk(session, conditions, begins, order, size, is_backwards=place.is_backwards, is_fenced=fenced)
    page = paged(rows, order, place, size)
    if is_whole or (not begins and len(rows) <= size):
        return Page(page.keys, page.previous, page.next, gathered if is_whole else len(rows), is_exact=True)
    return Page(page.keys, page.previous, page.next, total)


def first_page(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    size: int,
    *,
    is_backwards: bool = False,
) -> Select[Any]:
    """The statement by which `read_page` reads the first page of a list, or its last: to be explained."""
    if conditions and estimated_rows(session, order.key.table, conditions) <= MOST_GATHERED:
        return gathering(conditions, order, size, is_backwards=is_backwards)
    return walking(conditions, [], order, size, is_backwards=is_backwards)


def gather(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    size: int,
    *,
    is_backwards: bool,
    most: int = MOST_GATHERED,
) -> tuple[list[Row[Any]] | None, int]:
    """The first rows of those that the conditions leave, and how many they leave; None where that is too many."""
    found = rows_of(
        session,
        ("gather", order.key.table, order.mark, size, is_backwards, most),
        conditions,
        lambda: gathering(conditions, order, size, is_backwards=is_backwards, most=most),
    )
    many = int(found[0].many) if found else 0
    return (None, many) if many > most else (list(found), many)


def gathering(
    conditions: Sequence[ColumnElement[bool]],
    order: Order,
    size: int,
    *,
    is_backwards: bool = False,
    most: int = MOST_GATHERED,
) -> Select[Any]:
    """The statement of `gather`: a bounded number of rows in no order, sorted; with how many there were."""
    terms = [term.label(f"term{number}") for number, term in enumerate(order.terms)]
    few = select(*terms).where(*conditions).limit(most + 1).subquery("gathered")
    is_down = order.is_descending != is_backwards
    sorted_by = [column.desc() if is_down else column.asc() for column in few.c]
    return select(*few.c, func.count().over().label("many")).order_by(*sorted_by).limit(size + 1)


def walk(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    begins: Conditions,
    order: Order,
    size: int,
    *,
    is_backwards: bool,
    is_fenced: bool = False,
) -> list[Row[Any]]:
    """The next rows along the order that the conditions leave."""
    found = rows_of(
        session,
        ("walk", order.key.table, order.mark, size, is_backwards, is_fenced),
        both(conditions, begins),
        lambda: walking(conditions, begins, order, size, is_backwards=is_backwards, is_fenced=is_fenced),
    )
    return list(found)


def both(conditions: Sequence[ColumnElement[bool]], begins: Conditions) -> Sequence[ColumnElement[bool]]:
    """Conditions and what lies beyond a cursor; kept where the conditions are."""
    return conditions + begins if isinstance(conditions, Conditions) else [*conditions, *begins]


def walking(
    conditions: Sequence[ColumnElement[bool]],
    begins: Sequence[ColumnElement[bool]],
    order: Order,
    size: int,
    *,
    is_backwards: bool = False,
    is_fenced: bool = False,
) -> Select[Any]:
    """The statement of `walk`. Fenced (OFFSET 0): the planner, whose estimate was wrong, must not gather and sort."""
    terms = [term.label(f"term{number}") for number, term in enumerate(order.terms)]
    is_down = order.is_descending != is_backwards
    sorted_by = [term.desc() if is_down else term.asc() for term in order.terms]
    if not is_fenced:
        return select(*terms).where(*conditions, *begins).order_by(*sorted_by).limit(size + 1)
    walked = select(*terms, and_(*conditions).label("is_hit")).where(*begins).order_by(*sorted_by).offset(0)
    inner = walked.subquery("walked")
    return select(*(inner.c[term.name] for term in terms)).where(inner.c.is_hit).limit(size + 1)


def paged(rows: Sequence[Row[Any]], order: Order, place: Place, size: int) -> Page:
    """A page of the rows that were read, one more than it holds where there is another page beyond."""
    is_more = len(rows) > size
    shown = list(rows[:size])[::-1] if place.is_backwards else list(rows[:size])
    width = len(order.terms)
    has_previous = is_more if place.is_backwards else place.way == "after"
    has_next = place.way == "before" if place.is_backwards else is_more
    return Page(
        [row[width - 1] for row in shown],
        close_cursor(order.mark, shown[0][:width]) if shown and has_previous else None,
        close_cursor(order.mark, shown[-1][:width]) if shown and has_next else None,
    )


def _begin(order: Order, place: Place) -> Conditions:
    """The condition that leaves what lies beyond the cursor."""
    if place.way not in ("after", "before"):
        return Conditions(None, place.way, {})
    values = open_cursor(place.cursor, place.given_as, order.mark, order.kinds)
    return beyond(order.terms, values, place.way, is_above=order.is_descending == place.is_backwards)


def beyond(terms: Sequence[Any], values: Sequence[Any], form: str, *, is_above: bool) -> Conditions:
    """The condition that leaves what lies above some values of the terms, or below them."""
    named = {f"cursor{number}": value for number, value in enumerate(values)}

    def build() -> list[ColumnElement[bool]]:
        given = [bindparam(name, value, term.type) for (name, value), term in zip(named.items(), terms, strict=True)]
        here, there = (terms[0], given[0]) if len(given) == 1 else (tuple_(*terms), tuple_(*given))
        return [here > there if is_above else here < there]

    return Conditions(build, (form, len(named), is_above), named)
