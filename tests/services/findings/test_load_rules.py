"""The rules that an edit is judged by: those of its own snapshot, whichever process set them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import EditRejected
from spatial_admin.services.findings.load_rules import rule_book
from spatial_admin.services.findings.scan_coverage import scan_coverage
from spatial_admin.services.shared.watch_edit import unwatched
from tests.concurrency.fabric import Grid, move, save, store_block

GRID = Grid()
SET_ELSEWHERE = text(
    "INSERT INTO validity_rule (name, severity, is_on, blocks, numbers) VALUES (:name, 'error', true, :blocks, :numbers) "
    "ON CONFLICT (name) DO UPDATE SET blocks = excluded.blocks, numbers = excluded.numbers"
)


def set_elsewhere(engine: Engine, name: str, *, blocks: bool, numbers: str = "{}") -> None:
    """As an administrator sets a rule whom another process serves: nothing is told to this one."""
    with engine.begin() as connection:
        connection.execute(SET_ELSEWHERE, {"name": name, "blocks": blocks, "numbers": numbers})


@pytest.fixture
def block(app: Flask, engine: Engine) -> Engine:
    """Four lots whose rules this process has just read."""
    store_block(engine, GRID, 2, 2)
    with app.app_context():
        rule_book()
    return engine


def test_an_edit_is_judged_by_the_rules_that_another_process_has_just_set(app: Flask, block: Engine) -> None:
    smaller = move(GRID.at(0, 0), GRID.at(0.1, 0.1))
    with block.connect() as connection:
        area = connection.execute(text("SELECT floor(area_m2) FROM parcel WHERE parcel_id = '0-0'")).scalar_one()
    with app.app_context():
        set_elsewhere(block, "tiny_parcel", blocks=True, numbers=f'{{"area_m2": {area}}}')
        with pytest.raises(EditRejected):
            save([smaller], {"0-0": 1})
        set_elsewhere(block, "tiny_parcel", blocks=False)
        assert save([smaller], {"0-0": 1}).receipt["findings"] == {"opened": [], "closed": []}


def test_a_scan_goes_by_the_rules_that_another_process_has_just_set(app: Flask, block: Engine) -> None:
    with app.app_context():
        set_elsewhere(block, "tiny_parcel", blocks=False, numbers='{"area_m2": 9999}')
        assert scan_coverage(unwatched)["opened"] == 4
