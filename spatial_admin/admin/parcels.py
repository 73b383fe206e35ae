"""Parcels: the list, and the form whose saving is one edit through the same service as the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from flask import current_app, flash, make_response, redirect, request, url_for
from flask_admin import expose
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FloatField, Form, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Facet, PageData, SiteView
from spatial_admin.admin.edit_summary import summary
from spatial_admin.admin.json_field import JsonField
from spatial_admin.admin.map_field import SpatialModelConverter
from spatial_admin.admin.paging import asked_box, asked_polygon
from spatial_admin.admin.parcel_form import ATTRIBUTES, Difference, Shown, edit_body, read_shown, rebased, shown_of
from spatial_admin.admin.record_field import blame_record, named_record, record_field, require_where_it_must_be
from spatial_admin.errors import ApprovalRequired, KeyReused, NotFound, SpatialAdminError, VersionConflict
from spatial_admin.file_errors import ExportRefused, TooManyExports
from spatial_admin.models import PARCEL_KINDS, Parcel, db
from spatial_admin.services.authorize import EDITOR, REVIEWER, current_account, has_role, require_role, roles_of
from spatial_admin.services.describe_conflict import describe_conflict
from spatial_admin.services.describe_editor import URLS, describe_editor, home_bbox
from spatial_admin.services.discard_draft import discard_saved_draft
from spatial_admin.services.draw_thumbnails import thumbnail
from spatial_admin.services.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.list_parcels import (
    EXPRESSIONS,
    STATES,
    box_in_storage,
    list_parcels,
    matching,
    parcel_order,
)
from spatial_admin.services.list_records import records_to_name
from spatial_admin.services.load_four_eyes import natures_for
from spatial_admin.services.parse_edit import parse_edit_request
from spatial_admin.services.parse_polygon import polygon_in_storage
from spatial_admin.services.queue_export import ExportRequest, queue_export
from spatial_admin.services.read_deployment import fixed
from spatial_admin.services.read_page import Order, Page, Place
from spatial_admin.services.submit_new_draft import submit_new_draft
from spatial_admin.services.trace_lineage import next_of_kin

Json = dict[str, Any]
LONGEST_REASON = 2_000
BY_NAME = select(Parcel).where(Parcel.parcel_id == bindparam("name"))


def _empty_is_none(value: str | None) -> str | None:
    return value or None


class ParcelView(SiteView):
    """Parcels in the order of their id, with the form of each."""

    role = None
    intro = "Current parcels; their boundaries are edited on the map, their attributes in the form."
    empty_hint = "script/flask parcels import FILE brings parcels of a file; on the map they are drawn."
    searched = (Parcel.parcel_id,)
    search_text = "Id, number or address"
    column_list = (
        "drawing", "parcel_id", "number", "level", "kind", "address", "area_m2", "version", "begin_lifespan_version",
    )  # fmt: skip
    column_labels: ClassVar[dict[str, str]] = {
        "drawing": "", "parcel_id": "Parcel", "area_m2": "Area m²", "begin_lifespan_version": "Last change (UTC)",
    }  # fmt: skip
    column_default_sort = ("parcel_id", False)
    orders: ClassVar[dict[str, Any]] = EXPRESSIONS
    can_view_details = False
    column_formatters: ClassVar[dict[str, Any]] = {
        "drawing": lambda _v, _c, row, _n: thumbnail(row),
        "parcel_id": lambda _v, _c, row, _n: show.parcel_link(row.parcel_id),
        "number": show.text_or_none,
        "address": show.text_or_none,
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
    form_columns = (*ATTRIBUTES, "geom", "comment", "record_id", "key", "original")
    form_overrides: ClassVar[dict[str, Any]] = {
        "number": StringField, "kind": SelectField, "part_of": StringField, "legal_area_m2": FloatField,
        "legal_area_text": StringField, "land_use": StringField, "address": StringField, "attributes": JsonField,
    }  # fmt: skip
    form_args: ClassVar[dict[str, Any]] = {
        "number": {"filters": [_empty_is_none], "validators": [Optional(), Length(max=200)]},
        "kind": {"choices": [SelectChoice(kind, kind) for kind in PARCEL_KINDS], "validators": [InputRequired()]},
        "part_of": {
            "label": "Part of",
            "description": "Id of the ground parcel of a unit",
            "filters": [_empty_is_none],
        },
        "legal_area_m2": {
            "label": "Legal area m²",
            "description": "As the document states it",
            "validators": [Optional()],
        },
        "legal_area_text": {"label": "Legal area as written", "filters": [_empty_is_none]},
        "land_use": {"label": "Land use", "filters": [_empty_is_none]},
        "address": {"filters": [_empty_is_none]},
        "attributes": {"label": "Further attributes", "description": "A JSON object"},
    }
    form_extra_fields: ClassVar[dict[str, Any]] = {
        "comment": StringField("Reason", [Length(max=LONGEST_REASON)], description="Why the parcel is changed"),
        "record_id": record_field(),
        "key": HiddenField(),
        "original": HiddenField(),
    }
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
        page.map = {
            "home": home_bbox(fixed().ground.srid, page.session),
            "rows": [(row.west, row.south, row.east, row.north) for row in rows],
            "basemaps": json.loads(current_app.config["SETTINGS"].basemaps),
            "urls": URLS,
        }

    def get_pk_value(self, model: Parcel) -> str:
        """The permanent id: the internal one is never shown."""
        return model.parcel_id

    def get_one(self, id: Any) -> Parcel:  # noqa: A002 (Flask-Admin's signature)
        """A parcel by its permanent id, retired ones too; raises NotFound."""
        name = str(id or "").replace("\0", "")[:200]
        found = db.session.scalar(BY_NAME, {"name": name})
        if found is None:
            raise NotFound("parcel", name)
        return found

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

    def _save(self, parcel: Parcel) -> Any:
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
            receipt = self._edit(
                {"key": form.key.data, "comment": form.comment.data, "record_id": form.record_id.data, **body}
            )
        except ApprovalRequired:
            return self._submit(parcel, form, shown, body)
        except SpatialAdminError as error:
            return self._refuse(parcel, form, shown, error)
        discard_saved_draft(form.geom.draft_key, current_account().id, current_app.config["SETTINGS"].limits)
        flash(summary(receipt), "success")
        return redirect(self._url_of(parcel), code=303)

    def _submit(self, parcel: Parcel, form: Any, shown: Shown, body: Json) -> Response:
        """The same edit as a draft that another person has to approve."""
        account, settings = current_account(), current_app.config["SETTINGS"]
        fields = {"key": form.key.data, "comment": form.comment.data, "record_id": form.record_id.data}
        title = f"Parcel {parcel.number or parcel.parcel_id}"
        try:
            draft_id = submit_new_draft({**fields, "title": title, **body}, account, settings)
        except SpatialAdminError as error:
            return self._refuse(parcel, form, shown, error)
        discard_saved_draft(form.geom.draft_key, account.id, settings.limits)
        flash(f"Submitted as draft {draft_id}. Nothing changes until somebody else approves it.", "success")
        return redirect(url_for("waiting.draft", draft_id=draft_id), code=303)

    def _edit(self, body: Json) -> Json:
        account = current_account()
        limits = current_app.config["SETTINGS"].limits
        # The request's own transaction ends here: an edit holds one connection, and reads nothing from before it.
        db.session.close()
        author = Author(account.id, account.email, is_reviewer=has_role(account, REVIEWER))
        return edit_boundaries(parse_edit_request(body, limits), author, limits).receipt

    def _refuse(self, parcel: Parcel, form: Form, shown: Shown, error: SpatialAdminError) -> Response:
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
        parcel: Parcel,
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
            kin=kin_of(parcel.parcel_id),
            needs_another="correction" in natures_for(roles_of(current_account())),
            return_url=self.get_url(".index_view"),
        )
        return make_response(html, status)

    def _url_of(self, parcel: Parcel) -> str:
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
