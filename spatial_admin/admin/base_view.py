"""What every view of the site shares: who may see it, bounded queries, and arguments that cannot break it.

Flask-Admin's own create, update and delete commit by themselves and show SQL errors to people; here they refuse.
A view that writes overrides the one it allows and calls a service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import g, request
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, false, func, inspect, or_, select
from sqlalchemy.orm import Session
from wtforms import Form

from spatial_admin.admin import presentation as show
from spatial_admin.admin.list_body import list_body
from spatial_admin.admin.list_parts import Facet, PageData, Section
from spatial_admin.admin.paging import ANYWHERE, asked_place, neighbours, total_in_words
from spatial_admin.admin.site_form import SiteForm
from spatial_admin.errors import NotAllowed, NotFound
from spatial_admin.models import db
from spatial_admin.services.shared.authorize import has_role, require_role
from spatial_admin.services.shared.read_page import Order, Page, Place, read_page
from spatial_admin.transaction import snapshot

__all__ = ["BIGGEST_BIGINT", "Facet", "PageData", "Section", "SiteView", "may"]
BIGGEST_BIGINT = 2**63 - 1
LONGEST_SEARCH = 200
PAGE_SIZE = 50


class SiteView(ModelView):  # type: ignore[misc]  # Flask-Admin ships no types
    """A table to read, for everybody who is signed in."""

    role: ClassVar[str | None] = None  # the role that may open the view; None: every role
    facets: ClassVar[Sequence[Facet]] = ()
    searched: ClassVar[Sequence[Any]] = ()  # columns that a search looks in
    orders: ClassVar[Mapping[str, Any]] = {}  # by column: what it is ordered by, never null, with an index; see Order
    intro: ClassVar[str] = ""  # one sentence under the heading
    shortest_word: ClassVar[int] = 1  # letters that one word of a search must have: three where an index has trigrams
    search_text: ClassVar[str] = ""  # what a search looks in, for people
    create_label: ClassVar[str] = "New"
    empty_hint: ClassVar[str] = ""  # where rows come from, said by a list that has none

    can_create = False
    can_edit = False
    can_delete = False
    can_export = False
    can_view_details = True
    page_size = PAGE_SIZE
    simple_list_pager = True
    named_sort_urls = False
    column_display_pk = True
    column_display_actions = False
    column_auto_select_related = False
    action_disallowed_list = ("delete",)
    named_filter_urls = True
    form_base_class = SiteForm
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

    def get_sortable_columns(self) -> dict[str, Any]:
        """None by Flask-Admin's own way, which knows columns only; see `orders`."""
        return {}

    def init_search(self) -> bool:
        """Searching is done in `get_list`, by `searched`; here it is only said whether there is any."""
        return bool(self.searched)

    def search_condition(self, words: str) -> ColumnElement[bool] | None:
        """What a search means: every word in one of the `searched` columns."""
        if not any(len(word) >= self.shortest_word for word in words.split()):
            return false()
        terms = [_contains(word) for word in words.lower().split()]
        columns = [func.lower(column) for column in self.searched]
        if not terms or not columns:
            return None
        return and_(*(or_(*(column.like(term) for column in columns)) for term in terms))

    def get_list(
        self,
        page: int | None,  # noqa: ARG002 (Flask-Admin's signature; pages begin after a row)
        sort_column: str | None,
        sort_desc: Any,
        search: str | None,
        filters: Any,  # noqa: ARG002
        execute: bool = True,  # noqa: ARG002
        page_size: int | None = None,
    ) -> tuple[int | None, list[Any]]:
        """The rows after `?after=`, before `?before=`, the last (`?end=1`) or the first; the table is never counted."""
        size = page_size or self.page_size
        order = self.order_of(sort_column, is_descending=bool(sort_desc))
        with snapshot() as session:
            rows, page_read = self.read(session, search, order, asked_place(), size)
            total = total_in_words(session, self.model.__table__.name, page_read)
            pages = neighbours(self.list_url, page_read, has_last=self.has_last_page(search))
            order_shown = (order.name, order.is_descending)
            g.page_data = PageData(session=session, total=total, order=order_shown, pages=pages)
            self.enrich(g.page_data, rows)
        g.page_data.session = None
        return None, list(rows)

    def read(
        self, session: Session, search: str | None, order: Order, place: Place, size: int
    ) -> tuple[Sequence[Any], Page]:
        """The rows of a page, in its order."""
        page = read_page(session, self.conditions(search), order, place, size)
        # Deferred columns, so every geometry, stay where they are.
        rows = session.scalars(select(self.model).where(order.key.in_(page.keys))) if page.keys else ()
        found = {getattr(row, order.key.key): row for row in rows}
        return [found[key] for key in page.keys if key in found], page

    def nothing_found(self, search: str | None) -> str:
        """What an empty list says."""
        if search and not any(len(word) >= self.shortest_word for word in search.split()):
            return f"Type at least {self.shortest_word} letters of a word."
        return "Nothing matches." if self.is_narrowed(search) else "There is nothing here."

    def is_narrowed(self, search: str | None) -> bool:
        """Does the list show less than it does when it is opened?"""
        asked = bool(search) or bool({"bbox", "polygon"} & request.args.keys())
        return asked or any(facet.chosen() != facet.default for facet in self.facets)

    def has_last_page(self, search: str | None) -> bool:  # noqa: ARG002 (for views whose search has none)
        """Can the list be read from its end?"""
        return True

    def list_url(self, **changes: Any) -> str:
        """The list as it is now, with some arguments of its URL changed (None removes one)."""
        arguments = {**request.args.to_dict(), **changes}
        return show.page_url(
            f"{self.endpoint}.index_view", **{name: value for name, value in arguments.items() if value is not None}
        )

    def _get_list_url(self, _view_args: ViewArgs) -> str:
        """Nothing: Flask-Admin makes two links a page by it, which our template has not; see `list_url`."""
        return ""

    def sort_link(self, index: int, *, is_sorted: bool, is_descending: bool) -> str:
        """The first page of the list in the order of a column; the other way round where it is in that order."""
        turned = "1" if is_sorted and not is_descending else None
        return self.list_url(sort=index, desc=turned, **ANYWHERE)

    def conditions(self, search: str | None) -> list[ColumnElement[bool]]:
        """Conditions of facets and search."""
        found = [facet.condition(facet.chosen()) for facet in self.facets]
        if search:
            found.append(self.search_condition(search))
        return [condition for condition in found if condition is not None]

    def is_sortable(self, name: str) -> bool:
        """Has the list an order by a column?"""
        return name in self.orders

    def order_of(self, sort_column: str | None, *, is_descending: bool) -> Order:
        """Order of the list; the primary key comes last, so that pages never repeat a row."""
        key = getattr(self.model, inspect(self.model).primary_key[0].key)
        default: tuple[str, bool] = self.column_default_sort or (key.key, True)
        named, is_down = (sort_column, is_descending) if sort_column and self.is_sortable(sort_column) else default
        expression = self.orders.get(named)
        return Order(named, key, None if expression is key else expression, is_down)

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

    def _get_list_extra_args(self) -> ViewArgs:
        """Arguments of a list's URL, within what the database can take: big pages and NUL bytes ended as 500."""
        args = super()._get_list_extra_args()
        args.page = 0
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
        ours = {"page_data": g.page_data, "may": may, "list_body": list_body, "page_url": show.page_url}
        html: str = super().render(template, **ours, **kwargs)
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


def _contains(word: str) -> str:
    r"""A LIKE pattern for text that contains the word as it stands: %, _ and \ mean themselves."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
