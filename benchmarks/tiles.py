"""Tiles: drawn, kept and asked for again, beside pgbench of the same SQL, an empty view of the same server, and tipg.

    script/bench tiles [DATABASE [PART …]]

DATABASE is one of the cluster with parcels in it (it gets an account and stored tiles); without one a fabric of 100,000 lots is generated.
PART is some of: drawn, overviews, again, warm, tipg; without one all of them.
tipg is installed into a virtual environment of its own for the time of the run, where it can be.
"""

from __future__ import annotations

import http.client
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benchmarks._editors import Server
from benchmarks._fabric import town
from benchmarks._http_load import CONNECTIONS, SECONDS, one_by_one, per_second
from benchmarks._report import head, line, median_ms
from benchmarks._tipg import paths_of as tipg_paths
from benchmarks._tipg import tipg
from benchmarks._web_server import serving
from spatial_admin.cadastre.tile_grid import Tile, tile_of_code
from spatial_admin.factory import create_app
from spatial_admin.models import db
from spatial_admin.services.database.keep_ahead import sweep_tiles
from spatial_admin.services.tiles import render_tile as sql
from spatial_admin.services.tiles.bound_tiles import tile_bounds
from spatial_admin.services.tiles.warm_tiles import warm_by_async, warm_by_threads
from spatial_admin.settings import Settings, storage_srid
from tests.database import TestCluster

TILES = 100
PARTS = ("drawn", "overviews", "again", "warm", "tipg")
FILLED = "SELECT code FROM parcel_cell WHERE level = :z AND parcels > 0 ORDER BY code"


