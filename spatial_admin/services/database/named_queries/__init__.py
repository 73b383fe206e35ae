"""Every statement of the services that reads or writes a table that grows, by name: `flask database plans` explains it.

A module here that has a tuple QUERIES is registered by being there. An entry names the constant (or the function that
puts a statement together) as `module.NAME`; a test fails where a service has one that no entry names.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from flask import Flask
from sqlalchemy import Executable
from sqlalchemy.orm import Session

from spatial_admin import services
from spatial_admin.errors import Json

# Tables that grow with parcels or with years of work: a plan that reads one whole is wrong.
GROWING: Final = (
    "parcel", "parcel_version", "edit", "finding", "finding_event", "lineage", "parcel_zoning", "staged_parcel",
    "record", "job_run", "draft", "draft_event", "conflict_cell", "tile_change", "tile_body", "parcel_cell",
    "parcel_cell_delta",
)  # fmt: skip
VIEWS: Final = "spatial_admin.named_queries"  # of the application: makes the queries of its views
Build = Callable[[Session, Json], str | Executable]
"""Put a statement together: a text with pyformat parameters, or an expression of SQLAlchemy's."""
Given = Callable[[Json], Mapping[str, Any]]
"""Parameters of one statement, made from the sample where they depend on it."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One statement: name, sentence, and how it is asked.

    `name` is `module.CONSTANT` or `module.function`, then in brackets which of several forms it is. Without `build` the
    constant itself is the statement. `values` go before those that are drawn from the database. `is_edit`: it runs with
    the planner settings of edits. `whole`: why it reads a table whole all the same; it is explained and never run.
    `small`: rows below which a table may be read whole, where it is more than usual.
    """

    name: str
    sentence: str
    build: Build | None = None
    values: Mapping[str, Any] | Given = field(default_factory=dict)
    is_edit: bool = False
    whole: str = ""
    small: int = 0

    @property
    def place(self) -> str:
        """`module.NAME`, without the form."""
        return self.name.split(" (")[0]

    def given(self, sample: Json) -> Mapping[str, Any]:
        """The values that go before those of the sample."""
        return self.values(sample) if callable(self.values) else self.values

    def statement(self, session: Session, sample: Json) -> str | Executable:
        """What is run, with the parameters drawn from the database where they are part of its text."""
        if self.build is not None:
            return self.build(session, sample)
        text = constant(self.place)
        if not isinstance(text, str):
            raise TypeError(f"{self.place} is no text; say how the statement is put together")
        return text


def constant(place: str) -> Any:
    """The value of `module.NAME` of the services (or of transaction.py)."""
    module, _, name = place.rpartition(".")
    return getattr(import_module(_places().get(module, f"spatial_admin.{module}")), name)


@cache
def _places() -> dict[str, str]:
    """The services' modules with their rooms; a module's name is one verb, and no two rooms have the same."""
    return {
        module.name: f"{services.__name__}.{room.name}.{module.name}"
        for room in pkgutil.iter_modules(services.__path__)
        for module in pkgutil.iter_modules([str(Path(services.__path__[0]) / room.name)])
    }


def all_queries() -> Sequence[NamedQuery]:
    """Every registered statement, by module."""
    found: list[NamedQuery] = []
    for module in pkgutil.iter_modules(__path__):
        found += getattr(import_module(f"{__name__}.{module.name}"), "QUERIES", ())
    return found


def queries_of(app: Flask) -> Sequence[NamedQuery]:
    """Every registered statement, and those that the application's views put together (see VIEWS)."""
    of_views: Callable[[], Iterable[NamedQuery]] = app.extensions.get(VIEWS, tuple)
    return [*all_queries(), *of_views()]
