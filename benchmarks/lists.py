"""Lists, search, nearest and the parcel form over a million parcels, beside plain SQL and Flask-Admin's own views.

    script/bench lists [DATABASE | PARCELS]

In process, without a web server between: what is compared is the work of a page. DATABASE is one of the cluster (it gets
test accounts and keeps them); else one with PARCELS (a million by default) is made, and dropped.

The limit is the least SQL that reads what a page shows, over a pooled connection, each time in a transaction of its own:
- of the admin's list a page by key of 50 parcels, with the columns of the list, the small drawing and the envelope for the
  map above it, and the planner's estimate of all of them;
- of the API a page by key of 20 parcels as features: every attribute, GeoJSON, perimeter and zoning; no estimate.
A third line holds each of the admin's pages against the columns and the estimate alone, without drawing and envelope.
Pages and limits take turns, so that both are measured in the same minute.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Engine, Executable, create_engine, select, text

from benchmarks._report import head, line, median_ms, p99_ms
from benchmarks._stock_admin import stock_admin
from spatial_admin.factory import create_app
from spatial_admin.models import Account, db
from tests.accounts import Person, make_people, sign_in
from tests.conftest import dispose, settings_over
from tests.county import fill_county
from tests.database import TestCluster

REPEAT, FEW = 200, 5
BLOCK, WARM = 20, 3
COLUMNS = "SELECT id, parcel_id, number, level, kind, address, area_m2, version, begin_lifespan_version"
BY_KEY = "FROM parcel AS p WHERE end_lifespan_version IS NULL AND parcel_id > :after ORDER BY parcel_id LIMIT"
PLAIN_PAGE = text(f"{COLUMNS} {BY_KEY} 50")
# The drawing as simple as it can be: as accurate as the list's, where it lies, whatever its size.
PAGE = text(
    f"{COLUMNS}, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom), "
    "ST_AsSVG(ST_Simplify(geom, greatest(ST_XMax(geom) - ST_XMin(geom), ST_YMax(geom) - ST_YMin(geom)) / 40, true), 1, 6) "
    f"{BY_KEY} 50"
)
FEATURES = text(
    f"{COLUMNS}, end_lifespan_version, part_of, legal_area_m2, legal_area_text, land_use, attributes, edit_id, "
    "ST_AsGeoJSON(geom, 9)::json, ground_perimeter_m(geom), (SELECT json_agg(json_build_object('code', z.code, 'name', z.name, "
    "'share', s.share)) FROM parcel_zoning AS s JOIN zoning_district AS z ON z.id = s.district WHERE s.parcel = p.id) "
    f"{BY_KEY} 20"
)
ESTIMATE = text("EXPLAIN (FORMAT JSON) SELECT 1 FROM parcel WHERE end_lifespan_version IS NULL")
MIDDLE = text(
    "SELECT parcel_id, number, address, ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM parcel "
    "WHERE id >= (SELECT (min(id) + max(id)) / 2 FROM parcel) AND number IS NOT NULL ORDER BY id LIMIT 1"
)
# The commonest word of addresses, and one that few parcels have.
COMMON = text(
    "SELECT word FROM parcel TABLESAMPLE SYSTEM (1), regexp_split_to_table(lower(address), ' ') AS word "
    "WHERE length(word) > 2 GROUP BY word ORDER BY count(*) DESC LIMIT 1"
)


@contextmanager
def county(cluster: TestCluster) -> Iterator[str]:
    """The name of a database with parcels."""
    argument = (sys.argv[1:] or ["1000000"])[0]
    given = "" if argument.isdecimal() else argument
    name = given or cluster.clone()
    try:
        if not given:
            fill_county(cluster, name, int(argument))
        yield name
    finally:
        if not given:
            cluster.drop(name)


def times_of(work: Callable[[], object], repeat: int = REPEAT, warm: int = 10) -> list[float]:
    """Seconds of each run; `warm` ones before are left out."""
    for _ in range(min(warm, repeat // 2)):
        work()
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def times_beside(limit: Callable[[], object], work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Seconds of runs of both, in turns of BLOCK: where the machine has other things to do, both are slower for it."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEAT // BLOCK):
        for times, one in zip(found, (limit, work), strict=True):
            times.extend(times_of(one, BLOCK, WARM))
    return found


def plain_page(engine: Engine, after: str, *statements: Executable) -> Callable[[], object]:
    """The statements on a connection of their own, as a page of the site takes one."""

    def page() -> object:
        with engine.connect() as connection:
            return [
                connection.execute(one, {"after": after} if one is not ESTIMATE else {}).all() for one in statements
            ]

    return page


def page_of(client: FlaskClient, path: str) -> Callable[[], object]:
    """A request that must be answered with 200."""

    def ask() -> object:
        answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer

    return ask


def main() -> int:
    """Print a line for each measurement: what, n, median, limit, ratio, goal."""
    url = os.environ.get("TEST_DATABASE_ADMIN_URL")
    if not url:
        sys.stderr.write("TEST_DATABASE_ADMIN_URL is not set; script/bench sets it.\n")
        return 3
    cluster = TestCluster(url)
    with county(cluster) as name:
        measure(cluster, name)
    cluster.close()
    return 0


def viewer_of_database() -> Person:
    """Somebody who may read; made with the other test accounts where an earlier run left none."""
    email = "viewer@example.org"
    known = db.session.scalar(select(Account.id).where(Account.email == email))
    return make_people().viewer if known is None else Person("viewer", email, "", "", known, lambda: ("", ""))


def measure(cluster: TestCluster, name: str) -> None:
    """All of it on one database."""
    engine = create_engine(cluster.app_url(name))
    app = create_app(settings_over(cluster.app_url(name), cluster, Path(os.environ.get("SPATIAL_ADMIN_HOME", "/tmp"))))  # noqa: S108
    with app.app_context():
        viewer = viewer_of_database()
    client = app.test_client()
    sign_in(client, viewer)
    stock = stock_admin(cluster.app_url(name))
    with engine.connect() as connection:
        parcel, number, _, lon, lat = connection.execute(MIDDLE).one()
        common = connection.execute(COMMON).scalar() or "lot"
    whole, bare = (plain_page(engine, parcel, ESTIMATE, one) for one in (PAGE, PLAIN_PAGE))
    features = plain_page(engine, parcel, FEATURES)
    head()
    limit = median_ms(times_of(whole))
    line("a page of the list by key and an estimate, in SQL: p50 (ms)", REPEAT, limit, limit, "limit")
    without, drawn = (median_ms(times) for times in times_beside(bare, whole))
    line("the same without drawings and envelopes: p50 (ms)", REPEAT, without, drawn, "limit")
    of_features = median_ms(times_of(features))
    line("a page of features by key, in SQL: p50 (ms)", REPEAT, of_features, of_features, "limit")
    pages = {
        "list": ("/admin/parcel/", "/admin/plain/"),
        "last page": ("/admin/parcel/?end=1", "/admin/plain/?page=19999"),
        "sorted by area": ("/admin/parcel/?sort=6&desc=1", "/admin/plain/?sort=5&desc=1"),
        f"search of a number ({number})": (
            f"/admin/parcel/?search={quote(number)}",
            f"/admin/plain/?search={quote(number)}",
        ),
        f"search of a common word ({common})": (f"/admin/parcel/?search={common}", f"/admin/plain/?search={common}"),
        "search of a word that none has": ("/admin/parcel/?search=xqzzyx", "/admin/plain/?search=xqzzyx"),
        "in a box": (f"/admin/parcel/?bbox={lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}", ""),
        "near (API)": (f"/api/parcels?near={lon},{lat}&within_m=500", ""),
        "words (API)": (f"/api/parcels?q={quote(number)}", ""),
    }
    for what, (ours, theirs) in pages.items():
        its_limit = features if ours.startswith("/api/") else whole
        limits, times = times_beside(its_limit, page_of(client, ours))
        limit = median_ms(limits)
        line(f"{what}: p50 (ms)", REPEAT, median_ms(times), limit, "<= 8")
        line(f"{what}: p99 (ms)", REPEAT, p99_ms(times), limit, "<= 22")
        if its_limit is whole:
            line(f"{what}: p50 (ms), beside columns alone", REPEAT, median_ms(times), limit * without / drawn)
        if theirs:
            peer = median_ms(times_of(page_of(stock, theirs), FEW))
            line(f"{what}, Flask-Admin's own: p50 (ms)", FEW, peer, limit, "peer")
    _forms(client, stock, engine, parcel)
    try:
        geo = median_ms(times_of(page_of(stock, "/admin/geo/"), FEW))
        line("list, Flask-Admin's view of geometries: p50 (ms)", FEW, geo, limit, "peer")
    except Exception as error:  # noqa: BLE001 (what it fails with is the result)
        print(f"list, Flask-Admin's view of geometries: {type(error).__name__}: {str(error)[:120]}")
    engine.dispose()
    dispose(app)


def _forms(client: FlaskClient, stock: FlaskClient, engine: Engine, parcel: str) -> None:
    """The form of a parcel, and what its map asks for; Flask-Admin's form has no neighbours."""
    with engine.connect() as connection:
        number = connection.execute(
            text("SELECT id FROM parcel WHERE parcel_id = :name"), {"name": parcel}
        ).scalar_one()
    theirs = page_of(stock, f"/admin/plain/edit/?id={number}")
    limits, times = times_beside(theirs, page_of(client, f"/admin/parcel/edit/?id={quote(parcel, safe='')}"))
    limit = median_ms(limits)
    line("parcel form, Flask-Admin's own: p50 (ms)", REPEAT, limit, limit, "limit")
    line("parcel form: p50 (ms)", REPEAT, median_ms(times), limit, "<= 1.5")


if __name__ == "__main__":
    sys.exit(main())
