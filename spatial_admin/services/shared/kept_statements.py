"""Statements put together once for each form they can take, and run with values by name.

What a list is narrowed and ordered by gives its statements a few dozen forms. SQLAlchemy builds such a statement of a
hundred Python objects and finds its text by a key of all of them, every time: that was a third of a page's time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, overload

from sqlalchemy import ColumnElement, Executable, Row
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ClauseElement

MOST: Final = 1_000  # forms: of what people do there are fewer, and each takes some 10 kB
DIALECT: Final = PGDialect_psycopg2()  # type: ignore[no-untyped-call]  # SQLAlchemy's


class Conditions(Sequence[ColumnElement[bool]]):
    """Conditions whose values have names (`bindparam`), so that a statement of theirs can be kept.

    `build` makes them when a statement is put together, so mostly never; None: there are no conditions, else there is
    one at least. Whatever has the same `form` must differ in nothing but `values`.
    """

    def __init__(
        self, build: Callable[[], Iterable[ColumnElement[bool]]] | None, form: Hashable, values: Mapping[str, Any]
    ) -> None:
        self._build = build
        self.form, self.values = form, values

    def __bool__(self) -> bool:
        return self._build is not None

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, index: int) -> ColumnElement[bool]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ColumnElement[bool]]: ...

    def __getitem__(self, index: int | slice) -> ColumnElement[bool] | Sequence[ColumnElement[bool]]:
        return self._made[index]

    def __add__(self, more: Conditions) -> Conditions:
        """These and more; their names must differ."""
        build = (lambda: (*self, *more)) if more else self._build
        return Conditions(build, (self.form, more.form), {**self.values, **more.values})

    @cached_property
    def _made(self) -> Sequence[ColumnElement[bool]]:
        return tuple(self._build()) if self._build is not None else ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement's text for psycopg2, and the values in it that are the same in every statement of its form."""

    text: str
    values: Mapping[str, Any]


_kept: OrderedDict[Hashable, Kept] = OrderedDict()
_lock = threading.Lock()


def rows_of(
    session: Session, what: Hashable, conditions: Sequence[ColumnElement[bool]], build: Callable[[], Executable]
) -> Sequence[Row[Any]]:
    """The rows of a statement, which `what` and the form of its conditions decide; `build` makes it the first time.

    Where the conditions are no `Conditions` it is made each time.
    """
    connection = session.connection()
    if not isinstance(conditions, Conditions):
        return connection.execute(build()).all()
    form = (what, conditions.form)
    with _lock:
        kept = _kept.get(form)
        if kept is not None:
            _kept.move_to_end(form)
    if kept is None:
        kept = _compiled(build(), conditions.values)
        with _lock:
            _kept[form] = kept
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    return connection.exec_driver_sql(kept.text, {**kept.values, **conditions.values}).all()


def _compiled(statement: Executable, given: Mapping[str, Any]) -> Kept:
    if not isinstance(statement, ClauseElement):
        raise TypeError(f"{statement!r} is no SQL expression")
    compiled = statement.compile(dialect=DIALECT)
    return Kept(str(compiled), {name: value for name, value in (compiled.params or {}).items() if name not in given})
