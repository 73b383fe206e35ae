"""A second person for acceptances: nobody who needs one accepts alone, and what is approved is what was proposed."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from spatial_admin.settings import Settings
from tests.accounts import People, Person, sign_in
from tests.web.api import X, Y, edit, store
from tests.web.openapi.conftest import DescribedClient
from tests.web.openapi.test_four_eyes import Api, word

NEEDED = frozenset({("reviewer", "acceptance"), ("administrator", "acceptance")})
OPENED = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status) "
    "SELECT 'overlap', 'f:' || n, ARRAY(SELECT id FROM parcel WHERE parcel_id IN ('A', 'B') ORDER BY id), "
    "ST_MakeEnvelope(:x + n * 0.001, :y, :x + n * 0.001 + 0.00001, :y + 0.00001, 4326), n, 'error', 'open' "
    "FROM generate_series(1, 4) AS n RETURNING id"
)
REASON = "Both deeds say so"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, four_eyes=NEEDED)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Every answer is held to the description of the interface, too."""
    app.test_client_class = DescribedClient
    return app.test_client()


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    """Four open findings."""
    store(engine)
    with engine.begin() as connection:
        return sorted(connection.execute(OPENED, {"x": X, "y": Y}).scalars())


@pytest.fixture
def reviewer(client: FlaskClient, accounts: People) -> Api:
    return Api(client, accounts.reviewer)


@pytest.fixture
def second(client: FlaskClient, accounts: People) -> Api:
    """Another who may approve."""
    return Api(client, accounts.administrator)


def statuses(engine: Engine, ids: list[int]) -> list[str]:
    with engine.connect() as connection:
        sql = text("SELECT status FROM finding WHERE id = ANY (:ids) ORDER BY id")
        return list(connection.execute(sql, {"ids": ids}).scalars())


def propose(api: Api, ids: list[int], status: int = 201, **more: Any) -> Any:
    body = {"key": str(uuid.uuid4()), "ids": ids, "reason": REASON, **more}
    return api.post("/api/findings/propose", status, **body)


def fix(engine: Engine, finding: int) -> None:
    """As a rule that does not find it any more."""
    sql = text("UPDATE finding SET status = 'fixed', changed_at = clock_timestamp() WHERE id = :id")
    with engine.begin() as connection:
        connection.execute(sql, {"id": finding})


def test_one_and_many_are_refused_alone_proposed_and_accepted_by_the_approval_of_another(
    reviewer: Api, second: Api, ids: list[int], engine: Engine, accounts: People
) -> None:
    for alone in (
        reviewer.post(f"/api/findings/{ids[0]}/accept", 403, reason=REASON),
        reviewer.post("/api/findings/accept", 403, ids=ids, reason=REASON),
        second.post("/api/findings/accept", 403, ids=ids, reason=REASON),
    ):
        assert (word(alone), alone["nature"]) == ("approval_required", "acceptance")
        assert "Acceptances" in alone["detail"]
        assert "/submit" in alone["detail"]
    key = str(uuid.uuid4())
    until = "2040-03-01"
    told = propose(reviewer, ids[:3], key=key, until=until)
    assert (told["done"], told["left"]) == (ids[:3], [])
    assert propose(reviewer, ids[:3], key=key, until=until) == told, "the same key is the same draft"
    draft = reviewer.get(f"/api/drafts/{told['draft_id']}")
    assert (draft["state"], draft["nature"], draft["comment"]) == ("submitted", "acceptance", REASON)
    assert (draft["accepts"]["ids"], set(draft["accepts"]["seen"])) == (ids[:3], {str(one) for one in ids[:3]})
    assert (draft["parcels"], draft["operation_count"], draft["dry_run"]["problem"]) == (["A", "B"], 3, None)
    assert statuses(engine, ids) == ["open"] * 4, "nothing changes by it"
    waiting = reviewer.get(f"/api/findings/{ids[0]}")["waiting"]
    assert (waiting["draft_id"], waiting["by"]) == (told["draft_id"], accounts.reviewer.email)
    assert reviewer.get(f"/api/findings/{ids[3]}")["waiting"] is None
    listed = second.get("/api/drafts?waiting_for=me")["drafts"]
    assert [one["id"] for one in listed] == [told["draft_id"]]
    own = reviewer.post(f"/api/drafts/{told['draft_id']}/approve", 403, version=2)
    assert word(own) == "not_allowed"
    done = second.post(f"/api/drafts/{told['draft_id']}/approve", 201, version=2, comment="agreed")
    assert done == {"done": ids[:3]}
    again = second.post(f"/api/drafts/{told['draft_id']}/approve", 200, version=2, comment="agreed")
    assert again == done, "sent again after a lost answer"
    assert statuses(engine, ids) == ["accepted"] * 3 + ["open"]
    shown = reviewer.get(f"/api/findings/{ids[0]}")
    assert (shown["reason"], shown["accepted_until"][:10], shown["waiting"]) == (REASON, "2040-03-02", None)
    last = shown["history"][-1]
    assert (last["what"], last["who"], last["approved_by"]) == (
        "accepted", accounts.reviewer.email, accounts.administrator.email,
    )  # fmt: skip
    assert last["words"].endswith(f"approved by {accounts.administrator.email}")
    approved = reviewer.get(f"/api/drafts/{told['draft_id']}")
    assert (approved["state"], approved["edit_id"]) == ("approved", None)


