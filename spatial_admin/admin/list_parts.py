"""What a list and a page of details are made of: facets, the data of a page, tables below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import request
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from spatial_admin.admin.paging import Neighbours
from spatial_admin.admin.presentation import Figure
from spatial_admin.models import db

NARROWS_NOTHING: Final = frozenset({"", "any"})  # options of facets


@dataclass(frozen=True, slots=True)
class Facet:
    """A choice above a list: query argument, label, options (value, label), and the condition a value means."""

    name: str
    label: str
    options: Callable[[], Sequence[tuple[str, str]]]
    condition: Callable[[str], ColumnElement[bool] | None]
    default: str = ""
    personal: Sequence[str] = ()  # values whose condition depends on who looks

    def chosen(self) -> str:
        """The option that the request chose; the default where it chose none, or one that does not exist."""
        return self.shown().chosen

    def shown(self) -> FacetShown:
        """The choice as the request finds it."""
        value, options = request.args.get(self.name, self.default), self.options()
        labels = dict(options)
        chosen = value if value in labels else self.default
        is_changed = chosen != self.default
        is_offer = not is_changed and chosen in NARROWS_NOTHING
        return FacetShown(chosen, options, labels.get(chosen, ""), is_changed=is_changed, is_offer=is_offer)


@dataclass(frozen=True, slots=True)
class FacetShown:
    """A facet above a list: what is chosen of its options, and what that is called.

    `is_changed` says whether it is another than by default, `is_offer` whether the facet narrows nothing as it is.
    """

    chosen: str
    options: Sequence[tuple[str, str]]
    label: str
    is_changed: bool
    is_offer: bool


@dataclass(slots=True)
class PageData:
    """What a page shows besides its rows, fetched for all of them at once.

    `thumbnails` are by row id, `emails` by account id, `records` (their names) by record id, `parcels` (parcel_id,
    number) by internal parcel id.
    """

    session: Session | None = None
    total: str | None = None
    order: tuple[str, bool] = ("", False)  # name of the column, and is it descending?
    map: Mapping[str, Any] | Markup | None = None  # of a list that a box can narrow, or JSON of it
    pages: Neighbours = field(default_factory=Neighbours)
    thumbnails: dict[int, Markup] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    parcels: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    findings: dict[int, dict[str, Any]] = field(default_factory=dict)  # as the API tells of them, by number

    @property
    def reading(self) -> Session:
        """The session that the page's rows were read in: a list's own snapshot, else the request's."""
        return self.session or db.session()

    @property
    def map_json(self) -> Markup:
        """What the map above the list is told, for a script element."""
        return self.map if isinstance(self.map, Markup) else htmlsafe_json_dumps(self.map)


@dataclass(frozen=True, slots=True)
class Section:
    """A table below the details of one row: title, headings, rows of values, and what to say where there is none."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "None."
    note: str = ""

    def is_figures(self, column: int) -> bool:
        """Does a column hold numbers, to be aligned on their last digit?"""
        return any(isinstance(row[column], Figure) for row in self.rows)
