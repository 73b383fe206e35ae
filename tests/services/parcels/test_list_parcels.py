"""Pages and search in a county of 200,000 parcels: every row once, the best match first, nothing read whole."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
import shapely
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from spatial_admin.errors import BadRequest
from spatial_admin.factory import create_app
from spatial_admin.models import Parcel
from spatial_admin.services.parcels.list_parcels import EXPRESSIONS, ParcelPage, list_parcels, matching, parcel_order
from spatial_admin.services.shared import kept_statements
from spatial_admin.services.shared.estimate_rows import estimated_rows
from spatial_admin.services.shared.page_cursor import close_cursor
from spatial_admin.services.shared.read_page import Place
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.county import SOUTH, STEP, WEST
from tests.database import TestCluster

# A triangle; as WKB, as the storage CRS has it.
POLYGON = shapely.Polygon([(WEST + x * STEP, SOUTH + y * STEP) for x, y in ((300, 390), (310, 390), (300, 399))]).wkb
BY_ID = parcel_order("parcel_id")
FIRST = Place()


@pytest.fixture(scope="module")
def session(county_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    app: Flask = create_app(settings_over(county_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context(), snapshot() as session:
        yield session
    dispose(app)


def page(session: Session, place: Place = FIRST, words: str | None = None, size: int = 50, **narrow: Any) -> ParcelPage:
    order = narrow.pop("order", BY_ID)
    return list_parcels(session, matching(**narrow), order, place, size=size, words=words)


def walked(session: Session, words: str | None = None, most: int = 8, **narrow: Any) -> list[ParcelPage]:
    """The first pages, each reached from the one before."""
    pages = [page(session, words=words, **narrow)]
    while pages[-1].page.next and len(pages) < most:
        pages.append(page(session, Place("after", pages[-1].page.next), words, **narrow))
    return pages


def ids_of(pages: Sequence[ParcelPage]) -> list[str]:
    return [row.parcel_id for one in pages for row in one.rows]


@contextmanager
def rows_read(session: Session) -> Iterator[dict[str, int]]:
    """How many rows of `parcel` the statements inside have fetched, as PostgreSQL counts them in this transaction."""
    question = text(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'parcel'"
    )
    before = int(session.execute(question).scalar_one())
    read: dict[str, int] = {}
    yield read
    read["rows"] = int(session.execute(question).scalar_one()) - before


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_hold_every_parcel_once_in_order_forwards_and_backwards(
    name: str, is_descending: bool, session: Session
) -> None:
    order = parcel_order(name, is_descending=is_descending)
    pages = walked(session, order=order)
    down = "DESC" if is_descending else "ASC"
    expression = {
        "parcel_id": 'lower(parcel_id) COLLATE "C"',
        "number": "coalesce(lower(number), '') COLLATE \"C\"",
    }.get(name, name)
    wanted = session.execute(
        text(
            f"SELECT parcel_id FROM parcel WHERE end_lifespan_version IS NULL ORDER BY {expression} {down}, id {down} LIMIT 400"
        )
    ).scalars()
    assert ids_of(pages) == list(wanted)
    back = [pages[-1]]
    while back[0].page.previous:
        back.insert(0, page(session, Place("before", back[0].page.previous), order=order))
    assert ids_of(back) == ids_of(pages)
    last = page(session, Place("last"), order=order)
    assert last.page.next is None
    assert last.page.previous is not None
    assert ids_of([last])[::-1] == ids_of([page(session, order=parcel_order(name, is_descending=not is_descending))])


@pytest.mark.parametrize(
    "narrow",
    [
        pytest.param({}, id="all"),
        pytest.param({"kind": "road"}, id="every twentieth"),
        pytest.param({"kind": "water"}, id="one in five thousand"),
        pytest.param({"state": "retired"}, id="retired"),
        pytest.param({"box": (WEST + 300 * STEP, SOUTH + 390 * STEP, WEST + 310 * STEP, SOUTH + 399 * STEP)}, id="a box far along the order"),
        pytest.param({"box": (WEST, SOUTH, WEST + 1, SOUTH + 1)}, id="a box around all"),
        pytest.param({"polygon": POLYGON}, id="a polygon far along the order"),
        pytest.param({"polygon": shapely.box(WEST, SOUTH, WEST + 1, SOUTH + 1).wkb}, id="a polygon around all"),
        pytest.param({"words": "street"}, id="a word that half of them hold"),
        pytest.param({"words": "zinnia"}, id="a rare word"),
        pytest.param({"words": "p"}, id="a letter that all ids begin with"),
        pytest.param({"words": "nothing-like-it"}, id="a word that none holds"),
        pytest.param({"words": "high street"}, id="two common words"),
    ],
)  # fmt: skip
def test_no_page_reads_more_than_a_bounded_part(narrow: dict[str, Any], session: Session) -> None:
    for place in (Place(), *(() if "words" in narrow else (Place("last"),))):
        with rows_read(session) as read:
            page(session, place, **narrow)
        assert read["rows"] <= 21_000, (place.way, read)


def test_totals_are_exact_where_few_and_estimated_where_many(session: Session) -> None:
    water = page(session, kind="water").page
    assert (water.total, water.is_exact) == (40, True)
    everything = page(session).page
    assert not everything.is_exact
    assert everything.total == pytest.approx(199_600, rel=0.03)
    assert page(session, state="any").page.total is None, "of a whole table the statistics tell"
    common = page(session, words="street").page
    assert not common.is_exact
    assert common.total is not None
    assert common.total > 20_000


def test_the_best_match_comes_first(session: Session) -> None:
    # 17/1 is a number; 17/10 and following begin with it; 117/1, 217/1 … hold it.
    pages = walked(session, "17/1", most=99, state="any")
    numbers = [str(row.number) for one in pages for row in one.rows]
    assert numbers[0] == "17/1"
    begins = [number.startswith("17/1") for number in numbers]
    assert begins == sorted(begins, reverse=True)
    assert sum(begins) == 11
    assert all("17/1" in number for number in numbers)
    assert len(numbers) == len(set(numbers)) > 100
    wanted = session.execute(
        text("SELECT count(*) FROM parcel WHERE search_text(parcel_id, number, address) LIKE '%17/1%'")
    )
    assert len(numbers) == wanted.scalar_one()


def test_a_house_is_found_before_parcels_that_hold_its_number_elsewhere(session: Session) -> None:
    pages = walked(session, "12 Zinnia Row", size=3)
    addresses = [str(row.address) for one in pages for row in one.rows]
    wanted = "SELECT count(*) FROM parcel WHERE lower(address) = '12 zinnia row' AND end_lifespan_version IS NULL"
    houses = session.execute(text(wanted)).scalar_one()
    assert 0 < houses < len(addresses)
    assert addresses[:houses] == ["12 Zinnia Row"] * houses
    assert all("zinnia row" in address.lower() for address in addresses)
    assert "12 Zinnia Row" not in addresses[houses:]
    assert len(ids_of(pages)) == len(set(ids_of(pages)))


@pytest.mark.parametrize("words", ["street", "zinnia row", "p-00", "1", "P-0001234", "17/1", "2 zinnia row"])
def test_results_are_the_same_backwards(words: str, session: Session) -> None:
    pages = walked(session, words, most=4)
    assert len(ids_of(pages)) == len(set(ids_of(pages)))
    for before, after in pairwise(pages):
        assert after.page.previous is not None
        again = page(session, Place("before", after.page.previous), words)
        assert ids_of([again]) == ids_of([before])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param("p-0000001", ["P-0000001"], id="an id, whatever the case"),
        pytest.param("5000/39 zzz", [], id="every word must be held"),
        pytest.param("%", [], id="a wildcard of SQL is a character"),
        pytest.param("_-0000001", [], id="so is the other one"),
        pytest.param("\\", [], id="and what escapes them"),
        pytest.param("   ", [], id="no word at all"),
        pytest.param("x" * 200, [], id="a very long one"),
        pytest.param("ff", [], id="two letters inside a word are not looked for"),
        pytest.param("zinnia 2", None, id="beside a longer word a short one must be held"),
    ],
)
def test_search_takes_words_as_they_stand(words: str, found: list[str] | None, session: Session) -> None:
    rows = page(session, words=words if words.strip() else "\t").rows
    if found is not None:
        assert [row.parcel_id for row in rows] == found
    else:
        assert rows
        assert all("zinnia" in (row.address or "").lower() for row in rows)


@pytest.mark.parametrize(
    ("cursor", "words"),
    [
        (close_cursor("number", ("1", 1)), None),  # of another order
        (close_cursor("-parcel_id", ("p", 1)), None),  # of the other direction
        (close_cursor("parcel_id", ("p\0", 1)), None),
        (close_cursor("parcel_id", ("p", 2**64)), None),
        (close_cursor("parcel_id", (1, 1)), None),
        (close_cursor("words", (9, "x", 1)), "street"),  # no such tier
        (close_cursor("words", (-1, "x", 1)), "street"),
        (close_cursor("parcel_id", ("p", 1)), "street"),
        ("=", None),
        ("é", None),
    ],
)
def test_a_cursor_that_is_none_is_refused_by_name(cursor: str, words: str | None, session: Session) -> None:
    with pytest.raises(BadRequest) as refused:
        page(session, Place("after", cursor), words)
    assert refused.value.where == "after"


def test_an_estimate_that_is_far_too_low_still_gives_the_page(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ids_of(walked(session, "street", most=2))
    monkeypatch.setattr("spatial_admin.services.parcels.search_parcels.estimated_rows", lambda *_: 1)
    monkeypatch.setattr("spatial_admin.services.shared.read_page.estimated_rows", lambda *_: 1)
    assert ids_of(walked(session, "street", most=2)) == expected
    assert ids_of([page(session)]) == ids_of([page(session, state="current")])
    assert page(session).page.total == 1


def test_a_statement_is_put_together_once_for_all_its_values(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_statements, "_kept", OrderedDict())
    rows = [estimated_rows(session, Parcel.__table__, matching(kind=kind)) for kind in ("lot", "road")]
    assert len(kept_statements._kept) == 1
    estimated_rows(session, Parcel.__table__, matching(level="units"))
    assert len(kept_statements._kept) == 2
    assert rows[0] > 10 * rows[1] > 0
    found = {words: ids_of([page(session, words=words)]) for words in ("street", "xqzzyx")}
    many = len(kept_statements._kept)
    assert found["street"]
    assert found["xqzzyx"] == []
    assert ids_of([page(session, words="yyxqzz")]) == []
    assert ids_of([page(session, words="street")]) == found["street"]
    assert len(kept_statements._kept) == many, "words are values"


def test_kept_statements_are_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_statements, "_kept", OrderedDict())
    monkeypatch.setattr(kept_statements, "MOST", 2)
    for state in ("current", "retired", "any"):
        estimated_rows(session, Parcel.__table__, matching(state))
    forms: Any = kept_statements._kept
    assert [form[1][0] for form in forms] == ["retired", "any"]


def test_statements_of_a_search_do_not_grow_with_rows(session: Session) -> None:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        counts = []
        for size in (10, 100):
            seen.clear()
            assert len(page(session, words="street", size=size).rows) == size
            counts.append(len(seen))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert counts[0] == counts[1] <= 8
    assert not [statement for statement in seen if "ST_AsEWKB" in statement]