def test_what_is_fixed_is_left_out_and_what_changed_before_the_approval_returns_the_draft(
    reviewer: Api, second: Api, ids: list[int], engine: Engine
) -> None:
    fix(engine, ids[0])
    told = propose(reviewer, ids[:3])
    assert told["done"] == ids[1:3]
    assert [one["id"] for one in told["left"]] == ids[:1]
    assert "fixed" in told["left"][0]["why"]
    nothing = propose(reviewer, ids[:1], 409)
    assert (word(nothing), nothing["left"][0]["id"]) == ("findings_changed", ids[0])
    assert [one["id"] for one in reviewer.get("/api/drafts")["drafts"]] == [told["draft_id"]], "it is not kept"
    fix(engine, ids[1])
    conflict = second.post(f"/api/drafts/{told['draft_id']}/approve", 409, version=2)
    assert word(conflict) == "draft_returned"
    assert word(conflict["problem"]) == "findings_changed"
    assert [one["id"] for one in conflict["problem"]["left"]] == [ids[1]]
    assert statuses(engine, ids) == ["fixed", "fixed", "open", "open"], "all of them or none"
    returned = reviewer.get(f"/api/drafts/{told['draft_id']}")
    assert (returned["state"], returned["event"]["what"]) == ("returned", "conflict")
    assert word(reviewer.post(f"/api/drafts/{told['draft_id']}/submit", 409, version=3)) == "findings_changed"
    rest = {"comment": REASON, "accepts": {"ids": [ids[2]]}}
    changed = reviewer._json(
        reviewer.client.put(
            f"/api/drafts/{told['draft_id']}", json={"version": 3, **rest}, headers=reviewer.person.bearer
        ),
        200,
    )
    assert changed["accepts"]["ids"] == [ids[2]]
    reviewer.post(f"/api/drafts/{told['draft_id']}/submit", 200, version=4)
    assert second.post(f"/api/drafts/{told['draft_id']}/approve", 201, version=5) == {"done": [ids[2]]}


def test_a_draft_that_waits_stays_as_it_is_is_returned_with_a_word_and_can_be_withdrawn(
    reviewer: Api, second: Api, ids: list[int], engine: Engine
) -> None:
    number = propose(reviewer, ids[:1])["draft_id"]
    change = text("UPDATE draft SET findings = ARRAY[:f]::bigint[], version = version + 1 WHERE id = :d")
    with pytest.raises(DBAPIError, match="stays as it is"), engine.begin() as connection:
        connection.execute(change, {"f": ids[1], "d": number})
    second.post(f"/api/drafts/{number}/return", 400, version=2)
    second.post(f"/api/drafts/{number}/return", 204, version=2, comment="By which deed?")
    assert reviewer.get(f"/api/drafts/{number}")["event"]["comment"] == "By which deed?"
    assert reviewer.get(f"/api/findings/{ids[0]}")["waiting"] is None
    reviewer.post(f"/api/drafts/{number}/submit", 200, version=3)
    reviewer.post(f"/api/drafts/{number}/withdraw", 200, version=4)
    assert word(second.post(f"/api/drafts/{number}/approve", 409, version=4)) == "draft_state"
    assert statuses(engine, ids) == ["open"] * 4


def test_a_draft_that_accepts_says_what_is_wrong_with_it(
    reviewer: Api, client: FlaskClient, accounts: People, ids: list[int]
) -> None:
    key = str(uuid.uuid4())
    good: dict[str, Any] = {"key": key, "comment": REASON, "accepts": {"ids": ids}}
    for wrong, where in (
        ({**good, "comment": " "}, "comment"),
        ({**good, "accepts": {"ids": []}}, "ids"),
        ({**good, "accepts": {"ids": ids, "why": "x"}}, "accepts"),
        ({**good, "accepts": {"ids": ids, "until": "soon"}}, "until"),
        ({**good, "operations": [{"op": "retire", "parcel_id": "A"}]}, "operations"),
        ({**good, "admits": {"import": 1, "row": 1}}, "admits"),
    ):
        assert reviewer.post("/api/drafts", 400, **wrong)["where"] == where
    assert word(reviewer.post("/api/drafts", 404, **{**good, "accepts": {"ids": [999_999]}})) == "not_found"
    assert word(reviewer.post("/api/drafts", 422, **good, record_id=999_999)) == "unknown_record"
    editor = Api(client, accounts.editor)
    assert word(editor.post("/api/drafts", 403, **good)) == "not_allowed"
    assert word(editor.post("/api/findings/propose", 403, key=key, ids=ids, reason=REASON)) == "not_allowed"


