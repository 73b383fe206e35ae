"""One parcel for its form: every column as it is stored, in one round trip, and whether it has lineage."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import NotFound
from spatial_admin.models import Parcel, db
from spatial_admin.services.parcels.read_parcel import StoredParcel, read_parcel
from tests.admin.fabric import make_block
from tests.admin.test_parcels import statements

STEP = text(
    "INSERT INTO lineage (parent, parent_version, child, child_version, edit_id, kind) "
    "SELECT '1', 1, '2', 1, edit_id, 'split' FROM parcel WHERE parcel_id = '2'"
)


def test_a_parcel_is_read_as_the_orm_would_read_it(app: Flask, engine: Engine) -> None:
    make_block(engine)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE parcel SET attributes = '{\"roof\": [1, 2]}', legal_area_m2 = 12.5 WHERE parcel_id = '5'")
        )
    with app.app_context():
        with statements() as seen:
            found = read_parcel("5")
        assert not seen, "no session was opened"
        stored = db.session.query(Parcel).filter_by(parcel_id="5").one()
        names = [name for name in StoredParcel.__dataclass_fields__ if name != "has_kin"]
        assert {name: getattr(found, name) for name in names} == {name: getattr(stored, name) for name in names}
        assert found.attributes == {"roof": [1, 2]}


def test_either_side_of_lineage_counts(app: Flask, engine: Engine, owner_engine: Engine) -> None:
    make_block(engine)
    with owner_engine.begin() as connection:
        connection.execute(STEP)
    with app.app_context():
        assert [read_parcel(name).has_kin for name in ("1", "2", "3")] == [True, True, False]


@pytest.mark.parametrize("name", ["nobody's", "", "5" * 10_000])
def test_a_name_that_no_parcel_has_is_not_found_by_name(name: str, app: Flask, engine: Engine) -> None:
    make_block(engine)
    with app.app_context(), pytest.raises(NotFound) as refused:
        read_parcel(name)
    assert name[:200] in str(refused.value)


def test_what_the_database_cannot_take_in_a_name_is_left_out(app: Flask, engine: Engine) -> None:
    make_block(engine)
    with app.app_context():
        assert read_parcel("5\0").parcel_id == "5"
