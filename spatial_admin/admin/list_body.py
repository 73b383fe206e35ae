"""The rows of a list as HTML, put together in one go, column by column.

A template does it at ten times the cost: every piece of every cell passes through the generators of the three templates
that a page extends, and through Flask-Admin's search for a formatter; 450 cells are most of what a page costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from spatial_admin.admin.presentation import ByValue, escaped

if TYPE_CHECKING:
    from spatial_admin.admin.base_view import SiteView


def list_body(view: SiteView, rows: Sequence[Any]) -> Markup:
    """A `tr` for each row, a cell for each column of the view's list; what is no markup is escaped.

    A cell names its column: on a narrow window rows are drawn as blocks, without the line of headings.
    """
    labels = [str(escape(label)).replace("%", "%%") for _, label in view._list_columns]  # noqa: SLF001 (its method looks at the model anew)
    cells = "".join(
        f'<td data-label="{label}" class="{name}">%s</td>'
        for name, label in zip(view.column_classes, labels, strict=True)
    )
    row_of = f"<tr>{cells}</tr>\n"
    columns = [_column(view, rows, column) for column in view.column_list]
    return Markup("".join([row_of % row for row in zip(*columns, strict=True)]))  # noqa: S704 (of markup only)


def _column(view: SiteView, rows: Sequence[Any], column: str) -> list[str]:
    """The cells of a column."""
    formatter = view.column_formatters.get(column)
    found: list[Any] | map[Any]
    if formatter is None:
        found = map(attrgetter(column), rows)
    elif isinstance(formatter, ByValue):
        found = map(formatter.of_page(), map(attrgetter(column), rows))
    else:
        found = [formatter(view, None, row, column) for row in rows]
    return [value if isinstance(value, Markup) else escaped(str(value)) for value in found]
