"""Every statement of the services on a table that grows has a name, and finds its rows by index in a county."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from spatial_admin import services
from spatial_admin.factory import create_app
from spatial_admin.services.database.explain_queries import Step, explain, sizes_of, steps_of, what_is_wrong
from spatial_admin.services.database.named_queries import GROWING, NamedQuery, all_queries, constant, queries_of
from spatial_admin.services.database.named_queries.sample import draw_sample
from spatial_admin.services.parcels.describe_coverage import WGS84
from spatial_admin.services.tiles import render_tile
from spatial_admin.settings import storage_srid
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

SERVICES = Path(str(services.__file__)).parent
MODULES = [
    *sorted(SERVICES.glob("*/*.py")),
    SERVICES.parent / "transaction.py",
    SERVICES.parent / "edit_transaction.py",
]
VERB = re.compile(r"\s*[(]*\s*(SELECT|INSERT|UPDATE|DELETE|WITH|COPY|MERGE)\b")
ON_GROWING = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|ONLY|COPY)\s+(?:{'|'.join(GROWING)}|\{{\w+\}})(?![\w.])")
MODELS = {"Parcel", "ParcelVersion", "Edit", "Finding", "FindingEvent", "Lineage", "ParcelZoning", "StagedParcel", "Record",
          "JobRun", "ConflictCell", "Draft"}  # fmt: skip
# Pieces that look like statements: those that hold them are registered.
PIECES = {
    "recall_parcels.IN_FORCE_ON",
    "copy_rows.copy_rows",
    "list_parcels.ZONING",
    "render_tile.MARKED",
    "render_tile.SHOWN",
    "draw_thumbnails.DRAWINGS",
    "list_findings.DISTRICT_OF",
    "list_findings.CODE_OF_DISTRICT",
    "list_findings.LEVEL_OF_UNZONED",
}
BUILDERS = {"select", "insert", "update", "delete"}


def texts_of(node: ast.AST) -> list[str]:
    """The string literals below a node; of an f-string all its parts as one, with {name} where something is put in."""
    joined = [part for part in ast.walk(node) if isinstance(part, ast.JoinedStr)]
    inside = {id(value) for part in joined for value in ast.walk(part)}
    plain = [
        n.value
        for n in ast.walk(node)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in inside
    ]
    return plain + [
        "".join(str(v.value) if isinstance(v, ast.Constant) else "{x}" for v in part.values) for part in joined
    ]


def statements_in(source: str) -> Iterator[str]:
    """Names of the constants and functions of a module that state something about a growing table."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if any(VERB.match(one) and ON_GROWING.search(one) for one in texts_of(node)):
                yield ast.unparse(target)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            texts = [one for one in texts_of(node) if VERB.match(one) and ON_GROWING.search(one)]
            calls = [
                call for call in ast.walk(node)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in BUILDERS
                and any(isinstance(name, ast.Name) and name.id in MODELS for argument in call.args for name in ast.walk(argument))
            ]  # fmt: skip
            if texts or calls:
                yield node.name


def test_every_statement_on_a_growing_table_is_registered() -> None:
    registered = {query.place for query in all_queries()}
    found = {f"{path.stem}.{name}" for path in MODULES for name in statements_in(path.read_text(encoding="utf-8"))}
    assert len(found) > 90
    advice = "add each to a module of services/database/named_queries (see its docstring)"
    assert sorted(found - registered - PIECES) == [], advice


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param('A: Final = "SELECT id FROM parcel"', ["A"], id="a constant"),
        pytest.param('A: Final = f"""\nSELECT {B}\nFROM parcel_version AS v"""', ["A"], id="with pieces put in"),
        pytest.param('A = {"x": "SELECT 1 FROM edit"}', ["A"], id="in a dictionary"),
        pytest.param(
            'def f(s):\n    return s.execute(text("UPDATE finding SET x = 1"))', ["f"], id="inside a function"
        ),
        pytest.param("def f(s):\n    return s.scalars(select(Parcel.id).where(x))", ["f"], id="an expression"),
        pytest.param('A = "SELECT 1 FROM level"', [], id="a table that does not grow"),
        pytest.param('A = "JOIN parcel AS p"', [], id="a piece of a statement"),
    ],
)
def test_a_statement_is_noticed_whatever_its_form(source: str, found: list[str]) -> None:
    assert list(statements_in(source)) == found


def test_every_entry_names_something_that_is_there() -> None:
    names = [query.name for query in all_queries()]
    assert len(names) == len(set(names))
    assert [query.name for query in all_queries() if constant(query.place) is None] == []
    assert all(query.sentence.endswith((".", "?")) for query in all_queries())


def test_the_lists_of_the_site_are_explained_in_every_order_and_by_every_facet(county: Flask) -> None:
    with county.app_context():
        names = [query.name for query in queries_of(county)]
    assert len(names) == len(set(names))
    assert {name.split("(")[1].split()[0].rstrip(",") for name in names if name.startswith("read_page.first_page")} == {
        "version", "edit", "record", "finding", "staged_parcel", "job",
    }  # fmt: skip
    forms = ["edit by id, down, its end", "finding, severity error, of any", "record, a word", "job, state failed"]
    assert [form for form in forms if f"read_page.first_page ({form})" not in names] == []


