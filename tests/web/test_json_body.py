"""Strict JSON: what must parse parses, what must not is refused with where and why, and nothing crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from spatial_admin.errors import BadRequest, LimitExceeded
from spatial_admin.web.json_body import parse_json

DEPTH = 8
REFUSED = (BadRequest, LimitExceeded)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(b'{"a": NaN}', "NaN", id="no JSON number"),
        pytest.param(b'{"a": -Infinity}', "Infinity", id="no JSON number either"),
        pytest.param(b'{"a": 1e400}', "too large", id="a float that overflows"),
        pytest.param(b"[" + b"9" * 400 + b"]", "too large", id="an integer of 400 digits"),
        pytest.param(b'{"a": 1, "a": 2}', "twice", id="one key twice"),
        pytest.param(b'{"a": {"b": 1, "b": 1}}', "twice", id="one key twice inside"),
        pytest.param(b'{"a": 1,}', "line 1, column", id="a comma too many"),
        pytest.param(b'"\xff"', "UTF-8 at byte 1", id="not UTF-8"),
        pytest.param(b"", "not JSON", id="nothing"),
    ],
)
def test_refusals_say_what_and_where(text: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        parse_json(text, DEPTH)


def test_depth_is_refused_before_the_parser_recurses() -> None:
    with pytest.raises(LimitExceeded, match="levels of JSON"):
        parse_json(b"[" * 1_000_000, DEPTH)


def test_brackets_inside_texts_are_no_depth() -> None:
    assert parse_json(b'["[[[[[[[[[[[[", "\\"[[[[[[[["]', DEPTH) == ["[[[[[[[[[[[[", '"[[[[[[[[']


def test_every_case_of_the_json_suite_is_taken_or_refused_as_the_standard_says(shared_data: Path) -> None:
    files = sorted((shared_data / "hostile" / "json").glob("*.json"))
    assert len(files) > 100
    wrong = []
    for path in files:
        try:
            parse_json(path.read_bytes(), DEPTH)
            is_taken = True
        except REFUSED:
            is_taken = False
        if (path.name.startswith("y_") and not is_taken) or (path.name.startswith("n_") and is_taken):
            wrong.append(path.name)
    assert wrong == []
