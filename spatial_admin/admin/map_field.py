"""A geometry in a form: a map on which its points are moved. What travels are operations, never the shape."""

from __future__ import annotations

import json
from typing import Any

from flask import render_template
from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts
from markupsafe import Markup
from wtforms import Field, ValidationError

Json = dict[str, Any]


class MapWidget:
    """The map editor of the map page, reduced to one parcel and its neighbours, with its two hidden fields."""

    def __call__(self, field: MapField, **_kwargs: Any) -> Markup:
        """Render templates/admin/map_widget.html."""
        return Markup(render_template("admin/map_widget.html", field=field, editor_config=field.editor_config))  # noqa: S704 (a template of ours)


class MapField(Field):
    """Operations drawn on the map, the versions of parcels as their author saw them, and the draft that keeps them."""

    widget = MapWidget()

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.editor_config: Json = {}
        self.operations: list[Json] = []
        self.seen: dict[str, int] = {}
        self.draft_key = ""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002 (WTForms' signature)
        """Take `operations` and `seen` from what was sent; the stored geometry is not read here."""
        self.process_errors = []
        self.data = data
        self.operations = self._read(formdata, "operations", list, [])
        self.seen = self._read(formdata, "seen", dict, {})
        self.draft_key = (formdata.get("draft_key") if formdata else None) or ""

    def _read(self, formdata: Any, name: str, kind: type, empty: Any) -> Any:
        text = formdata.get(name) if formdata else None
        if not text:
            return empty
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            self.process_errors = [f"{name} cannot be read: {error}"]
            return empty
        if not isinstance(value, kind):
            self.process_errors = [f"{name} cannot be read"]
            return empty
        return value

    def populate_obj(self, obj: Any, name: str) -> None:  # noqa: ARG002
        """Refuse: a geometry is changed by an edit and by nothing else."""
        raise ValidationError("A geometry is never written from a form.")


class SpatialModelConverter(AdminModelConverter):  # type: ignore[misc]  # Flask-Admin ships no types
    """Flask-Admin's converter, with a field for geometry columns."""

    @converts("Geometry", "geoalchemy2.types.Geometry")  # type: ignore[untyped-decorator]  # as above
    def convert_geometry(self, field_args: Json, **_extra: Any) -> MapField:
        """A map."""
        field_args.pop("validators", None)  # the column is not null, the field may well bring no operation
        return MapField(**field_args)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
