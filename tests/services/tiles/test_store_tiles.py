"""Stored tiles: given away only while they are true; swept when they are not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.services.database.keep_ahead import sweep_tiles
from spatial_admin.services.tiles import serve_tile as serving
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.choose_tiles import choose_tiles
from spatial_admin.services.tiles.draw_overviews import draw_overviews
from spatial_admin.services.tiles.fold_tile_cells import fold_tile_cells
from spatial_admin.services.tiles.prune_tiles import prune_tiles
from spatial_admin.services.tiles.remember_tiles import Kept
from spatial_admin.services.tiles.render_tile import within
from spatial_admin.services.tiles.serve_tile import serve_tile
from spatial_admin.services.tiles.store_tiles import generation_of, store_tiles, stored_body
from spatial_admin.services.tiles.warm_tiles import warm_by_async, warm_by_threads
from spatial_admin.transaction import short, snapshot
from tests.concurrency.fabric import store_block
from tests.tiles import GRID, draw, open_finding, tiles_around

T = TypeVar("T")


@pytest.fixture
def tiles(app: Flask, engine: Engine) -> list[Tile]:
    """A block of lots, and the tiles over it that hold one; none is stored."""
    store_block(engine, GRID, 8, 6)
    with app.app_context():
        fold_tile_cells()
        with snapshot() as session:
            return choose_tiles(session, range(11, 17), tile_bounds().extent)


def stored(app: Flask, tile: Tile) -> bytes | None:
    with app.app_context(), snapshot() as session:
        found = stored_body(within(session, tile_bounds()), tile, tile_bounds())
    return found.body if found else None


def warm(app: Flask, tiles: list[Tile]) -> int:
    url = app.config["SETTINGS"].database_url

    def work() -> int:
        with app.app_context():
            return warm_by_async(tiles, tile_bounds(), url, concurrency=3, report=lambda _: None).tiles

    return apart(work)


def apart(work: Callable[[], T]) -> T:
    """In a thread: a browser's event loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def touch(engine: Engine, name: str = "0-0") -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE parcel SET number = 'x' WHERE parcel_id = :name"), {"name": name})


def test_chosen_are_the_tiles_in_which_something_lies(app: Flask, engine: Engine, tiles: list[Tile]) -> None:
    around = tiles_around(engine, range(11, 17), margin=0.02)
    assert set(tiles) <= set(around)
    empty = set(around) - set(tiles)
    assert empty
    assert len(tiles) == len(set(tiles))


def test_what_asyncpg_draws_is_to_the_byte_what_the_web_draws(app: Flask, tiles: list[Tile]) -> None:
    assert warm(app, tiles) == len(tiles)
    for tile in tiles:
        assert stored(app, tile) == draw(app, tile), tile


def test_the_worker_draws_overviews_that_are_missing_and_only_those(
    app: Flask, engine: Engine, tiles: list[Tile], monkeypatch: pytest.MonkeyPatch
) -> None:
    overviews = [tile for tile in tiles if tile.z < 14]
    with app.app_context():
        sweep_tiles()
        assert draw_overviews() == 0, "all of them are stored"
        assert {tile for tile in tiles if stored(app, tile) is not None} == set(overviews)
        with monkeypatch.context() as patched:
            patched.setattr(serving, "render_tile", None)
            for tile in overviews:
                kept, drawn = serve_tile(tile), Kept.of(draw(app, tile))
                assert (kept.body, kept.digest, kept.packed()) == (drawn.body, drawn.digest, drawn.packed())
        with monkeypatch.context() as patched:
            patched.setattr(serving, "stored_body", None)
            assert serve_tile(tiles[-1]).body == draw(app, tiles[-1]), "of z 16 none is stored, and none looked for"
        before = {tile: stored(app, tile) for tile in overviews}
        open_finding(engine, ["0-0"])
        sweep_tiles()
    assert {tile: stored(app, tile) for tile in overviews} == {tile: draw(app, tile) for tile in overviews}
    assert {tile: stored(app, tile) for tile in overviews} != before


