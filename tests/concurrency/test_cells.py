"""Conflict cells: what the trigger takes is always among what the service holds, so that nobody waits in mid-edit."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cadastre.difference import changed_region
from spatial_admin.cadastre.precision import cells_of
from spatial_admin.cadastre.reference_system import ground_of
from spatial_admin.cadastre.shapes import shape_of_wkb
from spatial_admin.errors import EditRejected, InvalidOperation, LimitExceeded, UnknownPoint
from spatial_admin.services.editing import edit_boundaries as service
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import EditTransaction
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, move, ring_of, save, store_block, store_lots, versions_of, wkt_of
from tests.concurrency.guards_off import GuardsOff

# Lots of 80 m, so that nearly every change meets a border between cells of 100 m.
GRID = Grid(west=2.3003, south=48.6998, step=0.0008)
SIZE = 6
HELD = "SELECT cell FROM conflict_cell WHERE holder = pg_current_xact_id()::text::bigint ORDER BY cell"


@pytest.fixture
def block(engine: Engine) -> Engine:
    """Thirty-six lots."""
    store_block(engine, GRID, SIZE, SIZE)
    return engine


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


def random_operation(dice: random.Random, engine: Engine) -> dict[str, object]:
    """Move, insert or remove a point of a random lot as it is now; a third of them is unlawful."""
    ring = ring_of(engine, f"{dice.randrange(SIZE)}-{dice.randrange(SIZE)}")
    index = dice.randrange(len(ring))
    (x, y), (east, north) = ring[index], ring[(index + 1) % len(ring)]
    aside = (dice.uniform(-0.3, 0.3) * GRID.step, dice.uniform(-0.3, 0.3) * GRID.step)
    insert = {
        "op": "insert_point",
        "between": [[x, y], [east, north]],
        "at": [(x + east) / 2, (y + north) / 2 + aside[1]],
    }
    return dice.choice([move((x, y), (x + aside[0], y + aside[1])), insert, {"op": "remove_point", "at": [x, y]}])


def test_cells_of_the_trigger_are_among_those_the_service_took(
    block: Engine, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[set[int], set[int]]] = []
    take_cells, record = EditTransaction.take_cells, service.record_findings
    taken: set[int] = set()

    def take(self: EditTransaction, cells: list[int]) -> None:
        taken.clear()
        taken.update(cells)
        take_cells(self, cells)

    def look_then_record(execute: object, *rest: object) -> object:
        seen.append((set(taken), {row[0] for row in execute(HELD, {})}))  # type: ignore[operator]  # runs statements
        return record(execute, *rest)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(EditTransaction, "take_cells", take)
    monkeypatch.setattr(service, "record_findings", look_then_record)
    dice, made = random.Random(20261123), 0
    for _ in range(90):
        try:
            save([random_operation(dice, block) for _ in range(dice.choice((1, 1, 2)))], versions_of(block))
        except (EditRejected, InvalidOperation, UnknownPoint):
            continue
        made += 1
    assert made > 30, "too few of the random edits were lawful to show anything"
    for held_by_service, held_after_writing in seen:
        assert held_after_writing == held_by_service, "the trigger took a cell that the service had not"
    assert audit(block) == []


def test_without_the_service_the_trigger_takes_the_cells_of_the_changed_region(
    block: Engine, context: None, guards_off: GuardsOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the test above compares two things: here the service takes none, and the trigger's are seen alone.
    held: list[set[int]] = []
    record = service.record_findings
    monkeypatch.setattr(service, "take_cells", lambda *_: None)

    def look_then_record(execute: object, *rest: object) -> object:
        held.append({row[0] for row in execute(HELD, {})})  # type: ignore[operator]  # runs statements
        return record(execute, *rest)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(service, "record_findings", look_then_record)
    at, to = GRID.at(2, 2), GRID.at(2.3, 2.2)
    save([move(at, to)], versions_of(block))
    ends = [GRID.at(1, 2), GRID.at(3, 2), GRID.at(2, 1), GRID.at(2, 3)]
    around = {cell for end in ends for cell in cells_of(_box([at, to, end]), ground_of(storage_srid()).cell_size)}
    assert held[0]
    assert held[0] <= set(cells_of(_box([at, to, *ends]), ground_of(storage_srid()).cell_size))
    assert around & held[0]


def _box(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def test_sql_and_python_agree_on_changed_regions_and_cells(engine: Engine) -> None:
    dice = random.Random(7)
    cell_size = ground_of(storage_srid()).cell_size
    sql = text(
        "SELECT ST_AsBinary(old, 'NDR'), ST_AsBinary(new, 'NDR'), ST_XMin(r), ST_YMin(r), ST_XMax(r), ST_YMax(r), cells_of(r) "
        "FROM (SELECT ST_GeomFromText(:old, 4326) AS old, ST_GeomFromText(:new, 4326) AS new) AS given, changed_region(old, new) AS r"
    )
    with engine.connect() as connection:
        connection.execute(text("SET jit = off"))  # as in the triggers: it would compile each of these for 300 ms
        for _ in range(250):
            old, new = _random_pair(dice)
            before, after, west, south, east, north, cells = connection.execute(sql, {"old": old, "new": new}).one()
            region = changed_region(shape_of_wkb(bytes(before)), shape_of_wkb(bytes(after)))
            stored = None if west is None else (west, south, east, north)
            assert region == stored, (old, new)
            if region is not None:
                assert cells == cells_of(region, cell_size)


def _random_pair(dice: random.Random) -> tuple[str, str]:
    """A polygon with a hole, and the same with points moved, inserted or removed, or its ring begun elsewhere."""
    shell = [(-1 + dice.random() * 0.1, 0.0), (-0.5, -1.0), (1.0, -1.2), (2.0, 0.1), (1.5, 1.3), (0.2, 1.1)]
    hole = [(0.1, 0.1), (0.2, 0.1), (0.2, 0.3), (0.1, 0.25)]
    place = dice.uniform(-3e-3, 3e-3)
    old = [[(place + 1e-3 * x, 1e-3 * y) for x, y in ring] for ring in (shell, hole)]
    new = [list(ring) for ring in old]
    for _ in range(dice.randrange(3)):
        ring = dice.choice(new)
        index = dice.randrange(len(ring))
        step = dice.randrange(4)
        if step == 0:
            ring[index] = (ring[index][0] + dice.uniform(-1e-4, 1e-4), ring[index][1] + dice.uniform(-1e-4, 1e-4))
        elif step == 1:
            ring.insert(index, (ring[index][0] + 1e-5, ring[index][1] - 1e-5))
        elif step == 2 and len(ring) > 4:
            del ring[index]
        else:
            ring[:] = ring[index:] + ring[:index]
    return wkt_of(*old), wkt_of(*new)


def test_a_box_around_half_a_continent_has_too_many_cells() -> None:
    with pytest.raises(LimitExceeded, match="250,000 conflict cells"):
        cells_of((-10.0, 40.0, 30.0, 60.0), 0.001)
    assert len(cells_of((2.0, 48.0, 2.45, 48.45), 0.001)) > 200_000


def test_an_edit_that_spans_too_much_is_refused_before_it_is_written(engine: Engine, context: None) -> None:
    store_lots(engine, {"lot": GRID.box(0, 0)})
    with pytest.raises(LimitExceeded, match="conflict cells"):
        save([move(GRID.at(1, 1), (12.0, 51.0))], {"lot": 1})
    assert versions_of(engine) == {"lot": 1}
