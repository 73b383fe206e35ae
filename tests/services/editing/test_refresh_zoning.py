"""Shares of parcels in zoning districts, kept by the edit: what it leaves out changes nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from spatial_admin.errors import EditRejected
from spatial_admin.settings import storage_srid
from tests.concurrency.fabric import Grid, move, save, store_block, versions_of, wkt_of
from tests.database import TestCluster, name_of

GRID = Grid()
SIZE = 4
SHARES = text(
    "SELECT p.parcel_id, d.code, z.share FROM parcel_zoning AS z JOIN parcel AS p ON p.id = z.parcel "
    "JOIN zoning_district AS d ON d.id = z.district ORDER BY 1, 2"
)
ANEW = text("SELECT refresh_zoning((SELECT array_agg(id) FROM parcel))")
DISTRICT = text(
    "INSERT INTO zoning_district (code, name, geom) VALUES (:code, :code, ST_Multi(ST_GeomFromText(:wkt, :srid)))"
)


@pytest.fixture
def owner(engine: Engine, cluster: TestCluster, database_url: str) -> Iterator[Engine]:
    """Sixteen lots: the western half in a district, the eastern half but the last column in another."""
    store_block(engine, GRID, SIZE, SIZE)
    owner = create_engine(cluster.owner_url(name_of(database_url)))
    with owner.begin() as connection:
        for code, (west, east) in {"WEST": (0.0, 2.0), "EAST": (2.0, 3.0)}.items():
            ring = [GRID.at(x, y) for x, y in ((west, 0), (east, 0), (east, SIZE), (west, SIZE), (west, 0))]
            connection.execute(DISTRICT, {"code": code, "wkt": wkt_of(ring), "srid": storage_srid()})
        connection.execute(ANEW)
    yield owner
    owner.dispose()


def shares(owner: Engine) -> dict[tuple[str, str], float]:
    with owner.connect() as connection:
        return {(row.parcel_id, row.code): row.share for row in connection.execute(SHARES)}


def set_share(owner: Engine, name: str, share: float) -> None:
    with owner.begin() as connection:
        sql = "UPDATE parcel_zoning SET share = :share WHERE parcel = (SELECT id FROM parcel WHERE parcel_id = :name)"
        connection.execute(text(sql), {"share": share, "name": name})


def test_shares_are_those_of_the_boundaries_whatever_is_moved(app: Flask, engine: Engine, owner: Engine) -> None:
    dice, made = random.Random(20261126), 0
    at = {(i, j): GRID.at(i, j) for i in range(SIZE + 1) for j in range(SIZE + 1)}
    with app.app_context():
        for _ in range(40):
            i, j = dice.randrange(SIZE + 1), dice.randrange(SIZE + 1)
            there = GRID.at(i + dice.uniform(-0.3, 0.3), j + dice.uniform(-0.3, 0.3))
            try:
                stored = save([move(at[i, j], there)], versions_of(engine)).receipt["points"][-1]["stored"]
            except EditRejected:
                continue
            at[i, j], made = (stored[0], stored[1]), made + 1
            kept = shares(owner)
            with owner.begin() as connection:
                connection.execute(ANEW)
            assert kept == shares(owner), (i, j, there)
    assert made > 20


def test_nothing_is_overlaid_where_one_district_holds_all_that_changed(owner: Engine) -> None:
    # Asked directly, with a lot that is said to lie wholly in a district that it is only half in.
    with owner.begin() as connection:
        lot = connection.execute(text("SELECT id FROM parcel WHERE parcel_id = '0-3'")).scalar_one()
        connection.execute(
            text("UPDATE zoning_district SET geom = ST_Translate(geom, 0, :d) WHERE code = 'WEST'"),
            {"d": -0.5 * GRID.step},
        )

    def share_after(region: list[float]) -> float:
        with owner.begin() as connection:
            sql = text("SELECT refresh_zoning(ARRAY[:lot], NULL, ST_MakeEnvelope(:w, :s, :e, :n, :srid))")
            sides = dict(zip("wsen", region, strict=True))
            connection.execute(sql, {"lot": lot, **sides, "srid": storage_srid()})
        return shares(owner)["0-3", "WEST"]

    assert share_after([*GRID.at(0.2, 3.1), *GRID.at(0.4, 3.3)]) == 1, "inside: as it was"
    assert share_after([*GRID.at(0.2, 3.1), *GRID.at(0.4, 3.9)]) == pytest.approx(0.5), "over the edge: computed anew"


def test_a_share_that_is_not_whole_is_computed_anew(app: Flask, engine: Engine, owner: Engine) -> None:
    set_share(owner, "0-0", 0.5)
    with app.app_context():
        save([move(GRID.at(1, 1), GRID.at(1.1, 1.1))], versions_of(engine))
    assert shares(owner)["0-0", "WEST"] == 1
