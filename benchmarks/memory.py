"""Memory of a web worker under load: thousands of tiles, lists, searches and forms, all different, by several clients.

    script/bench memory [DATABASE [ROUNDS]]

DATABASE is one of the cluster with parcels in it; without one a fabric of 100,000 lots is generated. One worker with its
usual settings answers ROUNDS (6) rounds, each of 1,500 requests over 8 connections; after each its resident memory is
read. The first two fill what a worker keeps on purpose (tiles up to SPATIAL_ADMIN_TILE_CACHE_MB, here 2, statements,
templates, pools); from then on it should stay: the ratio is the memory after the last round by that after the second.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, text

from benchmarks._editors import Server
from benchmarks._fabric import town
from benchmarks._report import head, line
from benchmarks._web_server import serving
from spatial_admin.cadastre.tile_grid import Tile, tile_of_code
from tests.database import TestCluster

CONNECTIONS, REQUESTS, CACHE_MB, WARM = 8, 1_500, 2, 2
SAMPLE = """
SELECT parcel_id, number, address, ST_X(ST_Transform(ST_Centroid(geom), 4326)), ST_Y(ST_Transform(ST_Centroid(geom), 4326))
FROM parcel TABLESAMPLE SYSTEM (2) WHERE end_lifespan_version IS NULL LIMIT 20000
"""
FILLED = "SELECT code FROM parcel_cell WHERE level = 17 AND parcels > 0 ORDER BY random() LIMIT 20000"


def main() -> int:
    """Print a line for each round: requests so far, resident MB of the worker, the same after the second round, ratio."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    given = sys.argv[1:]
    rounds = int(given[1]) if len(given) > 1 else 6
    with database(cluster, given[0] if given else None) as name:
        paths = asked(cluster, name)
        head()
        with serving(cluster, name, workers=1, threads=4, SPATIAL_ADMIN_TILE_CACHE_MB=str(CACHE_MB)) as server:
            measure(server, paths, rounds)
    return 0


@contextmanager
def database(cluster: TestCluster, given: str | None) -> Iterator[str]:
    """The name of a database with parcels and counts by cell."""
    if given is not None:
        yield given
        return
    with town(cluster, 400, 250) as (name, _):
        owner = create_engine(cluster.owner_url(name))
        with owner.begin() as connection:
            connection.execute(text("SELECT rebuild_parcel_cells()"))
        owner.dispose()
        yield name


def asked(cluster: TestCluster, name: str) -> list[str]:
    """What people ask for, no two the same: three of five are tiles, the rest lists, searches, forms and the API."""
    engine = create_engine(cluster.app_url(name))
    with engine.connect() as connection:
        tiles = [tile_of_code(17, int(code)) for code in connection.execute(text(FILLED)).scalars()]
        rows = connection.execute(text(SAMPLE)).all()
    engine.dispose()
    chosen = random.Random(1)
    chosen.shuffle(tiles)
    others = [path for row in rows for path in of_parcel(*row)]
    chosen.shuffle(others)
    drawn = [path_of(tile) for tile in tiles]
    fives = zip(drawn[::3], drawn[1::3], drawn[2::3], others[::2], others[1::2], strict=False)
    return [path for five in fives for path in five]


def of_parcel(name: str, number: str | None, address: str | None, lon: float, lat: float) -> Iterator[str]:
    """Pages and answers about one parcel and where it lies."""
    box = f"{lon - 0.002:.5f},{lat - 0.002:.5f},{lon + 0.002:.5f},{lat + 0.002:.5f}"
    yield f"/admin/parcel/?bbox={box}"
    yield f"/admin/parcel/?search={quote(number or name)}"
    yield f"/admin/parcel/?search={quote((address or name)[:12])}"
    yield f"/admin/parcel/edit/?id={quote(name, safe='')}"
    yield f"/api/parcels?near={lon:.6f},{lat:.6f}&within_m=100"
    yield f"/api/coverage?bbox={lon - 0.0005:.6f},{lat - 0.0005:.6f},{lon + 0.0005:.6f},{lat + 0.0005:.6f}"


def path_of(tile: Tile) -> str:
    return f"/tiles/parcels/{tile.z}/{tile.x}/{tile.y}.mvt"


def measure(server: Server, paths: Sequence[str], rounds: int) -> None:
    """Rounds of requests, and the worker's memory after each."""
    settled = 0.0
    for number in range(1, rounds + 1):
        first = (number - 1) * REQUESTS
        several([paths[n % len(paths)] for n in range(first, first + REQUESTS)], server)
        now = resident_mb()
        settled = now if number <= WARM else settled
        goal = "<= 1.05" if number == rounds else ""
        line(f"round {number}: resident memory, MB | after round {WARM}", number * REQUESTS, now, settled, goal)


def several(paths: Sequence[str], server: Server) -> None:
    """Ask for all of them over CONNECTIONS connections; SystemExit where one is refused for more than being late."""
    failures: list[str] = []

    def ask(own: Sequence[str]) -> None:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
            for path in own:
                connection.request("GET", path, headers={**server.headers, "Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in (200, 503):  # a busy machine: it is memory that is measured here
                    failures.append(f"{path} answered {answer.status}: {body[:300]!r}")
                    return

    team = [threading.Thread(target=ask, args=(paths[n::CONNECTIONS],)) for n in range(CONNECTIONS)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    if failures:
        raise SystemExit(failures[0])


def resident_mb() -> float:
    """Resident memory of the worker: the only child of the only child that serves."""
    (master,) = children(os.getpid())
    (worker,) = children(master)
    pages = int(Path(f"/proc/{worker}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def children(process: int) -> list[int]:
    """Processes that a process has started and that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(FileNotFoundError):  # a client's thread that has just ended
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


if __name__ == "__main__":
    sys.exit(main())