@pytest.fixture(scope="module")
def county(county_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(settings_over(county_url, cluster, tmp_path_factory.mktemp("home")))
    yield app
    dispose(app)


def test_no_plan_reads_a_growing_table_whole(county: Flask) -> None:
    wrong = {}
    with county.app_context(), snapshot() as session:
        sample, sizes = draw_sample(session), sizes_of(session)
        assert sizes["parcel"] > 190_000
        for query in queries_of(county):
            # Run, too: rows that an index gives and a filter throws away are seen only then.
            explanation = explain(session, query, sample, sizes, is_analyzed=True)
            if explanation.wrong:
                wrong[query.name] = (explanation.wrong, explanation.steps)
    assert wrong == {}


def test_the_plan_that_draws_any_tile_reads_by_index(county: Flask) -> None:
    """The one that stays with the function parcel_tile, made before anybody knows the box."""
    side = render_tile.SIDE if storage_srid() == WGS84 else render_tile.SIDE_IN_MERCATOR
    statement = render_tile.parcels_statement(storage_srid()).replace(render_tile.SEARCHED, "$1").replace(side, "$2")
    with county.app_context(), snapshot() as session:
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        connection.exec_driver_sql(f"PREPARE tile (geometry, box2d) AS {statement}")
        plan = connection.exec_driver_sql("EXPLAIN (FORMAT JSON) EXECUTE tile (NULL, NULL)").scalar_one()[0]["Plan"]
        connection.exec_driver_sql("DEALLOCATE tile")
        wrong = [what for step in steps_of(plan) if (what := what_is_wrong(step, sizes_of(session)))]
    assert wrong == []
    assert str(plan).count("'Index Name': 'ix__parcel__geom'") == 2


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        pytest.param("SELECT id FROM parcel WHERE address = 'x'", "Seq Scan of parcel", id="no index"),
        pytest.param("SELECT parcel_id FROM parcel WHERE lower(address) = 'x' ORDER BY parcel_id LIMIT 5", "parcel",
                     id="along an order that hardly anything matches"),
        pytest.param("SELECT id FROM parcel ORDER BY id OFFSET 150000 LIMIT 5", "", id="an offset that is cut short"),
        pytest.param("SELECT count(*) FROM finding WHERE status = 'open'", "finding", id="a count"),
        pytest.param("SELECT id FROM parcel WHERE id = 5", "", id="by key"),
        pytest.param("SELECT id FROM parcel ORDER BY id LIMIT 5", "", id="cut short"),
        pytest.param("SELECT id FROM parcel LIMIT 5", "", id="the first rows, whichever they are"),
        pytest.param("SELECT id FROM parcel WHERE address = 'x' LIMIT 5", "Seq Scan of parcel", id="the first that match"),
        pytest.param("SELECT id FROM parcel_version WHERE kind = 'x'", "Seq Scan of parcel_version_", id="a partition"),
        pytest.param("SELECT id FROM parcel_version WHERE parcel = 5", "", id="partitions by key, and empty ones"),
        pytest.param("SELECT count(*) FROM tile_body", "tile_body", id="stored tiles"),
        pytest.param("SELECT ST_Distance(geom, geom) FROM parcel WHERE ST_DWithin(geom::geography(geometry, 4326), "
                     "ST_Point(2.1, 48.1)::geography, 50)", "parcel", id="a cast that matches no index"),
    ],
)  # fmt: skip
def test_a_plan_that_reads_all_is_seen(statement: str, why: str, county: Flask) -> None:
    with county.app_context(), snapshot() as session:
        query = NamedQuery("x.X", "As given.", lambda _session, _sample: statement)
        found = explain(session, query, draw_sample(session), sizes_of(session), is_analyzed=True).wrong
    assert bool(found) == bool(why), found
    assert why in " ".join(found)


def test_a_whole_partial_index_is_no_index_plan() -> None:
    plan = {"Node Type": "Aggregate", "Plans": [{"Node Type": "Index Scan", "Relation Name": "parcel", "Plan Rows": 1,
            "Index Name": "ix__parcel__geom", "Filter": "(parcel_id = 'x')"}]}  # fmt: skip
    (step,) = steps_of(plan)
    assert isinstance(step, Step)
    assert "all of ix__parcel__geom" in what_is_wrong(step, {"parcel": 200_000, "ix__parcel__geom": 199_000})
    assert what_is_wrong(step, {"parcel": 200_000, "ix__parcel__geom": 300}) == "", "of few rows it may be read whole"


def test_the_command_says_what_is_wrong_and_ends_with_status_1(
    county: Flask, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = app.test_cli_runner().invoke(args=["database", "plans"])  # an empty database of the user's own
    assert good.exit_code == 0, good.output
    assert "nearest_parcels.WITHIN" in good.output
    scan = NamedQuery("x.SCAN", "All of it.", lambda _session, _sample: "SELECT id FROM parcel WHERE address = 'x'")
    monkeypatch.setattr("spatial_admin.services.database.explain_queries.queries_of", lambda _app: [scan])
    bad = county.test_cli_runner().invoke(args=["database", "plans"])
    assert bad.exit_code == 1
    assert "WRONG  x.SCAN: All of it." in bad.output
    assert "1 of 1 plans are wrong" in bad.output


def test_explaining_writes_nothing(county: Flask) -> None:
    question = text(
        "SELECT (SELECT max(id) FROM edit), (SELECT count(*) FROM finding), (SELECT count(*) FROM parcel_zoning)"
    )
    with county.app_context(), snapshot() as session:
        before = session.execute(question).one()
    assert county.test_cli_runner().invoke(args=["database", "plans", "--analyze", "--wrong"]).exit_code == 0
    with county.app_context(), snapshot() as session:
        assert session.execute(question).one() == before
