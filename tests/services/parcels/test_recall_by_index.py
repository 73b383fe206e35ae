"""States of the past are found by index, in a history that is large enough for the planner to choose."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from spatial_admin.services.parcels.describe_coverage import IN_BOX
from spatial_admin.services.parcels.recall_parcels import AsOf, source_of
from spatial_admin.transaction import snapshot
from tests.database import TestCluster, name_of


@pytest.fixture(scope="module")
def large_url(module_database_url: str, cluster: TestCluster) -> str:
    """A history of 20,000 parcels with three versions each, made a day apart, with statistics."""
    engine = create_engine(cluster.admin_url(name_of(module_database_url)), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(
            text(
                "INSERT INTO edit (key, comment, operations, request_hash, receipt, made_at) SELECT gen_random_uuid(), 'large', "
                "'[]', '\\x', '{}', timestamptz '2020-01-01Z' + n * interval '1 hour' FROM generate_series(1, 60000) AS n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, level, kind, geom, area_m2, attributes, begun) "
                "SELECT n, n::text, v, tstzrange('2020-01-01Z'::timestamptz + v * interval '1 day', CASE WHEN v < 3 THEN "
                "'2020-01-01Z'::timestamptz + (v + 1) * interval '1 day' END), CASE v WHEN 1 THEN 'created' ELSE 'attributes' END, "
                "(n - 1) * 3 + v, 'parcels', 'lot', ST_Multi(ST_MakeEnvelope(2 + (n % 200) * 1e-4, 48 + (n / 200) * 1e-4, "
                "2 + (n % 200 + 1) * 1e-4, 48 + (n / 200 + 1) * 1e-4, 4326)), 1, '{}', '2020-01-01Z'::timestamptz + v * interval '1 day' "
                "FROM generate_series(1, 20000) AS n, generate_series(1, 3) AS v"
            )
        )
        connection.execute(text("ANALYZE parcel_version, edit"))
    engine.dispose()
    return module_database_url


@pytest.mark.parametrize(
    ("as_of", "versions"),
    [
        pytest.param(AsOf(datetime(2020, 1, 3, 12, tzinfo=UTC)), {2}, id="as stored"),
        pytest.param(AsOf(legal_at=date(2023, 8, 1)), {3}, id="as in force"),
        pytest.param(AsOf(datetime(2020, 1, 3, 12, tzinfo=UTC), date(2023, 8, 1)), {2}, id="both"),
    ],
)
def test_a_box_of_the_past_is_found_by_index(as_of: AsOf, versions: set[int], large_url: str, app: Flask) -> None:
    engine = create_engine(large_url)
    with app.app_context(), snapshot() as session:  # only to put the condition together
        source = source_of(session, as_of)
    statement = IN_BOX.format(lonlat="", table=source.table, condition=source.condition)
    box = {"west": 2.01, "south": 48.005, "east": 2.0105, "north": 48.0055, "srid": 4326, "limit": 2001}
    with engine.connect() as connection:
        connection.exec_driver_sql("SET jit = off")
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", {**box, **source.values}).scalars().all()
        found = connection.exec_driver_sql(statement, {**box, **source.values}).all()
    engine.dispose()
    assert any("ix__parcel_version__geom" in line for line in plan), "\n".join(plan)
    scanned = [line for line in plan if "Seq Scan" in line and "(cost=0.00..0.00 " not in line]  # an empty year is free
    assert scanned == [], "\n".join(plan)
    assert {row.version for row in found} == versions
    assert 20 <= len(found) <= 49  # some of the lots of the box are law only later
