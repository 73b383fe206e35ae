"""A second person for land that is declared open: proposed, waiting, approved or returned, as acceptances are."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from spatial_admin.settings import Settings
from tests.accounts import People, sign_in
from tests.services.drafts.test_propose_acceptance import fix, statuses
from tests.web.api import X, Y, store
from tests.web.openapi.conftest import DescribedClient
from tests.web.openapi.test_four_eyes import Api, word

REASON = "Bed of the old river"
OPENED = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status) "
    "SELECT rule, rule || n, ARRAY(SELECT id FROM parcel WHERE parcel_id IN ('A', 'B') ORDER BY id), "
    "ST_MakeEnvelope(:x + n * 0.001, :y, :x + n * 0.001 + 0.00001, :y + 0.00001, 4326), n, 'warning', 'open' "
    "FROM unnest(ARRAY['gap', 'gap', 'gap', 'overlap']) WITH ORDINALITY AS one (rule, n) RETURNING id"
)
GAPS = text(
    "SELECT k.reason, d.email, a.email, f.id FROM known_gap AS k JOIN finding AS f ON ST_Covers(k.place, f.place) "
    "LEFT JOIN account AS d ON d.id = k.declared_by LEFT JOIN account AS a ON a.id = k.approved_by ORDER BY f.id"
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, four_eyes=frozenset({("reviewer", "known_gap")}))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Every answer is held to the description of the interface, too."""
    app.test_client_class = DescribedClient
    return app.test_client()


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    """Three open gaps and an overlap."""
    store(engine)
    with engine.begin() as connection:
        return sorted(connection.execute(OPENED, {"x": X, "y": Y}).scalars())


@pytest.fixture
def reviewer(client: FlaskClient, accounts: People) -> Api:
    return Api(client, accounts.reviewer)


@pytest.fixture
def second(client: FlaskClient, accounts: People) -> Api:
    """Another who may approve, and who declares alone."""
    return Api(client, accounts.administrator)


def known(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(GAPS)]


def propose(api: Api, ids: list[int], status: int = 201, **more: Any) -> Any:
    body = {"key": str(uuid.uuid4()), "ids": ids, "reason": REASON, "nature": "known_gap", **more}
    return api.post("/api/findings/propose", status, **body)


def test_who_needs_nobody_declares_the_land_of_gaps_at_once_and_of_nothing_else(
    second: Api, ids: list[int], engine: Engine, accounts: People
) -> None:
    first = second.post(f"/api/findings/{ids[0]}/declare", 200, reason=REASON)
    assert (first["status"], first["closed_by"]) == ("fixed", None)
    assert first["history"][-1]["words"] == f"land declared open by {accounts.administrator.email}"
    assert first["history"][-1]["reason"] == REASON
    told = second.post("/api/findings/declare", 200, ids=[ids[0], ids[1], ids[3], 999_999], reason=REASON)
    assert told["done"] == ids[:2], "said again, it is not declared twice"
    assert [one["id"] for one in told["left"]] == [ids[3], 999_999]
    assert "no gap" in told["left"][0]["why"]
    who = accounts.administrator.email
    assert known(engine) == [(REASON, who, None, ids[0]), (REASON, who, None, ids[1])]
    assert statuses(engine, ids) == ["fixed", "fixed", "open", "open"]
    changed = second.post(f"/api/findings/{ids[2]}/declare", 409, reason=REASON, seen="2020-01-01T00:00:00+00:00")
    assert word(changed) == "finding_changed"


def test_an_editor_declares_nothing(client: FlaskClient, accounts: People, ids: list[int], engine: Engine) -> None:
    editor = Api(client, accounts.editor)
    assert word(editor.post(f"/api/findings/{ids[0]}/declare", 403, reason=REASON)) == "not_allowed"
    assert word(propose(editor, ids[:1], 403)) == "not_allowed"
    assert known(engine) == []


