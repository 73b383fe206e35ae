"""The peer: Flask-Admin's own list and form of the same table, with its stock settings and search."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.contrib.geoa import ModelView as GeoView
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_sqlalchemy import SQLAlchemy
from geoalchemy2 import Geometry

from spatial_admin.settings import storage_srid

COLUMNS = ("parcel_id", "number", "level", "kind", "address", "area_m2", "version", "begin_lifespan_version")


def stock_admin(url: str) -> FlaskClient:
    """A client of a site with /admin/plain/ (no geometry) and /admin/geo/ (Flask-Admin's view of geometries)."""
    app = Flask("stock", template_folder="none-of-ours")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="only-for-benchmarks")  # noqa: S106 (no secret)
    db = SQLAlchemy(app)

    class Lot(db.Model):  # type: ignore[name-defined,misc]  # made by the extension
        __tablename__ = "parcel"
        id = db.Column(db.BigInteger, primary_key=True)
        parcel_id = db.Column(db.Text)
        number = db.Column(db.Text)
        level = db.Column(db.Text)
        kind = db.Column(db.Text)
        address = db.Column(db.Text)
        area_m2 = db.Column(db.Float)
        version = db.Column(db.Integer)
        begin_lifespan_version = db.Column(db.DateTime(timezone=True))

    class Shape(db.Model):  # type: ignore[name-defined,misc]  # as above
        __tablename__ = "parcel"
        __table_args__ = {"extend_existing": True}  # noqa: RUF012 (SQLAlchemy's way)
        geom = db.Column(Geometry("MULTIPOLYGON", srid=storage_srid(), spatial_index=False))

    site = Admin(app, name="stock", theme=Bootstrap4Theme())
    site.add_view(_plain(ModelView)(Lot, db, name="plain", endpoint="plain"))
    site.add_view(_plain(GeoView)(Shape, db, name="geo", endpoint="geo"))
    return app.test_client()


def _plain(base: type[Any]) -> type[Any]:
    settings = {"page_size": 50, "column_searchable_list": ("parcel_id", "number", "address"), "column_list": COLUMNS}
    return type("Stock", (base,), settings)
