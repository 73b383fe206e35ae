"""Inputs and choices are drawn as WTForms itself draws them, to the letter."""

from __future__ import annotations

import pytest
from flask_admin.form import BaseForm
from wtforms import (
    BooleanField,
    DecimalField,
    EmailField,
    FloatField,
    Form,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, NumberRange

from spatial_admin.admin.site_form import SiteForm

FIELDS = {
    "text": StringField(validators=[InputRequired(), Length(min=2, max=200)], render_kw={"list": "records", "class_": "x"}),
    "empty": StringField(),
    "area": FloatField(),
    "number": IntegerField(validators=[NumberRange(1, 9)]),
    "exact": DecimalField(),
    "email": EmailField(),
    "secret": PasswordField(),
    "key": HiddenField(),
    "kind": SelectField(choices=[SelectChoice("lot", "lot"), SelectChoice("a\"<b>'&", "ro<a>d"), SelectChoice(1, ""), SelectChoice(True, "yes")], validators=[InputRequired()]),
    "grouped": SelectField(choices=[SelectChoice("a", "A", optgroup="one"), SelectChoice("b", "B", optgroup="two")]),
    "many": SelectMultipleField(choices=[SelectChoice("a", "A"), SelectChoice("b", "B")]),
    "checked": BooleanField(),
    "long": TextAreaField(),
}  # fmt: skip
VALUES = {
    "text": "\"quoted\" <b>'bold'</b> & more", "area": 1234.5, "number": 7, "key": "1-2", "kind": "lot", "secret": "x",
    "grouped": "b", "many": ["a", "b"], "checked": True, "long": "<a>\nb",
}  # fmt: skip


def form_of(base: type[Form]) -> Form:
    form: Form = type("Form", (base,), FIELDS)(data=VALUES)
    return form


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"disabled": True, "aria-describedby": "a b"}, id="as the template marks it"),
        pytest.param({"required": False, "data_x": 1, "class_": 'a"b', "id": "other"}, id="what is given goes first"),
    ],
)
def test_a_field_is_drawn_as_wtforms_draws_it(name: str, given: dict[str, object]) -> None:
    assert form_of(SiteForm)[name](**given) == form_of(BaseForm)[name](**given)