def test_an_edit_that_accepts_what_it_opens_needs_a_second_person_and_keeps_its_acceptance_in_the_draft(
    client: FlaskClient, accounts: People, engine: Engine, app: Flask
) -> None:
    store(engine)
    both = Api(client, with_both_roles(accounts, engine))
    administrator = Api(client, accounts.administrator)
    overlapping = {
        "op": "draw", "parcel_id": "over", "kind": "lot", "rings": [[[X + 0.001, Y], [X + 0.003, Y], [X + 0.003, Y + 0.001]]],
    }  # fmt: skip
    refused = both.post("/api/edits", 422, **edit(overlapping, seen={}))
    pairs = [tuple(one["parcels"]) for one in refused["findings"] if one["rule"] == "overlap"]
    accept = [{"rule": "overlap", "parcels": list(pair), "reason": REASON} for pair in pairs]
    body = edit(overlapping, seen={}, accept=accept)
    alone = both.post("/api/edits", 403, **body)
    assert alone["nature"] == "acceptance"
    draft = both.post("/api/drafts", 201, **body)
    number = draft["id"]
    both.post(f"/api/drafts/{number}/submit", 200, version=1)
    shown = administrator.get(f"/api/drafts/{number}")
    assert shown["accept"] == accept
    assert shown["dry_run"]["problem"] is None
    receipt = administrator.post(f"/api/drafts/{number}/approve", 201, version=2)
    listed = both.get("/api/findings?status=accepted&rule=overlap")["findings"]
    assert {one["id"] for one in listed} <= set(receipt["findings"]["opened"])
    assert len(listed) == len(pairs) > 0
    history = both.get(f"/api/findings/{listed[0]['id']}")["history"]
    assert history[-1]["approved_by"] == accounts.administrator.email


def with_both_roles(accounts: People, engine: Engine) -> Person:
    """The reviewer, who edits as well from now on."""
    grant = text("INSERT INTO account_role (account_id, role_id) SELECT :account, id FROM role WHERE name = 'editor'")
    with engine.begin() as connection:
        connection.execute(grant, {"account": accounts.reviewer.account_id})
    return accounts.reviewer


def test_two_approvals_at_once_accept_once(
    app: Flask, reviewer: Api, accounts: People, ids: list[int], engine: Engine
) -> None:
    number = propose(reviewer, ids[:2])["draft_id"]
    grant = text("INSERT INTO account_role (account_id, role_id) SELECT :account, id FROM role WHERE name = 'reviewer'")
    with engine.begin() as connection:
        connection.execute(grant, {"account": accounts.editor.account_id})
    together = threading.Barrier(2)
    answers: list[int] = []

    def approve(person: Person) -> None:
        client = app.test_client()
        together.wait()
        path = f"/api/drafts/{number}/approve"
        answers.append(client.post(path, json={"version": 2}, headers=person.bearer).status_code)

    threads = [threading.Thread(target=approve, args=(one,)) for one in (accounts.administrator, accounts.editor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]
    with engine.connect() as connection:
        sql = text("SELECT count(*) FROM finding_event WHERE what = 'accepted' AND finding = ANY (:ids)")
        assert connection.execute(sql, {"ids": ids}).scalar_one() == 2
        events = text("SELECT count(*) FROM draft_event WHERE draft_id = :d AND what = 'approved'")
        assert connection.execute(events, {"d": number}).scalar_one() == 1


def test_the_pages_propose_show_approve_and_submit_what_is_left_again(
    app: Flask, accounts: People, ids: list[int], engine: Engine
) -> None:
    app.test_client_class = FlaskClient
    mine, theirs = app.test_client(), app.test_client()
    me, them = sign_in(mine, accounts.reviewer), sign_in(theirs, accounts.administrator)
    page = mine.get("/admin/finding/step/accept/?" + "&".join(f"rowid={one}" for one in ids[:2])).text
    assert "Submit for approval" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    form = {"csrf_token": me, "rowid": ids[:2], "reason": REASON, "key": key[1]}
    told = mine.post("/admin/finding/step/accept/", data=form, follow_redirects=True).text
    assert "waits for another person as draft 1" in told
    mine.post("/admin/finding/step/accept/", data=form)  # a double click
    assert "Accept 2 findings" in theirs.get("/admin/waiting/").text
    shown = theirs.get("/admin/waiting/1/").text
    assert "What it accepts" in shown
    assert shown.count("as it was") == 2
    fix(engine, ids[0])
    assert "cannot be accepted as it is" in theirs.get("/admin/waiting/1/").text
    theirs.post("/admin/waiting/1/step", data={"csrf_token": them, "step": "approve", "version": 2})
    page = mine.get("/admin/waiting/1/").text
    accepts = re.search(r'name="accepts" value="([^"]+)"', page)
    assert accepts is not None
    again = {
        "csrf_token": me,
        "step": "submit",
        "version": 3,
        "accepts": accepts[1].replace("&#34;", '"').replace("&quot;", '"'),
    }
    assert "Submitted." in mine.post("/admin/waiting/1/step", data=again, follow_redirects=True).text
    done = theirs.post(
        "/admin/waiting/1/step", data={"csrf_token": them, "step": "approve", "version": 5}, follow_redirects=True
    ).text
    assert "Approved. 1 finding is accepted." in done
    assert statuses(engine, ids) == ["fixed", "accepted", "open", "open"]
