"""Cursors hold what they were given, and nothing else passes for one."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.page_cursor import close_cursor, open_cursor


@pytest.mark.parametrize(
    "values",
    [("straße/4", 7), (1.5, 2**63 - 1), (date(2026, 1, 2), 1), (datetime(2026, 1, 2, 3, 4, 5, 6, UTC), 1), (0, -1)],
)
def test_a_cursor_opens_to_what_it_was_closed_over(values: tuple[Any, ...]) -> None:
    kinds = [type(value) for value in values]
    assert open_cursor(close_cursor("o", values), "after", "o", kinds) == values


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "given",
    ["", "A", "****", packed({}), packed([]), packed(["o", "x"]), packed(["o", "x", 1, 2]), packed(["o", None, 1]),
     packed(["o", "x", True]), packed(["o", "x", 1.5]), packed(["o", "x", 1e300]), packed(["o", "x", float("nan")]),
     packed(["o", ["x"], 1]), packed(["o", "\ud800", 1]), packed("o"), "W" * 3_000],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(given: str) -> None:
    with pytest.raises(BadRequest) as refused:
        open_cursor(given, "cursor", "o", (str, int))
    assert refused.value.where == "cursor"
