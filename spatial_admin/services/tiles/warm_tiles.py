"""Drawing many tiles beforehand and storing them: by AsyncSession over asyncpg, or by threads to measure it against.

Of the time of a tile the database has most, so what counts is that enough statements are under way. Both ways do that;
on one machine of two cores they were equally fast where tiles are large, and asyncpg took half as much processor time
again where they are small (docs/tiles.md). What asyncpg saves is threads: 64 statements under way need one.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Integer, LargeBinary, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from spatial_admin.async_transaction import async_short, async_snapshot, engine_of
from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.services.tiles.bound_tiles import TileBounds
from spatial_admin.services.tiles.render_tile import Drawn, drawing, render_tile, within
from spatial_admin.services.tiles.store_tiles import GENERATION, STORE, generation_of, rows_of, store_tiles
from spatial_admin.transaction import short, snapshot

BATCH: Final = 16  # tiles drawn from one snapshot and stored together
AGAIN: Final = 3  # times, where a sweep came between
PARAMETER: Final = re.compile(r"%\((\w+)\)s")
TYPES: Final[dict[str, Any]] = {
    **dict.fromkeys(("first", "last", "first_base", "last_base", "generation"), BigInteger()),
    **dict.fromkeys(("zs", "xs", "ys"), ARRAY(Integer)),
    "bodies": ARRAY(LargeBinary),
}
Report = Callable[[int], None]


@dataclass(slots=True)
class Warmed:
    """Tiles that were stored, and their bytes."""

    tiles: int = 0
    size_bytes: int = 0

    def add(self, drawn: Sequence[tuple[Tile, bytes]]) -> None:
        """Count tiles that were stored."""
        self.tiles += len(drawn)
        self.size_bytes += sum(len(body) for _, body in drawn)


def warm_by_async(tiles: Iterable[Tile], bounds: TileBounds, url: str, *, concurrency: int, report: Report) -> Warmed:
    """Draw and store the tiles over `concurrency` connections of one thread; `report` is told how many are done."""
    try:
        return asyncio.run(_warm(tiles, bounds, url, concurrency, report))
    except ExceptionGroup as group:  # one is enough to say what is wrong
        raise group.exceptions[0] from group


def warm_by_threads(tiles: Iterable[Tile], bounds: TileBounds, *, concurrency: int, report: Report) -> Warmed:
    """The same by that many threads, each with a session of its own; needs an application context."""
    warmed = Warmed()
    done = 0
    with ThreadPoolExecutor(concurrency) as pool:
        waiting = [
            pool.submit(contextvars.copy_context().run, _draw_and_store, batch, bounds) for batch in _batches(tiles)
        ]
        for future in waiting:
            batch, is_stored = future.result()
            done += len(batch)
            if is_stored:
                warmed.add(batch)
            report(done)
    return warmed


async def _warm(tiles: Iterable[Tile], bounds: TileBounds, url: str, concurrency: int, report: Report) -> Warmed:
    warmed = Warmed()
    done = 0
    batches = _batches(tiles)  # shared: whoever is free takes the next

    async def work(engine: AsyncEngine) -> None:
        nonlocal done
        for batch in batches:
            for _ in range(AGAIN):
                drawn, is_stored = await _draw_and_store_async(engine, batch, bounds)
                if is_stored:
                    warmed.add(drawn)
                    break
            done += len(batch)
            report(done)

    async with engine_of(url, concurrency, bounds.timeout_ms) as engine, asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work(engine))
    return warmed


async def _draw_and_store_async(
    engine: AsyncEngine, batch: Sequence[Tile], bounds: TileBounds
) -> tuple[list[tuple[Tile, bytes]], bool]:
    async with async_snapshot(engine) as session:
        generation = int((await session.execute(_clause(GENERATION)[0])).scalar_one())
        drawn = [(tile, await _draw(session, tile, bounds)) for tile in batch]
    values = rows_of([(tile, one.body) for tile, one in drawn], drawn[0][1].mark, generation)
    async with async_short(engine) as session:
        rows = (await session.execute(_clause(STORE)[0], values)).all()
    return [(tile, one.body) for tile, one in drawn], len(rows) == len(batch)


async def _draw(session: AsyncSession, tile: Tile, bounds: TileBounds) -> Drawn:
    steps = drawing(tile, bounds)
    statement, values = next(steps)
    while True:
        clause, names = _clause(statement)
        row = (await session.execute(clause, {name: values[name] for name in names})).one()
        try:
            statement, values = steps.send(row)
        except StopIteration as end:
            drawn: Drawn = end.value
            return drawn


@functools.lru_cache(maxsize=64)
def _clause(statement: str) -> tuple[TextClause, frozenset[str]]:
    """A statement with parameters as SQLAlchemy writes them (asyncpg wants to know their types), and their names."""
    names = frozenset(PARAMETER.findall(statement))
    clause = text(PARAMETER.sub(r":\1 ", statement))  # with a space: `:zs::int[]` would be read as the parameter `z`
    return clause.bindparams(*(bindparam(name, type_=TYPES[name]) for name in sorted(names & TYPES.keys()))), names


def _draw_and_store(batch: Sequence[Tile], bounds: TileBounds) -> tuple[list[tuple[Tile, bytes]], bool]:
    drawn: list[tuple[Tile, bytes]] = []
    for _ in range(AGAIN):
        with snapshot() as session:
            generation = generation_of(session)
            found = [(tile, render_tile(within(session, bounds), tile, bounds)) for tile in batch]
        drawn = [(tile, one.body) for tile, one in found]
        with short() as session:
            if store_tiles(session, drawn, found[0][1].mark, generation) == len(batch):
                return drawn, True
    return drawn, False


def _batches(tiles: Iterable[Tile]) -> Iterator[list[Tile]]:
    batch: list[Tile] = []
    for tile in tiles:
        batch.append(tile)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
