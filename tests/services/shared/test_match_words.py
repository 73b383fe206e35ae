"""Words with signs in them: looked up by their runs of letters and digits, and found as they stand all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from spatial_admin.factory import create_app
from spatial_admin.services.parcels.list_parcels import matching
from spatial_admin.services.parcels.search_parcels import BY_ID, search_parcels
from spatial_admin.services.shared.match_words import holding, sooner
from spatial_admin.services.shared.read_page import Place
from spatial_admin.transaction import snapshot
from tests.conftest import dispose, settings_over
from tests.database import TestCluster


@pytest.fixture(scope="module")
def session(county_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    app: Flask = create_app(settings_over(county_url, cluster, tmp_path_factory.mktemp("home")))
    with app.app_context(), snapshot() as session:
        yield session
    dispose(app)


@pytest.mark.parametrize(
    ("words", "runs"),
    [
        pytest.param("747423-3l", ["%747423%"], id="what is too short for a trigram is left to the check"),
        pytest.param("mill-lane", ["%mill%lane%"], id="both runs"),
        pytest.param("100%-lot_b", ["%100%lot%"], id="signs of LIKE are signs like others"),
        pytest.param("p-0000017 x", ["%0000017%", "%x%"], id="a word that is short enough stays whole"),
        pytest.param("straße-7", ["%straße%"], id="letters of any language"),
    ],
)
def test_a_word_with_signs_is_looked_up_by_its_runs(words: str, runs: list[str]) -> None:
    found = sooner(words.split())
    assert found is not None
    assert list(found.looked_up.values.values()) == runs
    assert list(found.checked.values.values()) == [
        f"%{word.replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%" for word in words.split()
    ]


@pytest.mark.parametrize("words", ["lane", "17/1", "mill lane", "%"])
def test_words_without_longer_runs_between_signs_are_looked_up_whole(words: str) -> None:
    assert sooner(words.split()) is None


@pytest.mark.parametrize("words", ["p-0000017", "p-00000", "-0012", "1/12 high-x", "mill_lane"])
def test_what_is_found_by_runs_is_what_holds_the_words(words: str, session: Session) -> None:
    found = sooner(words.split())
    assert found is not None
    ids = select(BY_ID.key).order_by(BY_ID.key).limit(200)
    by_runs = session.scalars(ids.where(*found.looked_up, *found.checked)).all()
    held = session.scalars(ids.where(holding(words))).all()
    assert by_runs == held


@pytest.mark.parametrize(
    ("words", "is_by_runs", "found"),
    [
        pytest.param("-0000017", True, 1, id="no id begins so, and one has the run"),
        pytest.param("lane-", False, 0, id="a third of all rows have the run"),
    ],
)
def test_a_search_goes_by_runs_where_few_rows_have_them(
    words: str, is_by_runs: bool, found: int, session: Session
) -> None:
    gathered: list[Any] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "AS gathered" in statement:
            gathered.append(parameters)

    bound = session.get_bind()
    event.listen(bound, "before_cursor_execute", note)
    try:
        page = search_parcels(session, words, matching(), Place(), 50)
    finally:
        event.remove(bound, "before_cursor_execute", note)
    assert len(page.keys) == found
    assert any("run0" in one for one in gathered) == is_by_runs
