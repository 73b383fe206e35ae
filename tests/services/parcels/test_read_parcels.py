"""Reading what lies around an edit: no more than it asks for, and with its first question what it will ask next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.precision import Box, box_holds
from spatial_admin.cadastre.read_ahead import Places
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.errors import EditRejected, Json
from spatial_admin.services.editing.compute_edit import reader_of
from spatial_admin.services.parcels.read_parcels import parcels_around
from spatial_admin.services.shared.run_sql import Execute
from spatial_admin.settings import Limits, storage_srid
from tests.concurrency.fabric import Grid, move, save, store_block, store_lots

GRID = Grid()
NEAR = 1e-6  # a tenth of a metre


def reader(connection: Connection) -> Execute:
    def execute(sql: str, values: Json) -> Sequence[Any]:
        return connection.exec_driver_sql(sql, values).fetchall()

    return execute


def around(engine: Engine, *places: tuple[float, float]) -> tuple[set[str], Box | None]:
    boxes = tuple((x - NEAR, y - NEAR, x + NEAR, y + NEAR) for x, y in (GRID.at(i, j) for i, j in places))
    with engine.connect() as connection:
        parcels, read = parcels_around(reader(connection), Places(boxes, (NEAR, NEAR)))
    return {parcel.parcel_id for parcel in parcels}, read


def test_with_a_point_what_meets_the_sides_that_come_to_it_is_read(engine: Engine) -> None:
    store_block(engine, GRID, 6, 6)
    names, read = around(engine, (3, 3))
    assert names == {f"{i}-{j}" for i in range(1, 5) for j in range(1, 5)}
    assert read is not None
    assert box_holds(read, (*GRID.at(2, 2), *GRID.at(4, 4)))


def test_a_side_that_only_passes_the_place_counts_and_one_whose_envelope_holds_it_does_not(engine: Engine) -> None:
    wedge = [GRID.at(0, 5), GRID.at(9, 5), GRID.at(9, 9)]  # its long side passes far above the place
    store_lots(engine, {"lot": GRID.box(4, 4), "long": GRID.box(0, 3, 20, 1), "wedge": wedge, "far": GRID.box(19, 4)})
    names, read = around(engine, (4.5, 4))  # in mid-side of the lot, and of the long one
    assert names == {"lot", "long", "far"}
    names, read = around(engine, (8, 6))  # in the wedge's envelope and in none of its sides
    assert names == {"wedge"}
    assert read == pytest.approx((*(v - NEAR for v in GRID.at(8, 6)), *(v + NEAR for v in GRID.at(8, 6))))


def test_where_nothing_lies_no_box_is_told(engine: Engine) -> None:
    assert around(engine, (50, 50)) == (set(), None)


def test_sides_of_a_large_parcel_are_read_when_they_are_asked_for(app: Flask, engine: Engine) -> None:
    far = [GRID.at(40 + k / 200, 0) for k in range(600)]
    store_lots(engine, {"road": [GRID.at(0, 0), *far, GRID.at(43, 4), GRID.at(0, 1)], "end": GRID.box(30, 3.6)})
    names, read = around(engine, (0, 1))
    assert names == {"road"}
    assert read is not None
    assert not box_holds(read, (*GRID.at(0, 0), *GRID.at(1, 1)))
    with app.app_context(), pytest.raises(EditRejected, match="road"):  # its new side cuts the lot at the other end
        save([move(GRID.at(0, 1), GRID.at(0, 3))], {"road": 1})


def test_what_a_copy_of_the_window_read_first_the_window_reads_for_itself(engine: Engine) -> None:
    store_block(engine, GRID, 6, 6)
    ground = ground_of(storage_srid())
    here = ground.widened((*GRID.at(3, 3), *GRID.at(3, 3)), 0.1)
    statements = 0

    def execute(sql: str, values: Json) -> Sequence[Any]:
        nonlocal statements
        statements += 1
        return reader(connection)(sql, values)

    with engine.connect() as connection:
        window = Coverage(ground, reader_of(execute, ground, Limits()))
        paper = window.copy()
        paper.widen([here])
        assert len(paper.before) == 16
        paper.widen([(*GRID.at(2, 2), *GRID.at(4, 4))])
        assert statements == 1, "it came with what was read first"
        window.add(paper.before["2-2"])  # named by an operation, say
        window.widen([here])
        assert window.before.keys() == {"2-2", "3-2", "2-3", "3-3"}
