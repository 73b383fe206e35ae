from __future__ import annotations

import io
from typing import Any

import pytest

from spatial_admin.reader import json_window
from spatial_admin.reader.json_window import BadValueError, JsonWindow, NotJsonError


def window(text: str | bytes) -> JsonWindow:
    return JsonWindow(io.BytesIO(text.encode() if isinstance(text, str) else text))


def elements(text: str) -> list[Any]:
    """Values of an array, a bad one as its rule."""
    opened = window(text)
    opened.take("[")
    found: list[Any] = []
    while not opened.take("]"):
        try:
            found.append(opened.value())
        except BadValueError as error:
            found.append(error.rule)
        opened.take(",")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1,}, {"a": 2}]', ["invalid_json", {"a": 2}]),  # a trailing comma
        ('[{"a": 1 "b": 2}, {"a": 2}]', ["invalid_json", {"a": 2}]),  # a missing comma
        ('[{"a": "x\n}, {"a": 2}]', ["invalid_json", {"a": 2}]),  # an open string ends with its line
        ('[{"a": [1, 2}, {"a": 2}]', ["invalid_json", {"a": 2}]),  # an open bracket closed by the brace around it
        ('[{"a": 1]}, {"a": 2}]', ["invalid_json", {"a": 2}]),  # a bracket that opens nothing
        ('[{"a": 1, "a": 2}, 3]', ["duplicate_member", 3]),
        ('[{"a": NaN}, 3]', ["not_finite", 3]),
        ('[{"a": -Infinity}, 3]', ["not_finite", 3]),
        ("[tru, 3]", ["invalid_json", 3]),
        ("[[[1]], -1.5e3]", [[[1]], -1500.0]),
    ],
)
def test_bad_value_leaves_the_others_alone(text: str, expected: list[Any]) -> None:
    assert elements(text) == expected


def test_feature_without_its_closing_brace_does_not_swallow_the_next() -> None:
    good = '{"type": "Feature", "n": %d}'
    assert elements(f'[{{"type": "Feature", "n": 0, {good % 1}, {good % 2}]') == [
        "invalid_json",
        {"type": "Feature", "n": 1},
        {"type": "Feature", "n": 2},
    ]


def test_string_that_is_not_closed_does_not_swallow_the_next_feature() -> None:
    good = '{"type": "Feature", "n": 1}'
    assert elements(f'[{{"type": "Feature", "n": "x}}, {good}]') == ["invalid_json", {"type": "Feature", "n": 1}]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_values_survive_every_cut_between_two_chunks(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_window, "CHUNK", size)
    text = '[{"ä€😀": "x\\"]}"}, 12345678901234567890, 0.1, {"b": tru}, [1.25e-7], "\\ud83d\\ude00", null]'
    expected = [{"ä€😀": 'x"]}'}, 12345678901234567890, 0.1, "invalid_json", [1.25e-7], "😀", None]
    assert elements(text) == expected


def test_number_is_not_cut_at_the_end_of_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_window, "CHUNK", 3)
    assert window("123456 ").value() == 123456


def test_nesting_without_end_is_one_bad_value() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert elements(f"[{deep}, 7]") == ["too_deep", 7]


def test_number_of_ten_thousand_digits_is_one_bad_value() -> None:
    assert elements(f"[{'9' * 10_000}, 7]") == ["invalid_json", 7]


def test_file_that_ends_inside_a_value_says_where() -> None:
    opened = window('[1, {"a": [1, 2')
    opened.take("[")
    assert opened.value() == 1
    opened.take(",")
    with pytest.raises(NotJsonError, match="ends inside the value that begins at character 4"):
        opened.value()


def test_bytes_that_are_no_utf8_stay_within_their_value() -> None:
    opened = window(b'["\xff", 2]')
    opened.take("[")
    assert opened.value() == "\udcff"
    opened.take(",")
    assert opened.value() == 2


def test_byte_order_mark_is_stepped_over() -> None:
    assert window(b"\xef\xbb\xbf  {}").value() == {}


def test_value_beyond_the_limit_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_window, "CHUNK", 100)
    monkeypatch.setattr(json_window, "MAX_VALUE_CHARACTERS", 1_000)
    source = io.BytesIO(b"[" * 100 + b'"' + b"x" * 1_000_000)
    with pytest.raises(NotJsonError, match="does not end"):
        JsonWindow(source).value()
    assert source.tell() < 10_000