def main() -> int:
    """Print one line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    head()
    name, parts = next(iter(sys.argv[1:]), None), sys.argv[2:] or PARTS
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        sys.stderr.write(f"No such part: {', '.join(unknown)}. There are {', '.join(PARTS)}.\n")
        return 2
    if name is not None:
        measure(cluster, name, parts)
        return 0
    with town(cluster, 400, 250) as (name, _):
        owner = create_engine(cluster.owner_url(name))
        with owner.begin() as connection:
            connection.execute(text("SELECT rebuild_parcel_cells()"))
        owner.dispose()
        measure(cluster, name, parts)
    return 0


def measure(cluster: TestCluster, name: str, parts: Sequence[str]) -> None:
    forget_stored(cluster, name)
    chosen = {z: choose(cluster, name, z) for z in (*range(6, 14), 14, 16)}
    low = [tile for z in range(6, 14) for tile in chosen[z]]
    if "drawn" in parts:
        drawn_beside_pgbench(cluster, name, chosen)
    if "overviews" in parts:
        overviews(cluster, name, low)
    if "again" in parts:
        with serving(cluster, name, workers=2, threads=4) as server:
            again(server, chosen[16], low)
    if "warm" in parts:
        warming(cluster, name, chosen[16] * 5)
        forget_stored(cluster, name)
    if "tipg" in parts:
        beside_tipg(cluster, name, chosen)


def forget_stored(cluster: TestCluster, name: str) -> None:
    """No tile is stored, so that each is drawn."""
    engine = create_engine(cluster.app_url(name))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM tile_body"))
    engine.dispose()


def choose(cluster: TestCluster, name: str, z: int) -> list[Tile]:
    """At most TILES tiles in which parcels lie, the same at every run."""
    engine = create_engine(cluster.app_url(name))
    with engine.connect() as connection:
        codes = [int(code) for code in connection.execute(text(FILLED), {"z": z}).scalars()]
    engine.dispose()
    return [tile_of_code(z, code) for code in random.Random(1).sample(codes, min(TILES, len(codes)))]


def path_of(tile: Tile) -> str:
    return f"/tiles/parcels/{tile.z}/{tile.x}/{tile.y}.mvt"


def drawn_beside_pgbench(cluster: TestCluster, name: str, chosen: dict[int, list[Tile]]) -> None:
    """Limit and measurement in turns: the machine is not the same from one minute to the next."""
    with serving(cluster, name, workers=2, threads=4, SPATIAL_ADMIN_TILE_CACHE_MB="0") as server:
        for z in (14, 16):
            plain = [statement_of(tile, 0) for tile in chosen[z]]
            own = [statement_of(tile, storage_srid()) for tile in chosen[z]]
            kept = [kept_statement_of(tile) for tile in chosen[z]]
            rates: dict[str, list[float]] = {"own": [], "kept": [], "plain": [], "http": []}
            for _ in range(3):
                rates["own"].append(pgbench(cluster, name, own))
                rates["kept"].append(pgbench(cluster, name, kept))
                rates["http"].append(per_second(server, [path_of(tile) for tile in chosen[z]]))
                rates["plain"].append(pgbench(cluster, name, plain))
            by = {what: statistics.median(found) for what, found in rates.items()}
            if storage_srid() == 4326:
                line(f"z {z}: pgbench of our SQL | with ST_Transform, a second", TILES, by["own"], by["plain"])
            what = f"z {z}: drawn, {CONNECTIONS} connections"
            line(f"{what} | pgbench with ST_Transform", TILES, by["http"], by["plain"], ">= 0.8")
            line(f"{what} | pgbench of our SQL, planned each time", TILES, by["http"], by["own"], ">= 0.8")
            line(f"{what} | pgbench of the function", TILES, by["http"], by["kept"])


def overviews(cluster: TestCluster, name: str, low: Sequence[Tile]) -> None:
    """Tiles below z 14, each for the first time: drawn, and as the worker stored them."""
    drawn, stored = "a tile of z 6 to 13, drawn, p50, ms | an empty view", "  stored by the worker, for the first time"
    with serving(cluster, name, workers=2, threads=4, SPATIAL_ADMIN_TILE_CACHE_MB="0") as server:
        empty = median_ms(one_by_one(server, ["/healthz"] * 300)[0])
        times, sizes = one_by_one(server, [path_of(tile) for tile in low])
        line(drawn, len(low), median_ms(times), empty, "<= 4")
        line("  the largest of these compressed, KiB | 30", len(low), max(sizes) / 1024, 30, "<= 1")
    app = create_app(_settings(cluster, name))
    with app.app_context():
        sweep_tiles()
        db.engine.dispose()
    with serving(cluster, name, workers=2, threads=4, SPATIAL_ADMIN_TILE_CACHE_MB="0") as server:
        empty = median_ms(one_by_one(server, ["/healthz"] * 300)[0])
        line(stored, len(low), median_ms(one_by_one(server, [path_of(tile) for tile in low])[0]), empty, "<= 4")
    forget_stored(cluster, name)


def _settings(cluster: TestCluster, name: str) -> Settings:
    return Settings(cluster.app_url(name), cluster.owner_url(name), "only-for-benchmarks-012345", production=False)


def statement_of(tile: Tile, srid: int) -> str:
    """The statement of a tile with the values in it; another SRID than 4326 gives the form that transforms every point."""
    places = sql.places_of(tile, tile.box(sql.MARGIN), storage_srid())
    values = places | sql.sizes_of(tile, places, sql.FULL)
    statement = sql.parcels_statement(srid) % {name: repr(value) for name, value in values.items()}
    return " ".join(statement.split()) + ";\n"


def kept_statement_of(tile: Tile) -> str:
    """What the server asks the database: the function whose plan stays with the session."""
    values = sql.places_of(tile, tile.box(sql.MARGIN), storage_srid())
    statement = sql.PARCELS_IN_FULL % {name: repr(value) for name, value in values.items()}
    return " ".join(statement.split()) + ";\n"


def pgbench(cluster: TestCluster, name: str, statements: Sequence[str]) -> float:
    """Statements a second over CONNECTIONS connections, each of the statements as often as the others."""
    program = shutil.which("pgbench") or next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))), None)
    if program is None:
        raise SystemExit("pgbench is not there; it comes with the PostgreSQL server packages.")
    plain = make_url(cluster.app_url(name)).set(drivername="postgresql").render_as_string(hide_password=False)
    options = "-c jit=off -c max_parallel_workers_per_gather=0"
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, statement in enumerate(statements):
            path = Path(folder) / f"{number}.sql"
            path.write_text(statement)
            files += ["-f", str(path)]
        done = subprocess.run(  # noqa: S603 (PostgreSQL's own program, arguments as a list)
            [str(program), "-n", "-c", str(CONNECTIONS), "-j", "2", "-T", str(int(SECONDS)), *files, plain],
            check=False, capture_output=True, text=True, env={**os.environ, "PGOPTIONS": options},
        )  # fmt: skip
    found = [row for row in done.stdout.splitlines() if row.startswith("tps =")]
    if not found:
        raise SystemExit(f"pgbench failed: {done.stderr.strip()[-500:]}")
    return float(found[0].split("=")[1].split()[0])


def again(server: Server, tiles: Sequence[Tile], low: Sequence[Tile]) -> None:
    """From memory, by body and by 304, beside an empty view of the same server."""
    paths = [path_of(tile) for tile in tiles]
    for _ in range(8):  # both workers have drawn them
        one_by_one(server, paths)
    empty = statistics.median(per_second(server, ["/healthz"]) for _ in range(3))
    line("a tile again, from memory, a second | an empty view", TILES, per_second(server, paths), empty, ">= 0.7")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", paths[0], headers=server.headers)
    answer = connection.getresponse()
    answer.read()
    same = {"If-None-Match": str(answer.headers["ETag"])}
    line("a tile again, 304, a second | an empty view", 1, per_second(server, paths[:1], same, 304), empty, ">= 0.7")
    for _ in range(8):
        one_by_one(server, [path_of(tile) for tile in low])
    view = median_ms(one_by_one(server, ["/healthz"] * 300)[0])
    times, _ = one_by_one(server, [path_of(tile) for tile in low])
    line("a tile of z 6 to 13 again, p50, ms | an empty view", len(low), median_ms(times), view, "<= 4")


def warming(cluster: TestCluster, name: str, tiles: Sequence[Tile]) -> None:
    """Tiles drawn and stored over asyncpg and by threads, in turns."""
    settings = Settings(cluster.app_url(name), cluster.owner_url(name), "only-for-benchmarks-012345", production=False)
    app = create_app(settings)
    rates: dict[str, list[float]] = {"async": [], "threads": []}
    with app.app_context():
        bounds = tile_bounds()
        for _ in range(3):
            begin = time.monotonic()
            warm_by_async(tiles, bounds, settings.database_url, concurrency=4, report=lambda _: None)
            rates["async"].append(len(tiles) / (time.monotonic() - begin))
            begin = time.monotonic()
            warm_by_threads(tiles, bounds, concurrency=4, report=lambda _: None)
            rates["threads"].append(len(tiles) / (time.monotonic() - begin))
        db.engine.dispose()
    by = {how: statistics.median(found) for how, found in rates.items()}
    line("warm z 16: asyncpg | threads, tiles a second", len(tiles), by["async"], by["threads"])


def beside_tipg(cluster: TestCluster, name: str, chosen: dict[int, list[Tile]]) -> None:
    """The same content: of tipg parcels and zoning, two answers for one of ours; and, for itself, parcels alone."""
    half = CONNECTIONS // 2
    with tipg(cluster, name, workers=2, connections=half) as server:
        if server is None:
            return
        with serving(cluster, name, workers=2, threads=half, SPATIAL_ADMIN_TILE_CACHE_MB="0") as own:
            for z in (16, 14):
                rates: dict[str, list[float]] = {"ours": [], "both": [], "parcels": []}
                both = [path for tile in chosen[z] for path in tipg_paths(tile)]
                for _ in range(3):
                    rates["ours"].append(per_second(own, [path_of(tile) for tile in chosen[z]]))
                    rates["both"].append(per_second(server, both) / 2)
                    rates["parcels"].append(per_second(server, both[::2]))
                by = {what: statistics.median(found) for what, found in rates.items()}
                line(f"z {z}: drawn over HTTP | tipg, parcels and zoning", TILES, by["ours"], by["both"], ">= 1.5")
                line(f"z {z}: drawn over HTTP | tipg, parcels alone", TILES, by["ours"], by["parcels"])


if __name__ == "__main__":
    sys.exit(main())
