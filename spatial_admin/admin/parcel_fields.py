"""The fields of the parcel form, as Flask-Admin takes them."""

from __future__ import annotations

from typing import Any, Final

from wtforms import FloatField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional

from spatial_admin.admin.json_field import JsonField
from spatial_admin.admin.parcel_form import ATTRIBUTES
from spatial_admin.admin.record_field import record_field
from spatial_admin.models import PARCEL_KINDS

LONGEST_REASON: Final = 2_000


def _empty_is_none(value: str | None) -> str | None:
    return value or None


COLUMNS: Final = (*ATTRIBUTES, "geom", "comment", "record_id", "key", "original")
KINDS: Final[dict[str, Any]] = {
    "number": StringField, "kind": SelectField, "part_of": StringField, "legal_area_m2": FloatField,
    "legal_area_text": StringField, "land_use": StringField, "address": StringField, "attributes": JsonField,
}  # fmt: skip
ARGUMENTS: Final[dict[str, Any]] = {
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
FURTHER: Final[dict[str, Any]] = {
    "comment": StringField("Reason", [Length(max=LONGEST_REASON)], description="Why the parcel is changed"),
    "record_id": record_field(),
    "key": HiddenField(),
    "original": HiddenField(),
}