def test_threads_store_the_same(app: Flask, tiles: list[Tile]) -> None:
    with app.app_context():
        warmed = warm_by_threads(tiles[:10], tile_bounds(), concurrency=2, report=lambda _: None)
    assert warmed.tiles == 10
    assert warmed.size_bytes == sum(len(draw(app, tile)) for tile in tiles[:10])


def test_a_stored_tile_is_given_away_until_something_in_it_changes(
    app: Flask, engine: Engine, tiles: list[Tile]
) -> None:
    warm(app, tiles)
    drawn = {tile: draw(app, tile) for tile in tiles}
    touch(engine)
    changed = {tile for tile in tiles if draw(app, tile) != drawn[tile]}
    assert changed
    assert all(tile.z >= 14 for tile in changed)
    for tile in tiles:
        assert stored(app, tile) == (None if tile in changed else drawn[tile]), tile


def test_a_sweep_takes_away_what_changed_and_the_rest_is_still_given(
    app: Flask, engine: Engine, tiles: list[Tile]
) -> None:
    warm(app, tiles)
    drawn = {tile: draw(app, tile) for tile in tiles}
    touch(engine)
    changed = {tile for tile in tiles if draw(app, tile) != drawn[tile]}
    with app.app_context():
        assert prune_tiles().bodies == len(changed)
        assert prune_tiles().bodies == 0
        assert prune_tiles(keep_changes_s=0).changes > 0
    for tile in tiles:
        assert stored(app, tile) == (None if tile in changed else drawn[tile]), tile


def test_bodies_drawn_before_a_sweep_are_not_stored_after_it(app: Flask, engine: Engine, tiles: list[Tile]) -> None:
    tile = tiles[-1]
    with app.app_context():
        with snapshot() as session:
            generation = generation_of(session)
            mark = str(session.connection().exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
        prune_tiles()
        with short() as session:
            assert store_tiles(session, [(tile, b"old")], mark, generation) == 0
        with short() as session:
            assert store_tiles(session, [(tile, b"new")], mark, generation + 1) == 1
    assert stored(app, tile) == b"new"


def test_after_a_restore_elsewhere_nothing_stored_is_believed(
    app: Flask, owner_engine: Engine, tiles: list[Tile]
) -> None:
    warm(app, tiles)
    with app.app_context():
        assert serve_tile(tiles[-1]).body == stored(app, tiles[-1])
        with owner_engine.begin() as connection:
            connection.execute(text("UPDATE tile_body SET body = 'not ours'"))
            connection.execute(text("UPDATE tile_sweep SET system = '1'"))
        app.extensions.pop("spatial_admin.tiles")
        assert serve_tile(tiles[-1]).body == draw(app, tiles[-1])
        assert prune_tiles().bodies == len(tiles)
    warm(app, tiles)
    assert stored(app, tiles[-1]) == draw(app, tiles[-1])


def test_the_command_says_how_many_it_stored_and_refuses_what_is_no_area(
    app: Flask, engine: Engine, tiles: list[Tile]
) -> None:
    runner = app.test_cli_runner()
    line = ["tiles", "warm", "--zooms", "3-20", "--bbox", "2.3,48.6,2.4,48.8", "--concurrency", "2"]
    done = apart(lambda: runner.invoke(args=line))
    assert done.exit_code == 0, done.output
    with app.app_context(), snapshot() as session:
        chosen = choose_tiles(session, range(3, 21), (2.3, 48.6, 2.4, 48.8))
    assert f"{len(chosen)} tiles stored" in done.output.replace(",", "")
    assert {tile.z for tile in chosen} == set(range(3, 21))
    for arguments, said in (
        (["--bbox", "1,2,3"], "west,south,east,north"),
        (["--bbox", "5,5,1,1"], "west must be below east"),
        (["--zooms", "9-3"], "zooms go from 0 to 22"),
        (["--zooms", "x"], "a zoom or a range"),
    ):
        refused = runner.invoke(args=["tiles", "warm", *arguments])
        assert refused.exit_code == 2
        assert said in refused.output
