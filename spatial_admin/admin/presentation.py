"""How values look in lists and details: figures aligned, times short with the full one at hand, references as links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import g, url_for
from markupsafe import Markup, escape

Formatter = Callable[[Any, Any, Any, str], Any]
TO_ESCAPE = re.compile("[&<>\"']")
NONE = Markup('<span class="none" title="not stated">–</span>')


def area(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """Square metres with one decimal and a thin space by thousands."""
    return area_of(getattr(row, name))


def area_of(value: float | None) -> Markup:
    """As `area`, of a value."""
    return NONE if value is None else _figure(f"{value:,.1f}".replace(",", "\u202f"))


def whole(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """A whole number."""
    value = getattr(row, name)
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


def moment(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """Day and minute (UTC); to the second in the title."""
    return moment_of(getattr(row, name))


def moment_of(value: datetime | None) -> Markup:
    """As `moment`, of a value."""
    if value is None:
        return NONE
    full = value.isoformat("T", "seconds")
    return assembled(f'<time datetime="{full}" title="{full}">{full[:10]} {full[11:16]}</time>')


def text_or_none(_view: Any, _context: Any, row: Any, name: str) -> Any:
    """Text as it is; a dash where nothing is stated."""
    value = getattr(row, name)
    return NONE if value is None or value == "" else value


def thumbnail(_view: Any, _context: Any, row: Any, _name: str) -> Markup:
    """The drawing that the list fetched for all its rows."""
    drawn: Markup = g.page_data.thumbnails.get(row.id, Markup(""))
    return drawn


def email(_view: Any, _context: Any, row: Any, name: str) -> Any:
    """The email of the account whose id stands in the column."""
    number = getattr(row, name)
    return NONE if number is None else g.page_data.emails.get(number, f"account {number}")


def chip(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """A word out of a few, marked so that it is found by eye."""
    return chip_of(str(getattr(row, name)))


@lru_cache(maxsize=256)
def chip_of(value: str) -> Markup:
    """As `chip`, of a value."""
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
    """As url_for of a page with a query, a tenth of its time: lists link every row. Its path is made once a request."""
    query = [f"{name}={quote(str(value), safe='')}" for name, value in arguments.items()]
    return f"{_path(endpoint)}?{'&'.join(query)}"


def _path(endpoint: str) -> str:
    paths: dict[str, str] | None = g.get("page_paths")
    if paths is None:
        paths = g.page_paths = {}
    if endpoint not in paths:
        paths[endpoint] = url_for(endpoint)
    return paths[endpoint]


def row_link(endpoint: str, row_id: str | int, label: str | None = None) -> Markup:
    """A link to the page of one row; its label is the id unless another is given."""
    # What `quote` leaves needs no escape.
    named = str(row_id)
    return assembled(f'<a href="{_path(endpoint)}?id={quote(named, safe="")}">{escaped(label or named)}</a>')


def parcel_link(parcel_id: str, label: str | None = None) -> Markup:
    """A link to the form of a parcel."""
    return row_link("parcel.edit_view", parcel_id, label)


def edit_link(_view: Any, _context: Any, row: Any, name: str) -> Markup:
    """A link to the edit whose number stands in the column."""
    return edit_link_of(getattr(row, name))


def edit_link_of(number: int | None) -> Markup:
    """As `edit_link`, of a value."""
    return NONE if not number else row_link("edit.details_view", number)


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
