"""Four eyes: nobody who needs a second person makes an edit alone by any way, and a draft becomes exactly one edit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from spatial_admin.errors import (
    ApprovalRequired,
    DraftChanged,
    DraftReturned,
    DraftStateRefused,
    EditRejected,
    NotAllowed,
    NotFound,
    SettingRefused,
)
from spatial_admin.factory import create_app
from spatial_admin.models import Account, db
from spatial_admin.services.approval.load_four_eyes import save_four_eyes
from spatial_admin.services.database.prune_rows import DELETE_DRAFTS
from spatial_admin.services.drafts.approve_draft import approve_draft
from spatial_admin.services.drafts.change_draft import change_draft
from spatial_admin.services.drafts.create_draft import create_draft
from spatial_admin.services.drafts.discard_draft import discard_draft
from spatial_admin.services.drafts.parse_draft import parse_draft_change, parse_new_draft
from spatial_admin.services.drafts.rehearse_draft import rehearse_draft
from spatial_admin.services.drafts.step_draft import return_draft, submit_draft, withdraw_draft
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import parse_edit_request, parse_revert_request
from spatial_admin.services.editing.queue_edit import queue_edit
from spatial_admin.services.editing.rehearse_edit import rehearse_edit
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.setting_values import pairs
from spatial_admin.settings import EDITING_ROLES, NATURES, Limits, Settings
from spatial_admin.transaction import Outcome
from spatial_admin.web.describe_error import describe_error
from tests.accounts import People, make_people
from tests.concurrency.fabric import Grid, move, save, store_lots, versions_of
from tests.concurrency.race import errors, race, receipts
from tests.conftest import dispose, settings_over
from tests.database import TestCluster

LIMITS = Limits()
EVERYBODY = frozenset((role, nature) for role in EDITING_ROLES for nature in NATURES)


@pytest.fixture(scope="module")
def settings(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("home")
    return replace(settings_over(module_database_url, cluster, home), four_eyes=EVERYBODY)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    dispose(app)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture(scope="module")
def people(app: Flask) -> People:
    with app.app_context():
        return make_people()


@pytest.fixture(scope="module")
def engine(module_database_url: str) -> Iterator[Engine]:
    engine = create_engine(module_database_url)
    yield engine
    engine.dispose()


class Lots:
    """Two lots side by side, of their own for each test, and drafts about them."""

    places = iter(range(100))

    def __init__(self, engine: Engine, app: Flask) -> None:
        number = next(self.places)
        self.engine, self.app = engine, app
        self.grid = Grid(south=48.60 + number * 0.001)
        self.names = (f"{number}-a", f"{number}-b")
        store_lots(engine, {name: self.grid.box(i, 0) for i, name in enumerate(self.names)})

    @property
    def seen(self) -> dict[str, int]:
        return {name: version for name, version in versions_of(self.engine).items() if name in self.names}

    def body(self, **members: Any) -> dict[str, Any]:
        steps = [move(self.grid.at(1, 1), self.grid.at(1.1, 1))]
        return {"key": str(uuid.uuid4()), "comment": "Monument 7", "seen": self.seen, "operations": steps, **members}

    def draft(self, owner: int, **members: Any) -> int:
        key, content = parse_new_draft(self.body(**members), LIMITS)
        return create_draft(key, content, owner, self.app.config["SETTINGS"])[0]

    def submitted(self, owner: int, **members: Any) -> int:
        draft = self.draft(owner, **members)
        submit_draft(draft, 1, "please look", account(owner), LIMITS)
        return draft


@pytest.fixture
def lots(engine: Engine, app: Flask) -> Lots:
    return Lots(engine, app)


def account(number: int) -> Account:
    return db.session.get_one(Account, number)


def approve(draft: int, by: int, version: int = 2) -> Outcome:
    return approve_draft(draft, version, "", account(by), LIMITS, describe_error)


def withdraw(draft: int, owner: int) -> None:
    withdraw_draft(draft, 2, "", account(owner), LIMITS)


def row(engine: Engine, sql: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), values).one()


def state(engine: Engine, draft: int) -> tuple[str, int, bool]:
    found = row(engine, "SELECT state, version, edit_id IS NOT NULL AS is_edit FROM draft WHERE id = :d", d=draft)
    return found.state, found.version, found.is_edit


def told(engine: Engine, draft: int) -> list[str]:
    with engine.connect() as connection:
        sql = text("SELECT what FROM draft_event WHERE draft_id = :draft ORDER BY id")
        return list(connection.execute(sql, {"draft": draft}).scalars())


def edits_of(engine: Engine, draft: int) -> int:
    sql = "SELECT count(*) FROM edit WHERE key = (SELECT key FROM draft WHERE id = :d)"
    return int(row(engine, sql, d=draft)[0])


def test_who_needs_a_second_person_makes_no_edit_alone_by_any_way(lots: Lots, people: People) -> None:
    before = lots.seen
    made = save([move(lots.grid.at(0, 1), lots.grid.at(0, 1.05))], before).receipt  # a command of the operator's
    for person in (people.editor, people.administrator):
        author = Author(person.account_id, person.email, is_reviewer=True)
        request = parse_edit_request(lots.body(), LIMITS)
        undoing = request_to_revert(made["edit_id"], parse_revert_request({"key": str(uuid.uuid4())}), LIMITS)
        body = lots.body()
        ways: list[Callable[[], object]] = [
            partial(edit_boundaries, request, author, LIMITS),
            partial(edit_boundaries, undoing, author, LIMITS),
            partial(queue_edit, parse_edit_request(body, LIMITS), body, person.account_id),
        ]
        for way in ways:
            with pytest.raises(ApprovalRequired, match="submit"):
                way()
        assert rehearse_edit(request, author, LIMITS)["receipt"]["parcels"]  # a dry run needs nobody's
    assert lots.seen == {name: version + (name == lots.names[0]) for name, version in before.items()}


def test_the_highest_role_and_the_nature_decide_and_an_undoing_is_not_less_than_what_it_undoes(
    lots: Lots, people: People, engine: Engine
) -> None:
    editor = Author(people.editor.account_id, people.editor.email)
    administrator = Author(people.administrator.account_id, people.administrator.email)
    save_four_eyes({("editor", "legal_event")}, None)
    try:
        assert edit_boundaries(parse_edit_request(lots.body(), LIMITS), editor, LIMITS).receipt["edit_id"]
        legal = parse_edit_request({**lots.body(), "nature": "legal_event", "operations": [back(lots)]}, LIMITS)
        with pytest.raises(ApprovalRequired):
            edit_boundaries(legal, editor, LIMITS)
        made = edit_boundaries(legal, administrator, LIMITS).receipt
        undoing = request_to_revert(made["edit_id"], parse_revert_request({"key": str(uuid.uuid4())}), LIMITS)
        with pytest.raises(ApprovalRequired):
            edit_boundaries(undoing, editor, LIMITS)
        # What somebody has besides their highest role does not count.
        with engine.begin() as connection:
            grant = "INSERT INTO account_role SELECT :a, id FROM role WHERE name = 'editor'"
            connection.execute(text(grant), {"a": people.administrator.account_id})
        assert edit_boundaries(undoing, administrator, LIMITS).receipt["edit_id"]
    finally:
        save_four_eyes(EVERYBODY, None)
    assert row(engine, "SELECT count(*) FROM four_eyes")[0] == 0  # as by default: nothing is kept


def back(lots: Lots) -> dict[str, Any]:
    return move(lots.grid.at(1.1, 1), lots.grid.at(1, 1))


def test_a_draft_becomes_one_edit_of_its_owners_with_the_name_of_whoever_approved(
    lots: Lots, people: People, engine: Engine
) -> None:
    draft = lots.submitted(people.editor.account_id)
    shown = rehearse_draft(draft, LIMITS, describe_error)
    assert {parcel["parcel_id"] for parcel in shown["parcels"]} == set(lots.names)
    assert shown["problem"] is None
    assert shown["preview"]["come"]["coordinates"]
    first, again = (approve(draft, people.reviewer.account_id) for _ in range(2))
    assert (first.is_replayed, again.is_replayed, again.receipt) == (False, True, first.receipt)
    edit = row(engine, "SELECT author_id, approved_by, approved_at <= clock_timestamp() AS is_past, key::text, comment "
               "FROM edit WHERE id = :e", e=first.receipt["edit_id"])  # fmt: skip
    assert (edit.author_id, edit.approved_by) == (people.editor.account_id, people.reviewer.account_id)
    assert (edit.is_past, edit.comment) == (True, "Monument 7")
    assert (state(engine, draft), told(engine, draft)) == (("approved", 3, True), ["submitted", "approved"])
    # Another reviewer comes too late, and is told of which edit.
    with pytest.raises(DraftStateRefused, match=f"as edit {first.receipt['edit_id']}"):
        approve(draft, people.administrator.account_id)
    with pytest.raises(DraftStateRefused):
        discard_draft(draft, people.editor.account_id, LIMITS)


def test_nobody_approves_their_own_draft_an_administrator_neither(lots: Lots, people: People, engine: Engine) -> None:
    draft = lots.submitted(people.administrator.account_id)
    for judge in (approve, lambda d, who: return_draft(d, 2, "no", account(who), LIMITS)):
        with pytest.raises(NotAllowed, match="somebody else"):
            judge(draft, people.administrator.account_id)
    with pytest.raises(NotAllowed):
        approve(draft, people.editor.account_id)
    with pytest.raises(NotFound):
        approve(lots.draft(people.editor.account_id), people.reviewer.account_id, 1)
    # Not by a statement of its own either.
    with engine.connect() as connection, pytest.raises(DBAPIError, match="second_person"):
        connection.execute(
            text("INSERT INTO edit (key, author_id, comment, operations, request_hash, approved_by, approved_at) "
                 "VALUES (gen_random_uuid(), 1, '', '[]', '', 1, now())")
        )  # fmt: skip
    assert state(engine, draft)[0] == "submitted"


def test_what_waits_stays_as_it_was_read_until_it_is_withdrawn_or_returned(
    lots: Lots, people: People, engine: Engine, app: Flask
) -> None:
    owner = people.editor.account_id
    draft = lots.submitted(owner)
    other = {"version": 2, **lots.body(comment="another")}
    del other["key"]
    version, content = parse_draft_change(other, LIMITS)
    with pytest.raises(DraftStateRefused, match="withdraw it first"):
        change_draft(draft, version, content, owner, app.config["SETTINGS"])
    with engine.connect() as connection:
        for sql in (
            "UPDATE draft SET operations = '[]', version = version + 1 WHERE id = :d",
            "DELETE FROM draft WHERE id = :d",
        ):
            with pytest.raises(DBAPIError, match=r"stays as it is|is not deleted"):
                connection.execute(text(sql), {"d": draft})
            connection.rollback()
        # Who it was said by is not for the application to change.
        with pytest.raises(DBAPIError, match=r"permission denied|never changed"):
            connection.execute(text("UPDATE draft_event SET comment = ''"))
    withdraw_draft(draft, 2, "", account(owner), LIMITS)
    withdraw_draft(draft, 2, "", account(owner), LIMITS)  # its answer was lost
    change_draft(draft, 3, content, owner, app.config["SETTINGS"])
    submit_draft(draft, 4, "", account(owner), LIMITS)
    with pytest.raises(DraftChanged):  # what the reviewer had read is another by now
        approve(draft, people.reviewer.account_id, 2)
    return_draft(draft, 5, "Which monument?", account(people.reviewer.account_id), LIMITS)
    assert state(engine, draft) == ("returned", 6, False)
    submit_draft(draft, 6, "Number 8", account(owner), LIMITS)
    approve(draft, people.reviewer.account_id, 7)
    assert told(engine, draft) == ["submitted", "withdrawn", "submitted", "returned", "submitted", "approved"]


def test_a_conflict_or_a_rule_returns_it_with_the_reason(lots: Lots, people: People, engine: Engine) -> None:
    draft = lots.submitted(people.editor.account_id)
    save([move(lots.grid.at(1, 1), lots.grid.at(1.05, 1))], lots.seen)
    with pytest.raises(DraftReturned) as returned:
        approve(draft, people.reviewer.account_id)
    assert returned.value.problem["type"].endswith("version_conflict")
    assert {conflict["parcel_id"] for conflict in returned.value.problem["conflicts"]} == set(lots.names)
    assert (state(engine, draft), edits_of(engine, draft)) == (("returned", 3, False), 0)
    event = row(engine, "SELECT * FROM draft_event WHERE draft_id = :d ORDER BY id DESC LIMIT 1", d=draft)
    assert (event.what, event.account_id, event.problem) == (
        "conflict", people.reviewer.account_id, returned.value.problem,
    )  # fmt: skip
    # Rules: refused when it is submitted, as by saving.
    steps = [move(lots.grid.at(0, 0), lots.grid.at(3, 3))]
    with pytest.raises(EditRejected):
        lots.submitted(people.editor.account_id, operations=steps)


def test_an_undoing_is_submitted_and_approved_too(lots: Lots, people: People, engine: Engine, app: Flask) -> None:
    made = save([move(lots.grid.at(1, 1), lots.grid.at(1.05, 1))], lots.seen).receipt
    body = {"key": str(uuid.uuid4()), "comment": "a mistake", "reverts": made["edit_id"]}
    key, content = parse_new_draft(body, LIMITS)
    owner = account(people.editor.account_id)
    draft, _ = create_draft(key, content, owner.id, app.config["SETTINGS"])
    assert list(row(engine, "SELECT parcels FROM draft WHERE id = :d", d=draft).parcels) == sorted(lots.names)
    submit_draft(draft, 1, "", owner, LIMITS)
    receipt = approve(draft, people.reviewer.account_id).receipt
    assert lots.seen == dict.fromkeys(lots.names, 3)
    operations = row(engine, "SELECT operations FROM edit WHERE id = :e", e=receipt["edit_id"]).operations
    assert operations == [{"op": "revert", "edit_id": made["edit_id"]}]


def test_an_edit_that_took_the_drafts_key_alone_is_no_approval(lots: Lots, people: People, engine: Engine) -> None:
    draft = lots.submitted(people.editor.account_id)
    key, seen = row(engine, "SELECT key::text, seen FROM draft WHERE id = :d", d=draft)
    save_four_eyes(set(), None)  # for a moment nobody needs anybody
    try:
        body = {**lots.body(), "key": key}
        edit_boundaries(parse_edit_request(body, LIMITS), Author(people.editor.account_id, ""), LIMITS)
    finally:
        save_four_eyes(EVERYBODY, None)
    with pytest.raises(DraftReturned, match="without approval"):
        approve(draft, people.reviewer.account_id)
    assert (state(engine, draft)[0], edits_of(engine, draft), seen != "") == ("returned", 1, True)


def test_of_two_approvals_at_once_one_makes_the_edit(lots: Lots, people: People, engine: Engine, app: Flask) -> None:
    for _ in range(3):
        draft = Lots(engine, app).submitted(people.editor.account_id)
        both = (people.reviewer.account_id, people.administrator.account_id)
        results = race(app, *(partial(approve, draft, who) for who in both))
        assert len(receipts(results)) == 1, results
        assert all(isinstance(error, DraftStateRefused) for error in errors(results)), results
        assert (edits_of(engine, draft), told(engine, draft)) == (1, ["submitted", "approved"])


def test_of_an_approval_and_a_withdrawal_at_once_one_wins(
    lots: Lots, people: People, engine: Engine, app: Flask
) -> None:
    owner = people.editor.account_id
    for _ in range(4):
        draft = Lots(engine, app).submitted(owner)
        results = race(
            app,
            partial(approve, draft, people.reviewer.account_id),
            partial(withdraw, draft, owner),
        )
        assert len(errors(results)) == 1, results
        assert all(isinstance(error, DraftStateRefused) for error in errors(results)), results
        is_made = len(receipts(results)) == 1
        assert edits_of(engine, draft) == is_made
        assert told(engine, draft) == ["submitted", "approved" if is_made else "withdrawn"]


def test_the_setting_names_roles_and_natures() -> None:
    def read(value: str) -> frozenset[tuple[str, str]]:
        return pairs({"X": value}, "X", EDITING_ROLES, NATURES)

    assert read("") == read("0") == frozenset()
    assert read("editor, reviewer:legal_event") == {
        *(("editor", nature) for nature in NATURES), ("reviewer", "legal_event"),
    }  # fmt: skip
    for wrong in ("1", "viewer", "editor:fix"):
        with pytest.raises(SettingRefused, match="legal_event"):
            read(wrong)


def test_what_waits_is_not_thrown_away_by_maintenance(lots: Lots, people: People, engine: Engine) -> None:
    waits, forgotten = lots.submitted(people.editor.account_id), lots.draft(people.editor.account_id)
    with engine.begin() as connection:
        late = text(
            "UPDATE draft SET expires_at = now() - interval '1 day', version = version + 1 WHERE id = ANY (:ids)"
        )
        connection.execute(late, {"ids": [waits, forgotten]})
        connection.exec_driver_sql(DELETE_DRAFTS)
        left = connection.execute(text("SELECT id FROM draft WHERE id = ANY (:ids)"), {"ids": [waits, forgotten]})
        assert list(left.scalars()) == [waits]
