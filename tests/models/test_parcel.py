"""Hybrid properties of a parcel are query expressions; none of them loads a geometry."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from spatial_admin.models import Parcel, db
from tests.web.api import store


def test_measures_are_computed_in_the_query(app: Flask, engine: Engine) -> None:
    store(engine)
    with app.app_context():
        row = db.session.execute(
            select(
                Parcel.area_m2,
                Parcel.computed_area_m2,
                Parcel.perimeter_m,
                func.ST_Contains(Parcel.envelope, Parcel.centroid),
            ).where(Parcel.parcel_id == "A", Parcel.is_current)
        ).one()
    assert row[1] == row[0] > 0
    assert row[2] > 0
    assert row[3] is True


def test_a_measure_of_one_object_is_refused_instead_of_loading_its_geometry(app: Flask, engine: Engine) -> None:
    store(engine)
    with app.app_context():
        parcel = db.session.scalars(select(Parcel).where(Parcel.parcel_id == "A")).one()
        assert parcel.is_current
        for name in ("perimeter_m", "computed_area_m2", "centroid", "envelope"):
            with pytest.raises(AttributeError, match="query expression"):
                getattr(parcel, name)
