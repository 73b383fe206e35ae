"""The rows of a list as HTML, put together in one go.

A template does it at ten times the cost: every piece of every cell passes through the generators of the three templates
that a page extends, and through Flask-Admin's search for a formatter; 450 cells are most of what a page costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from spatial_admin.admin.base_view import SiteView


def list_body(view: SiteView, rows: Sequence[Any]) -> Markup:
    """A `tr` for each row, a cell for each column of the view's list; what is no markup is escaped.

    A cell names its column: on a narrow window rows are drawn as blocks, without the line of headings.
    """
    columns = [
        (f'<td data-label="{escape(label)}" class="{name}">', view.column_formatters.get(column), column)
        for name, (column, label) in zip(view.column_classes, view.get_list_columns(), strict=True)
    ]
    return Markup("".join(_pieces(view, rows, columns)))  # noqa: S704 (put together of markup only)


def _pieces(view: SiteView, rows: Sequence[Any], columns: Sequence[tuple[str, Any, str]]) -> Iterator[str]:
    for row in rows:
        yield "<tr>"
        for begin, formatter, column in columns:
            yield begin
            value = getattr(row, column) if formatter is None else formatter(view, None, row, column)
            yield value if isinstance(value, Markup) else escape(value)
            yield "</td>"
        yield "</tr>\n"
