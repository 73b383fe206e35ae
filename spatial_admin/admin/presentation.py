"""How values look in lists and details: figures aligned, times short with the full one at hand, references as links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import g, request, url_for
from markupsafe import Markup, escape

Formatter = Callable[[Any, Any, Any, str], Any]
TO_ESCAPE = re.compile("[&<>\"']")
PLAIN = re.compile(r"[\w.~/-]*\Z", re.ASCII)  # what a URL takes as it is, and text too; but for the slash
NONE = Markup('<span class="none" title="not stated">–</span>')


class ByValue:
    """A formatter that needs nothing of a row but the value of its column: a list calls it with that alone."""

    def __init__(self, of: Callable[[Any], Any]) -> None:
        self._of = of

    def __call__(self, _view: Any, _context: Any, row: Any, name: str) -> Any:
        """As Flask-Admin calls formatters."""
        return self.of_page()(getattr(row, name))

    def of_page(self) -> Callable[[Any], Any]:
        """What makes cells of values, for one page."""
        return self._of


class RowLink(ByValue):
    """Ids as links to the pages of their rows, whose path is made once a page."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(lambda row_id: row_link(endpoint, row_id))
        self._endpoint = endpoint

    def of_page(self) -> Callable[[Any], Any]:
        """Links on one page."""
        before = f'<a href="{_path(self._endpoint)}?id='
        return lambda row_id: _linked(before, str(row_id), None)


def area_of(value: float | None) -> Markup:
    """Square metres with one decimal and a thin space by thousands."""
    return NONE if value is None else _figure(f"{value:,.1f}".replace(",", "\u202f"))


def whole_of(value: int | None) -> Markup:
    """A whole number."""
    return NONE if value is None else _figure(f"{value:,}".replace(",", "\u202f"))


def grouped(number: int) -> str:
    """A whole number with a thin space by thousands."""
    return f"{number:,}".replace(",", "\u202f")


class Figure(Markup):
    """A number that aligns with those above and below."""


def figure(text: str) -> Figure:
    """A number as a figure."""
    return _figure(escape(text))


def _figure(html: str) -> Figure:
    return str.__new__(Figure, f'<span class="figure">{html}</span>')  # as `assembled`


@lru_cache(maxsize=1024)  # what one edit or import stored has one moment
def moment_of(value: datetime | None) -> Markup:
    """Day and minute (UTC); to the second in the title."""
    if value is None:
        return NONE
    full = value.isoformat("T", "seconds")
    return assembled(f'<time datetime="{full}" title="{full}">{full[:10]} {full[11:16]}</time>')


def last_day_of(until: datetime) -> str:
    """The last day (UTC) of what holds until a moment: a day that was given ends at midnight, a moment of the next."""
    return f"{until.astimezone(UTC) - timedelta.resolution:%Y-%m-%d}"


def stated(value: Any) -> Any:
    """Text as it is; a dash where nothing is stated."""
    return NONE if value is None or value == "" else value


def thumbnail(_view: Any, _context: Any, row: Any, _name: str) -> Markup:
    """The drawing that the list fetched for all its rows."""
    drawn: Markup = g.page_data.thumbnails.get(row.id, Markup(""))
    return drawn


def email(_view: Any, _context: Any, row: Any, name: str) -> Any:
    """The email of the account whose id stands in the column."""
    number = getattr(row, name)
    return NONE if number is None else g.page_data.emails.get(number, f"account {number}")


@lru_cache(maxsize=256)
def chip_of(value: str) -> Markup:
    """A word out of a few, marked so that it is found by eye."""
    kind, said = escape(value.replace("_", "-")), escape(value.replace("_", " "))
    return assembled(f'<span class="chip chip-{kind}">{said}</span>')


def as_json(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """A JSON value, readable; members of an object that state nothing are left out."""
    value = getattr(row, name)
    if isinstance(value, dict):
        value = {key: member for key, member in value.items() if member not in (None, "", [], {})}
    if not value:
        return NONE
    return Markup('<pre class="json">{}</pre>').format(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True))


def page_url(endpoint: str, **arguments: str | int) -> str:
    """As url_for of a page with a query, a tenth of its time: lists link every row."""
    query = [f"{name}={quote(str(value), safe='')}" for name, value in arguments.items()]
    return f"{_path(endpoint)}?{'&'.join(query)}"


def _path(endpoint: str) -> str:
    return _path_below(request.root_path, endpoint)


@lru_cache(maxsize=256)
def _path_below(_script_root: str, endpoint: str) -> str:
    """The path of a page below where the application is mounted; the key holds that, and routes are always the same."""
    return url_for(endpoint)


def row_link(endpoint: str, row_id: str | int, label: str | None = None) -> Markup:
    """A link to the page of one row; its label is the id unless another is given."""
    return _linked(f'<a href="{_path(endpoint)}?id=', str(row_id), label)


def _linked(before: str, named: str, label: str | None) -> Markup:
    if label is None and PLAIN.match(named) is not None:  # most ids
        return assembled(f'{before}{named.replace("/", "%2F")}">{named}</a>')
    # What `quote` leaves needs no escape.
    return assembled(f'{before}{quote(named, safe="")}">{escaped(label or named)}</a>')


def parcel_link(parcel_id: str, label: str | None = None) -> Markup:
    """A link to the form of a parcel."""
    return row_link("parcel.edit_view", parcel_id, label)


def edit_link_of(number: int | None) -> Markup:
    """A link to the edit of a number."""
    return NONE if not number else row_link("edit.details_view", number)


area, whole, moment = ByValue(area_of), ByValue(whole_of), ByValue(moment_of)
text_or_none, edit_link = ByValue(stated), ByValue(edit_link_of)
chip = ByValue(lambda value: chip_of(str(value)))


def record_link(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """The name of the record whose id stands in the column, as a link to it."""
    number = getattr(row, name)
    if number is None:
        return NONE
    return row_link("record.details_view", number, g.page_data.records.get(number, f"record {number}"))


def link(url: str, label: str) -> Markup:
    """A link within the site."""
    return assembled(f'<a href="{escape(url)}">{escape(label)}</a>')


def assembled(html: str) -> Markup:
    """Markup of parts that are markup already (every caller escapes what comes from a row).

    Five times as fast as Markup.format, and twice as fast as Markup(), which looks for markup in the text: a list makes
    400 of them.
    """
    return str.__new__(Markup, html)


def escaped(text: str) -> str:
    """The text in HTML; most has nothing to be escaped, which is seen at a third of what `escape` takes."""
    return text if TO_ESCAPE.search(text) is None else str(escape(text))
