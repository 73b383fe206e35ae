"""The base of the site's forms: WTForms' own HTML of inputs, texts and choices, put together at a fifth of the cost.

WTForms formats every attribute of every element through Markup.format; the twenty elements of the parcel form were a
quarter of what its page cost. Other widgets are drawn by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_admin.form import BaseForm
from markupsafe import Markup, escape
from wtforms.widgets import Input, NumberInput, Select, TextArea
from wtforms.widgets.core import clean_key  # type: ignore[attr-defined]  # newer than the stubs

from spatial_admin.admin.presentation import escaped


class SiteForm(BaseForm):  # type: ignore[misc]  # Flask-Admin ships no types
    """A form of the site."""

    class Meta(BaseForm.Meta):  # type: ignore[misc]  # as above
        """How its fields are drawn."""

        def render_field(self, field: Any, render_kw: Mapping[str, Any]) -> Markup:
            """The HTML of a field; `render_kw` are attributes that go before its own."""
            widget = field.widget
            given = {clean_key(name): value for name, value in {**(field.render_kw or {}), **render_kw}.items()}
            is_plain = getattr(field, "_datalist", None) is None
            if is_plain and isinstance(widget, Input) and type(widget).__call__ is Input.__call__:
                return _input(field, widget, given)
            if is_plain and type(widget) is NumberInput:
                bounds = {"step": widget.step, "min": widget.min, "max": widget.max}
                return _input(field, widget, {**{k: v for k, v in bounds.items() if v is not None}, **given})
            if type(widget) is TextArea:
                return _text_area(field, widget, given)
            if type(widget) is Select and not widget.multiple and not field.has_groups():
                return _select(field, widget, given)
            drawn: Markup = super().render_field(field, render_kw)
            return drawn


def _input(field: Any, widget: Input, given: Mapping[str, Any]) -> Markup:
    own = {"id": field.id, "name": field.name, "type": widget.input_type, **_flags(field, widget.validation_attrs)}
    value = {} if "value" in given else {"value": field._value()}  # noqa: SLF001 (what a widget is to ask)
    return Markup(f"<input {_attributes({**own, **value, **given})}>")  # noqa: S704 (escaped below)


def _text_area(field: Any, widget: TextArea, given: Mapping[str, Any]) -> Markup:
    own = {"id": field.id, "name": field.name, **_flags(field, widget.validation_attrs)}
    text = escape(field._value())  # noqa: SLF001 (as the widget does)
    return Markup(f"<textarea {_attributes({**own, **given})}>\r\n{text}</textarea>")  # noqa: S704 (as above)


def _select(field: Any, widget: Any, given: Mapping[str, Any]) -> Markup:
    own = {"id": field.id, "name": field.name, **_flags(field, widget.validation_attrs)}
    options = [
        f"<option {_attributes({'value': str(choice.value), **(choice.render_kw or {}), 'selected': choice.selected})}>"
        f"{escape(choice.label or choice.value)}</option>"
        for choice in field._iter_choices_normalized()  # noqa: SLF001 (as the widget does)
    ]
    return Markup(f"<select {_attributes({**own, **given})}>{''.join(options)}</select>")  # noqa: S704 (as above)


def _flags(field: Any, names: list[str]) -> dict[str, Any]:
    """The attributes that a field's validators ask for."""
    flags = {name: getattr(field.flags, name) for name in names}
    return {name: flag() if callable(flag) else flag for name, flag in flags.items() if flag is not None}


def _attributes(given: Mapping[str, Any]) -> str:
    """Attributes by name; True is an attribute without a value, False is none."""
    return " ".join(
        name if value is True else f'{name}="{escaped(str(value))}"'
        for name, value in sorted(given.items())
        if value is not False
    )
