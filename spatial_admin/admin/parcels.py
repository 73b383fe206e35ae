"""Parcels: the list, and the form whose saving is one edit through the same service as the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from flask import current_app, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form

from spatial_admin.admin import parcel_fields
from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, SiteView
from spatial_admin.admin.edit_summary import summary
from spatial_admin.admin.list_map import list_map
from spatial_admin.admin.map_field import SpatialModelConverter
from spatial_admin.admin.paging import asked_box, asked_polygon
from spatial_admin.admin.parcel_form import ATTRIBUTES, Difference, Shown, edit_body, read_shown, rebased, shown_of
from spatial_admin.admin.parcel_saving import save_edit, submit_edit
from spatial_admin.admin.record_field import blame_record, named_record, require_where_it_must_be
from spatial_admin.errors import ApprovalRequired, KeyReused, SpatialAdminError, VersionConflict
from spatial_admin.file_errors import ExportRefused, TooManyExports
from spatial_admin.models import PARCEL_KINDS, Parcel, db
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.editing.describe_conflict import describe_conflict
from spatial_admin.services.editing.describe_editor import describe_editor, home_bbox
from spatial_admin.services.exporting.queue_export import ExportRequest, queue_export
from spatial_admin.services.parcels.draw_thumbnails import thumbnail
from spatial_admin.services.parcels.list_parcels import (
    EXPRESSIONS,
    STATES,
    box_in_storage,
    list_parcels,
    matching,
    parcel_order,
)
from spatial_admin.services.parcels.read_parcel import StoredParcel, read_parcel
from spatial_admin.services.parcels.trace_lineage import next_of_kin
from spatial_admin.services.records.list_records import records_to_name
from spatial_admin.services.shared.authorize import EDITOR, current_account, has_role, require_role, roles_of
from spatial_admin.services.shared.parse_polygon import polygon_in_storage
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.services.shared.read_page import Order, Page, Place

Json = dict[str, Any]


class ParcelView(SiteView):
    """Parcels in the order of their id, with the form of each."""

    role = None
    intro = "Current parcels; their boundaries are edited on the map, their attributes in the form."
    empty_hint = "script/flask parcels import FILE brings parcels of a file; on the map they are drawn."
    searched = (Parcel.parcel_id,)
    search_text = "Id, number or address"
    column_list = (
        "drawing", "parcel_id", "number", "level", "kind", "address", "zoning", "area_m2", "version",
        "begin_lifespan_version",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "drawing": "", "parcel_id": "Parcel", "area_m2": "Area m²", "begin_lifespan_version": "Last change (UTC)",
    }  # fmt: skip
    column_default_sort = ("parcel_id", False)
    orders: ClassVar[dict[str, Any]] = EXPRESSIONS
    can_view_details = False
    column_formatters: ClassVar[dict[str, Any]] = {
        "drawing": show.ByValue(thumbnail),
        "parcel_id": show.RowLink("parcel.edit_view"),
        "number": show.text_or_none,
        "address": show.text_or_none,
        "zoning": show.text_or_none,
        "kind": show.chip,
        "area_m2": show.area,
        "version": show.whole,
        "begin_lifespan_version": show.moment,
    }
    facets = (
        Facet("state", "State", lambda: [(state, state) for state in STATES], lambda _: None, default="current"),
        Facet("level", "Level", lambda: [("", "any"), *((code, code) for code in fixed().levels)], lambda _: None),
        Facet("kind", "Kind", lambda: [("", "any"), *((kind, kind) for kind in PARCEL_KINDS)], lambda _: None),
    )

    model_form_converter = SpatialModelConverter
    form_columns = parcel_fields.COLUMNS
    form_overrides: ClassVar[dict[str, Any]] = parcel_fields.KINDS
    form_args: ClassVar[dict[str, Any]] = parcel_fields.ARGUMENTS
    form_extra_fields: ClassVar[dict[str, Any]] = parcel_fields.FURTHER
    edit_template = "admin/parcel_edit.html"

    def __init__(self, *args: Any, problem_of: Callable[[Exception], Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._problem_of = problem_of

    # The list

    def read(
        self, session: Session, search: str | None, order: Order, place: Place, size: int
    ) -> tuple[Sequence[Any], Page]:
        """The parcels of a page; words put the best match first."""
        state, level, kind = (facet.chosen() for facet in self.facets)
        box, area = box_in_storage(session, asked_box()), asked_polygon()
        polygon = None if area is None else polygon_in_storage(session, area)
        conditions = matching(state, level, kind, box, polygon)
        order = parcel_order(order.name, is_descending=order.is_descending)
        page = list_parcels(session, conditions, order, place, size=size, words=search)
        return page.rows, page.page

    def has_last_page(self, search: str | None) -> bool:
        """Not while words are searched for: the best match comes first, and nobody wants the worst."""
        return not search

    def is_sortable(self, name: str) -> bool:
        """As its parent, but while words are searched for."""
        return super().is_sortable(name) and not request.args.get("search", "").strip()

    def enrich(self, page: PageData, rows: Sequence[Any]) -> None:
        """A map of the envelopes, which were read with the rows."""
        if page.session is None:
            return  # the form, which has a map of its own
        home = home_bbox(fixed().ground.srid, page.session)
        page.map = list_map(home, [row.lonlat for row in rows], current_app.config["SETTINGS"].basemaps)

    def get_pk_value(self, model: StoredParcel) -> str:
        """The permanent id: the internal one is never shown."""
        return model.parcel_id

    def get_one(self, id: Any) -> StoredParcel:  # noqa: A002 (Flask-Admin's signature)
        """A parcel by its permanent id, retired ones too; raises NotFound."""
        return read_parcel(str(id or ""))

    @expose("/export/", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def export_later(self) -> Response:
        """Have a file of the list made by a job, and show how far it is."""
        given = request.form
        box, level = given.get("bbox") or None, given.get("level") or None
        try:
            export = ExportRequest(given.get("format", ""), box, level=level)
            job_id, _ = queue_export(export, current_account().id)
        except (ExportRefused, TooManyExports) as error:
            flash(f"Nothing is exported. {error}", "error")
            return redirect(self.get_url(".index_view", bbox=box, level=level), code=303)
        return redirect(url_for("job.details_view", id=job_id), code=303)

    # The form

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def edit_view(self) -> Any:
        """GET: the form. POST: one edit, or the form again with what was refused and all that was typed and drawn."""
        parcel = self.get_one(request.args.get("id"))
        if request.method == "POST":
            require_role(EDITOR)
            return self._save(parcel)
        shown = shown_of(parcel)
        form = self._edit_form_class(data=shown.values)
        form.geom.seen = {parcel.parcel_id: parcel.version}
        return self._show(parcel, form, shown, key=str(uuid4()))

    def _save(self, parcel: StoredParcel) -> Any:
        form = self._edit_form_class(request.form)
        shown = read_shown(form.original.data or "", parcel.parcel_id)
        if not form.validate():
            return self._show(parcel, form, shown, key=form.key.data, status=422)
        typed = {name: form[name].data for name in ATTRIBUTES}
        body = edit_body(shown, typed, form.geom.operations, form.geom.seen)
        if not body["operations"]:
            flash("Nothing was changed, so nothing was saved.", "info")
            return redirect(self._url_of(parcel))
        if not (form.comment.data or "").strip():
            form.comment.errors = ["State why the parcel is changed."]
            return self._show(parcel, form, shown, key=form.key.data, status=422)
        try:
            receipt = save_edit(form, body)
        except ApprovalRequired:
            return self._submit(parcel, form, shown, body)
        except SpatialAdminError as error:
            return self._refuse(parcel, form, shown, error)
        flash(summary(receipt), "success")
        return redirect(self._url_of(parcel), code=303)

    def _submit(self, parcel: StoredParcel, form: Any, shown: Shown, body: Json) -> Response:
        try:
            draft_id = submit_edit(parcel, form, body)
        except SpatialAdminError as error:
            return self._refuse(parcel, form, shown, error)
        flash(f"Submitted as draft {draft_id}. Nothing changes until somebody else approves it.", "success")
        return redirect(url_for("waiting.draft", draft_id=draft_id), code=303)

    def _refuse(self, parcel: StoredParcel, form: Form, shown: Shown, error: SpatialAdminError) -> Response:
        """The form again. After a conflict it stands on the current version, and saving again means that."""
        problem = self._problem_of(error)
        blame_record(form["record_id"], error)
        differences: list[Difference] = []
        key = form["key"].data
        if isinstance(error, KeyReused):
            key = str(uuid4())
        if isinstance(error, VersionConflict):
            problem = problem.with_members(conflicts=describe_conflict(error.stale))
            parcel = self.get_one(parcel.parcel_id)
            current = shown_of(parcel)
            typed = {name: form[name].data for name in ATTRIBUTES}
            values, differences = rebased(shown, current, typed)
            for name, value in values.items():
                form[name].process(None, value)
            shown = current
        return self._show(
            parcel, form, shown, key=key, status=problem.status, problem=problem.body(), differences=differences
        )

    def _show(
        self,
        parcel: StoredParcel,
        form: Any,
        shown: Shown,
        *,
        key: str,
        status: int = 200,
        problem: Json | None = None,
        differences: Sequence[Difference] = (),
    ) -> Response:
        form.original.data, form.key.data = shown.signed(), key
        require_where_it_must_be(form.record_id)
        is_editable = parcel.end_lifespan_version is None and has_role(current_user, EDITOR)
        config = describe_editor("form", current_account(), parcel=parcel.parcel_id)
        form.geom.editor_config = {
            **config,
            "can_edit": is_editable,
            "csrf_token": generate_csrf(),
            "operations": form.geom.operations,
            "seen": form.geom.seen,
            "draft_key": form.geom.draft_key,
            "problem": problem,
            "record": named_record(db.session(), form.record_id),
        }
        html = self.render(
            self.edit_template,
            parcel=parcel,
            form=form,
            problem=problem,
            differences=differences,
            is_editable=is_editable,
            records=records_to_name(db.session()) if is_editable else (),
            kin=kin_of(parcel.parcel_id) if parcel.has_kin else (),
            needs_another="correction" in natures_for(roles_of(current_account())),
            return_url=self.get_url(".index_view"),
        )
        return make_response(html, status)

    def _url_of(self, parcel: StoredParcel) -> str:
        return url_for(".edit_view", id=parcel.parcel_id)


def kin_of(parcel_id: str) -> list[tuple[str, Markup]]:
    """What a parcel came out of and what came out of it: a heading and links, for each side that there is."""
    kin = next_of_kin(db.session(), parcel_id)
    sides = (("Came out of", kin["parents"]), ("Became, or gave land to", kin["children"]))
    return [(heading, Markup(", ").join(_kin_link(one) for one in side)) for heading, side in sides if side]


def _kin_link(one: Json) -> Markup:
    linked = show.parcel_link(one["parcel_id"], one["number"] or one["parcel_id"])
    made = show.row_link("edit.details_view", one["edit_id"], f"{one['kind']} in edit {one['edit_id']}")
    gone = "" if one["is_current"] else ", retired"
    return Markup("{} ({}{})").format(linked, made, gone)
