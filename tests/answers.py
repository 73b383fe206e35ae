"""Reading answers of the test client."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse


def json_of(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer; fails with the answer's text where it is none."""
    value = answer.get_json(silent=True)
    assert isinstance(value, dict), answer.text[:500]
    return value
