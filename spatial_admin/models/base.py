"""The declarative base: names of constraints by rule, and the Flask-SQLAlchemy extension over it."""

from __future__ import annotations

from typing import Final

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from spatial_admin.models.request_session import RequestSession
from spatial_admin.settings import storage_srid

# Read at import because a column's type must state it; compared at every start with what the database was made for.
STORAGE_SRID: Final = storage_srid()


class Base(DeclarativeBase):
    """Every table; a constraint's name says what it is, where, and on which column or rule."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix__%(table_name)s__%(column_0_N_name)s",
            "uq": "uq__%(table_name)s__%(column_0_N_name)s",
            "ck": "ck__%(table_name)s__%(constraint_name)s",
            "fk": "fk__%(table_name)s__%(column_0_N_name)s",
            "pk": "pk__%(table_name)s",
        }
    )


# Objects stay readable after commit (expire_on_commit=False): a page is rendered from them, not from a second read.
db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "class_": RequestSession},
)