def test_it_is_refused_alone_waits_and_is_declared_by_the_approval_of_another(
    reviewer: Api, second: Api, ids: list[int], engine: Engine, accounts: People
) -> None:
    for alone in (
        reviewer.post(f"/api/findings/{ids[0]}/declare", 403, reason=REASON),
        reviewer.post("/api/findings/declare", 403, ids=ids, reason=REASON),
    ):
        assert (word(alone), alone["nature"]) == ("approval_required", "known_gap")
        assert "Declarations of open land" in alone["detail"]
    key = str(uuid.uuid4())
    told = propose(reviewer, [*ids[:2], ids[3]], key=key)
    assert (told["done"], [one["id"] for one in told["left"]]) == (ids[:2], [ids[3]])
    assert propose(reviewer, [*ids[:2], ids[3]], key=key) == told, "the same key is the same draft"
    waiting = reviewer.get(f"/api/findings/{ids[0]}")["waiting"]
    assert (waiting["draft_id"], waiting["nature"]) == (told["draft_id"], "known_gap")
    draft = second.get(f"/api/drafts/{told['draft_id']}")
    assert (draft["nature"], draft["comment"], draft["accepts"]["ids"]) == ("known_gap", REASON, ids[:2])
    assert (draft["dry_run"]["problem"], draft["accepts"]["until"]) == (None, None)
    assert word(reviewer.post(f"/api/drafts/{told['draft_id']}/approve", 403, version=2)) == "not_allowed"
    assert (known(engine), statuses(engine, ids)) == ([], ["open"] * 4), "nothing changes by it"
    done = second.post(f"/api/drafts/{told['draft_id']}/approve", 201, version=2, comment="agreed")
    assert done == {"done": ids[:2]}
    assert second.post(f"/api/drafts/{told['draft_id']}/approve", 200, version=2, comment="agreed") == done
    who = (accounts.reviewer.email, accounts.administrator.email)
    assert known(engine) == [(REASON, *who, ids[0]), (REASON, *who, ids[1])]
    assert statuses(engine, ids) == ["fixed", "fixed", "open", "open"]
    last = reviewer.get(f"/api/findings/{ids[0]}")["history"][-1]
    assert (last["who"], last["approved_by"]) == who
    assert last["words"] == f"land declared open by {who[0]}, approved by {who[1]}"


def test_it_is_returned_by_a_reviewer_or_where_a_gap_was_fixed_meanwhile(
    reviewer: Api, second: Api, ids: list[int], engine: Engine
) -> None:
    told = propose(reviewer, ids[:2])
    second.post(f"/api/drafts/{told['draft_id']}/return", 204, version=2, comment="Which river?")
    returned = reviewer.get(f"/api/drafts/{told['draft_id']}")
    assert (returned["state"], returned["event"]["comment"]) == ("returned", "Which river?")
    reviewer.post(f"/api/drafts/{told['draft_id']}/submit", 200, version=3, comment="The one of 1821")
    fix(engine, ids[0])
    conflict = second.post(f"/api/drafts/{told['draft_id']}/approve", 409, version=4)
    assert (word(conflict), word(conflict["problem"])) == ("draft_returned", "findings_changed")
    assert (known(engine), statuses(engine, ids)) == ([], ["fixed", "open", "open", "open"]), "all of them or none"


@pytest.mark.parametrize("more", [{"until": "2040-01-01"}, {"record_id": 1}, {"nature": "correction"}])
def test_what_it_has_not_is_refused_by_name(reviewer: Api, ids: list[int], more: dict[str, Any]) -> None:
    assert propose(reviewer, ids[:1], 400, **more)["detail"].startswith(f"{next(iter(more))}: ")
    kept = {"nature": "known_gap", "accepts": {"ids": ids[:1], "until": more.get("until")}, "comment": REASON, **more}
    kept.pop("until", None)
    body = {"key": str(uuid.uuid4()), **kept}
    assert reviewer.post("/api/drafts", 400, **body)["detail"].partition(":")[0] in more


def test_of_a_fix_and_an_approval_at_one_moment_only_one_wins(
    app: Flask, reviewer: Api, second: Api, ids: list[int], engine: Engine
) -> None:
    told = propose(reviewer, ids[:1])
    with engine.connect() as held, held.begin():
        held.execute(
            text("UPDATE finding SET status = 'fixed', changed_at = clock_timestamp() WHERE id = :i"), {"i": ids[0]}
        )
        answers: list[Any] = []

        def approve() -> None:
            answers.append(second.post(f"/api/drafts/{told['draft_id']}/approve", 409, version=2))

        thread = threading.Thread(target=approve)
        thread.start()
        waits = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
            while not watch.execute(waits).scalar_one() and thread.is_alive():
                pass
    thread.join(30)
    assert [word(one) for one in answers] == ["draft_returned"]
    assert (known(engine), statuses(engine, ids)[:1]) == ([], ["fixed"])


def test_the_page_of_waiting_says_what_it_is_and_rules_who_declared_and_who_approved(
    client: FlaskClient, reviewer: Api, ids: list[int], accounts: People
) -> None:
    told = propose(reviewer, ids[:2])
    sign_in(client, accounts.administrator)
    assert f"Declare the land of 2 gaps open: {REASON}" in client.get("/admin/waiting/").text
    page = client.get(f"/admin/waiting/{told['draft_id']}/").text
    assert "Whose land it declares open" in page
    assert "Approving declares the land of all of them open" in page
    assert "proposed" not in client.get("/admin/rules/").text
    eyes = client.get("/admin/four-eyes/").text
    assert 'value="reviewer:known_gap" checked' in eyes
    assert "declares none" in eyes
