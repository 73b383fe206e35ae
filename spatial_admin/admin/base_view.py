"""What every view of the site shares: who may see it, bounded queries, and arguments that cannot break it.

Flask-Admin's own create, update and delete commit by themselves and show SQL errors to people; here they refuse.
A view that writes overrides the one it allows and calls a service.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import current_app, g, request
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, func, inspect, or_, select, text
from wtforms import Form

from spatial_admin.admin.presentation import Figure
from spatial_admin.errors import NotAllowed, NotFound
from spatial_admin.models import db
from spatial_admin.services.authorize import has_role, require_role
from spatial_admin.settings import Settings

BIGGEST_BIGINT = 2**63 - 1
LAST_PAGE = 100_000  # OFFSET reads what it skips: further on, narrow the list instead
LONGEST_SEARCH = 200
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Facet:
    """A choice above a list: query argument, label, options (value, label), and the condition a value means."""

    name: str
    label: str
    options: Callable[[], Sequence[tuple[str, str]]]
    condition: Callable[[str], ColumnElement[bool] | None]
    default: str = ""

    def chosen(self) -> str:
        """The option that the request chose; the default where it chose none, or one that does not exist."""
        value = request.args.get(self.name, self.default)
        return value if value in {option for option, _ in self.options()} else self.default


@dataclass(slots=True)
class PageData:
    """What a page shows besides its rows, fetched for all of them at once.

    `thumbnails` are by row id, `emails` by account id, `records` (their names) by record id, `parcels` (parcel_id,
    number) by internal parcel id.
    """

    previous_url: str | None = None
    next_url: str | None = None
    last_url: str | None = None
    thumbnails: dict[int, Markup] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    records: dict[int, str] = field(default_factory=dict)
    parcels: dict[int, tuple[str, str | None]] = field(default_factory=dict)


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


class SiteView(ModelView):  # type: ignore[misc]  # Flask-Admin ships no types
    """A table to read, for everybody who is signed in."""

    role: ClassVar[str | None] = None  # the role that may open the view; None: every role
    facets: ClassVar[Sequence[Facet]] = ()
    searched: ClassVar[Sequence[Any]] = ()  # columns that a search looks in
    intro: ClassVar[str] = ""  # one sentence under the heading
    search_text: ClassVar[str] = ""  # what a search looks in, for people
    create_label: ClassVar[str] = "New"

    can_create = False
    can_edit = False
    can_delete = False
    can_export = False
    can_view_details = True
    page_size = PAGE_SIZE
    simple_list_pager = True
    column_display_pk = True
    column_display_actions = False
    column_auto_select_related = False
    action_disallowed_list = ("delete",)
    named_filter_urls = True
    column_type_formatters: ClassVar[dict[type, Any]] = {}  # every column that may be empty names its formatter
    column_type_formatters_detail: ClassVar[dict[type, Any]] = {}
    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    edit_template = "admin/model/edit.html"
    create_template = "admin/model/create.html"

    def is_accessible(self) -> bool:
        """Is somebody signed in who may open the view?"""
        return bool(current_user.is_authenticated) and (self.role is None or has_role(current_user, self.role))

    def inaccessible_callback(self, name: str, **_arguments: Any) -> Any:  # noqa: ARG002 (Flask-Admin's signature)
        """Refuse by name of the role; who is not signed in never comes here (web/request_guard.py)."""
        if self.role is not None:
            require_role(self.role)
        raise NotAllowed("Sign in first.")

    # Reading

    @property
    def column_classes(self) -> list[str]:
        """The class of each column of the list, by which the style sheet aligns it."""
        return [f"col-{column.replace('_', '-')}" for column in self.column_list]

    def scaffold_form(self) -> type[Form]:
        """A view that only reads has an empty form; Flask-Admin would make one of every column."""
        form: type[Form] = self.form_base_class if self.form_columns is None else super().scaffold_form()
        return form

    def init_search(self) -> bool:
        """Searching is done in `get_list`, by `searched`; here it is only said whether there is any."""
        return bool(self.searched)

    def list_statement(self) -> Select[Any]:
        """The rows of the list before facets, search and order."""
        return select(self.model)

    def search_condition(self, words: str) -> ColumnElement[bool] | None:
        """What a search means: every word in one of the `searched` columns."""
        terms = [_contains(word) for word in words.lower().split()]
        columns = [func.lower(column) for column in self.searched]
        if not terms or not columns:
            return None
        return and_(*(or_(*(column.like(term) for column in columns)) for term in terms))

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: Any,
        search: str | None,
        filters: Any,  # noqa: ARG002 (Flask-Admin's signature)
        execute: bool = True,  # noqa: ARG002
        page_size: int | None = None,
    ) -> tuple[int | None, list[Any]]:
        """One page of rows and, as count, None: a list never counts its table. One row more tells of a next page."""
        size = page_size or self.page_size
        statement = self.list_statement()
        for condition in self.conditions(search):
            statement = statement.where(condition)
        statement = statement.order_by(*self.order_of(sort_column, descending=bool(sort_desc)))
        bound_statements()
        rows = list(db.session.scalars(statement.limit(size + 1).offset((page or 0) * size)))
        number = page or 0
        g.page_data = PageData(
            previous_url=self.list_url(page=number - 1 or None) if number else None,
            next_url=self.list_url(page=number + 1) if len(rows) > size and number < LAST_PAGE else None,
        )
        self.enrich(g.page_data, rows[:size])
        return None, rows[:size]

    def list_url(self, **changes: Any) -> str:
        """The list as it is now, with some arguments of its URL changed (None removes one)."""
        arguments = {**request.args.to_dict(), **changes}
        url: str = self.get_url(
            ".index_view", **{name: value for name, value in arguments.items() if value is not None}
        )
        return url

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Conditions of facets and search."""
        found = [facet.condition(facet.chosen()) for facet in self.facets]
        if search:
            found.append(self.search_condition(search))
        return [condition for condition in found if condition is not None]

    def order_of(self, sort_column: str | None, *, descending: bool) -> list[Any]:
        """Order of the list; the primary key comes last, so that pages never repeat a row."""
        key = inspect(self.model).primary_key[0]
        named, is_descending = (
            (sort_column, descending) if sort_column else self.column_default_sort or (key.name, True)
        )
        column = getattr(self.model, named)
        return [column.desc() if is_descending else column.asc(), key.desc()]

    def enrich(self, page: PageData, rows: Sequence[Any]) -> None:
        """Fetch what the formatters of these rows need, in a number of queries that does not grow with the rows."""

    def sections(self, model: Any) -> list[Section]:  # noqa: ARG002 (for views that have some)
        """Tables below the details of a row; none here."""
        return []

    def get_one(self, id: Any) -> Any:  # noqa: A002 (Flask-Admin's signature)
        """One row by the id in the URL; raises NotFound for an id that is none."""
        number = int(id) if str(id).isdecimal() and str(id).isascii() else BIGGEST_BIGINT + 1
        found = db.session.get(self.model, number) if number <= BIGGEST_BIGINT else None
        if found is None:
            raise NotFound(str(self.name).lower().rstrip("s"), str(id)[:100])
        return found

    def title_of(self, model: Any) -> str:
        """The heading of a row's own page."""
        return f"{str(self.name).rstrip('s')} {self.get_pk_value(model)}"

    def estimated_count(self) -> int | None:
        """How many rows the table has, as PostgreSQL's last ANALYZE saw it; None where it never did."""
        query = text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")
        rows = db.session.execute(query, {"name": self.model.__table__.name}).scalar()
        return None if rows is None or rows < 0 else int(rows)

    def _get_list_extra_args(self) -> ViewArgs:
        """Arguments of a list's URL, within what the database can take: big pages and NUL bytes ended as 500."""
        args = super()._get_list_extra_args()
        args.page = min(max(args.page or 0, 0), LAST_PAGE)
        args.search = (args.search or "").replace("\0", "").strip()[:LONGEST_SEARCH] or None
        args.extra_args = {name: value.replace("\0", "") for name, value in args.extra_args.items()}
        return args

    def render(self, template: str, **kwargs: Any) -> str:
        """Render with what our own templates need."""
        model = kwargs.get("model")
        if "page_data" not in g:
            g.page_data = PageData()
            if model is not None:
                self.enrich(g.page_data, [model])
        if template == self.details_template:
            kwargs["sections"] = self.sections(model)
        html: str = super().render(template, page_data=g.page_data, may=may, **kwargs)
        return html

    # Writing: nothing, unless a view says how

    def create_model(self, form: Form) -> Any:  # noqa: ARG002 (Flask-Admin's signature, here and below)
        """Refuse."""
        raise NotAllowed("Nothing is created here.")

    def update_model(self, form: Form, model: Any) -> Any:  # noqa: ARG002
        """Refuse."""
        raise NotAllowed("Nothing is changed here.")

    def delete_model(self, model: Any) -> Any:  # noqa: ARG002
        """Refuse: nothing is deleted in this site."""
        raise NotAllowed("Nothing is deleted here.")

    def action_delete(self, ids: Any) -> Any:  # noqa: ARG002
        """Refuse, also for many at once."""
        raise NotAllowed("Nothing is deleted here.")


def may(role: str) -> bool:
    """May the person at this page do what the role may? For templates."""
    return has_role(current_user, role)


def bound_statements() -> None:
    """Bound what a page may ask of the database, for the transaction of this request."""
    settings: Settings = current_app.config["SETTINGS"]
    db.session.execute(text(f"SET LOCAL statement_timeout = {int(settings.limits.web_timeout_ms)}"))


def _contains(word: str) -> str:
    r"""A LIKE pattern for text that contains the word as it stands: %, _ and \ mean themselves."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
