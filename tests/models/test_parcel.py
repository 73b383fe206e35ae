"""Hybrid properties of a parcel are query expressions; none of them loads a geometry."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import selectinload

from spatial_admin.models import Parcel, ParcelZoning, db
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


def test_districts_of_many_parcels_are_two_statements_and_never_one_a_row(app: Flask, engine: Engine) -> None:
    store(engine)
    with engine.begin() as connection:
        connection.execute(
            text("""
            WITH made AS (INSERT INTO zoning_district (code, name, geom)
                          SELECT 'R1', 'Residential', geom FROM parcel WHERE parcel_id = 'A' RETURNING id)
            INSERT INTO parcel_zoning (parcel, district, share) SELECT p.id, made.id, 0.5 FROM parcel AS p, made
            ON CONFLICT (parcel, district) DO UPDATE SET share = excluded.share
            """)
        )
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    wanted = select(Parcel).options(selectinload(Parcel.zonings).joinedload(ParcelZoning.zoning_district))
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        codes = [[z.zoning_district.code for z in parcel.zonings] for parcel in db.session.scalars(wanted)]
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(codes) > 1
        assert all(of_one == ["R1"] for of_one in codes)
        assert len(seen) == 2
        db.session.expunge_all()
        bare = db.session.scalars(select(Parcel)).first()
        assert bare is not None
        with pytest.raises(InvalidRequestError, match="zonings"):
            _ = bare.zonings
