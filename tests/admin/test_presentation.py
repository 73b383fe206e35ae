"""How values look in lists: what is assembled quickly is what would be escaped and quoted with care."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from flask import Flask
from markupsafe import Markup, escape

from spatial_admin.admin import presentation as show


@pytest.mark.parametrize("row_id", ["17", "QB001-0050/3L", "a b", "ä&ö", "<i>", 'say "so"', "100%", "x?y=z#", ""])
@pytest.mark.parametrize("root", ["", "/land"])
def test_a_link_to_a_row_is_quoted_and_escaped(row_id: str, root: str, app: Flask) -> None:
    expected = f'<a href="{root}/admin/parcel/edit/?id={quote(row_id, safe="")}">{escape(row_id)}</a>'
    with app.test_request_context("/", base_url=f"http://localhost{root}"):
        assert show.parcel_link(row_id) == expected
        assert show.RowLink("parcel.edit_view").of_page()(row_id) == expected
        assert show.RowLink("parcel.edit_view")(None, None, SimpleNamespace(name=row_id), "name") == expected


def test_what_goes_by_value_is_called_with_a_row_or_with_its_value() -> None:
    row = SimpleNamespace(
        area=1234567.89, version=1200, kind="right_of_way", said="", at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    for formatter, name, text in (
        (show.area, "area", "1\u202f234\u202f567.9"),
        (show.whole, "version", "1\u202f200"),
        (show.chip, "kind", ">right of way<"),
        (show.moment, "at", 'title="2026-01-02T03:04:05+00:00">2026-01-02 03:04<'),
    ):
        of_row = formatter(None, None, row, name)
        assert isinstance(of_row, Markup)
        assert of_row == formatter.of_page()(getattr(row, name))
        assert text in of_row
    assert show.text_or_none(None, None, row, "said") == show.NONE
    assert show.text_or_none.of_page()("<b>") == "<b>"  # the list escapes what is no markup
    assert show.area.of_page()(None) == show.whole.of_page()(None) == show.edit_link.of_page()(None) == show.NONE
