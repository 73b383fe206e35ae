"""Drawings for paper: a name that would lie upon another, or leave the sheet, is left out."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.services.reports.draw_sheet import FOOT_MM, HEIGHT_MM, WIDTH_MM, draw_sheet
from spatial_admin.transaction import snapshot
from tests.web.api import D, X, Y, store

# An easement over the whole of A, whose label would be just where A's is.
OVER_A = text(
    "INSERT INTO parcel (parcel_id, number, level, kind, geom) "
    "SELECT 'E', 'E7', 'easements', 'easement', geom FROM parcel WHERE parcel_id = 'A'"
)
ALL = (X, Y - D, X + 2 * D, Y + D)


def names(app: Flask, box: tuple[float, float, float, float], chosen: tuple[str, ...] = ()) -> list[str]:
    with app.app_context(), snapshot() as session:
        return re.findall(r'<text class="name"[^>]*>([^<]*)</text>', draw_sheet(session, box, chosen=chosen).svg)


def test_of_names_at_one_place_the_chosen_one_is_drawn(app: Flask, engine: Engine) -> None:
    store(engine)
    assert names(app, ALL) == ["101", "102", "103"]
    with engine.begin() as connection:
        connection.execute(OVER_A)
    assert names(app, ALL) == ["101", "102", "103"]
    assert sorted(names(app, ALL, chosen=("E",))) == ["102", "103", "E7"]


def test_a_name_that_would_leave_the_sheet_or_its_parcel_is_left_out(app: Flask, engine: Engine) -> None:
    store(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = :long WHERE parcel_id = 'B'"), {"long": "9" * 90})
    assert names(app, ALL) == ["101", "103"]
    with app.app_context(), snapshot() as session:
        svg = draw_sheet(session, ALL).svg
    for x, y in re.findall(r'<text class="name" x="([-\d.]+)" y="([-\d.]+)"', svg):
        assert 0 < float(x) < WIDTH_MM
        assert 0 < -float(y) < HEIGHT_MM


def test_the_scale_bar_lies_below_the_drawing_and_its_length_is_true(app: Flask, engine: Engine) -> None:
    store(engine)
    with app.app_context(), snapshot() as session:
        sheet = draw_sheet(session, ALL)
    top, whole = re.findall(r'viewBox="0 (-[\d.]+) 170 ([\d.]+)"', sheet.svg)[0]
    assert float(whole) + float(top) == FOOT_MM
    (bar,) = re.findall(r'<path d="M1,([\d.]+)h([\d.]+)M', sheet.svg)
    assert 0 < float(bar[0]) < FOOT_MM, "paths of parcels are above zero"
    (said,) = re.findall(r">([\d,.]+) m</text>", sheet.svg)
    assert float(bar[1]) * sheet.scale / 1000 == pytest.approx(float(said), rel=0.001)
