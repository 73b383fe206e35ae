"""The peer that draws vector tiles of a PostGIS table over HTTP: tipg, asked for the same content with our settings.

One of our tiles holds parcels and zoning (and findings); tipg answers one collection at a time, so whoever draws the same
map from it asks twice. Its margin is set to ours, its connections to as many, its limit of features above any tile.
What is left different favours it: it leaves out parcels that lie in the margin alone (up to 17 % of a tile), counts no
findings by parcel, and bounds no tile's size.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text

from benchmarks._editors import Server
from benchmarks._web_server import free_port, wait_for
from spatial_admin.cadastre.tile_grid import BUFFER, Tile
from tests.database import TestCluster

VIEWS = {
    "bench_parcel": "SELECT id, parcel_id, number, level, kind, version, geom FROM parcel WHERE end_lifespan_version IS NULL",
    "bench_zoning": "SELECT code, name, geom FROM zoning_district",
}


def paths_of(tile: Tile) -> list[str]:
    """What to ask for: parcels, and zoning."""
    place = f"tiles/WebMercatorQuad/{tile.z}/{tile.x}/{tile.y}"
    return [f"/collections/public.{view}/{place}" for view in VIEWS]


@contextmanager
def tipg(cluster: TestCluster, name: str, *, workers: int, connections: int) -> Iterator[Server | None]:
    """Tipg over the same database; None, and the reason, where it does not install or start."""
    with tempfile.TemporaryDirectory() as place, views(cluster, name):
        folder = Path(place)
        venv.create(folder, with_pip=True)
        python = str(folder / "bin" / "python")
        installed = subprocess.run(  # noqa: S603 (a fixed command)
            [python, "-m", "pip", "install", "-q", "tipg", "uvicorn"], check=False, capture_output=True, text=True
        )
        if installed.returncode:
            print(f"tipg: skipped, it does not install here: {installed.stderr.strip().splitlines()[-1][:200]}")
            yield None
            return
        port = free_port()
        command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--workers", str(workers),
                   "--log-level", "error"]  # fmt: skip
        process = subprocess.Popen(  # noqa: S603 (a fixed command)
            command, env=settings(cluster, name, connections), cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(process, port, "/healthz")
            yield Server(port, {})
        except SystemExit:
            print("tipg: skipped, it does not start over this database")
            yield None
        finally:
            process.terminate()
            process.wait(30)


def settings(cluster: TestCluster, name: str, connections: int) -> dict[str, str]:
    """Its environment."""
    url = make_url(cluster.app_url(name))
    host = quote(str(url.host or url.query.get("host")), safe="")
    found = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{url.username}:{url.password}@{host}:{url.port or url.query.get('port', 5432)}/{name}",
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_TILE_BUFFER": str(BUFFER),
        "TIPG_MAX_FEATURES_PER_TILE": "100000",
        "DB_MIN_CONN_SIZE": str(connections),
        "DB_MAX_CONN_SIZE": str(connections),
    }
    found.pop("PYTHONPATH", None)
    return found


@contextmanager
def views(cluster: TestCluster, name: str) -> Iterator[None]:
    """Views with the columns of our tiles; the condition of the current parcels lets a peer use the index that we use."""
    owner = create_engine(cluster.owner_url(name), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        for view, query in VIEWS.items():
            connection.execute(text(f"CREATE OR REPLACE VIEW {view} AS {query}"))
            connection.execute(text(f"GRANT SELECT ON {view} TO PUBLIC"))
        yield
        for view in VIEWS:
            connection.execute(text(f"DROP VIEW {view}"))
    owner.dispose()
