"""A JSON object in a form."""

from __future__ import annotations

import json
from typing import Any

from wtforms import TextAreaField


class JsonField(TextAreaField):
    """Shows an object as indented JSON, and takes an object; what cannot be read is shown again as it was typed."""

    data: Any

    def _value(self) -> str:
        if self.raw_data and self.process_errors:
            return str(self.raw_data[0])
        return json.dumps(self.data or {}, ensure_ascii=False, indent=1, sort_keys=True)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the text; raises ValueError, which the form shows beside the field."""
        text = valuelist[0] if valuelist else ""
        try:
            value = json.loads(text or "{}", parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("It is nested too deeply.") from error
        except ValueError as error:
            raise ValueError(f"It is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise ValueError("It must be a JSON object: {…}")
        self.data = value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
