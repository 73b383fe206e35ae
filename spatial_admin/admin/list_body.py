"""The rows of a list as HTML, put together in one go.

A template does it at ten times the cost: every piece of every cell passes through the generators of the three templates
that a page extends, and through Flask-Admin's search for a formatter; 450 cells are most of what a page costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from spatial_admin.admin.presentation import escaped

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
    columns = [(view.column_formatters.get(column), column) for column in view.column_list]
    row_of = f"<tr>{cells}</tr>\n"
    return Markup("".join([row_of % _cells(view, row, columns) for row in rows]))  # noqa: S704 (of markup only)


def _cells(view: SiteView, row: Any, columns: Sequence[tuple[Any, str]]) -> tuple[str, ...]:
    found = [
        getattr(row, column) if formatter is None else formatter(view, None, row, column)
        for formatter, column in columns
    ]
    return tuple([value if isinstance(value, Markup) else escaped(str(value)) for value in found])
