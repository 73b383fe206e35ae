"""/api/findings: orders, one finding, numbers, and the steps of review with everything that may stand in their way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, text

from spatial_admin.services.findings.review_findings import end_acceptances
from tests.web.api import X, Y, at, edit, store
from tests.web.openapi.conftest import DescribedClient

Bearer = dict[str, dict[str, str]]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """As everywhere, with the description held against what it is answered."""
    app.test_client_class = DescribedClient
    return app.test_client()


INSERT = text(
    "INSERT INTO finding (rule, fingerprint, parcels, place, measure, severity, status, opened_at) "
    "SELECT rule, 'f:' || n, ARRAY(SELECT id FROM parcel WHERE parcel_id = ANY (names) ORDER BY id), "
    "ST_MakeEnvelope(:x + n * 0.001, :y, :x + n * 0.001 + 0.00001, :y + 0.00001, 4326), measure, severity, status, "
    "clock_timestamp() - n * interval '3 days' FROM (VALUES "
    "(1, 'overlap', ARRAY['A', 'B'], 2.408, 'error', 'open'), (2, 'gap', ARRAY['B', 'C/2'], 0.62, 'warning', 'open'), "
    "(3, 'overlap', ARRAY['C/2'], 9.5, 'error', 'open'), (4, 'legal_area', ARRAY['A'], 31.5, 'warning', 'fixed'), "
    "(5, 'duplicate_number', ARRAY['A', 'B'], 2, 'warning', 'open')) AS v (n, rule, names, measure, severity, status)"
)
NOTE = text(
    "INSERT INTO finding_event (finding, what, reason, at) SELECT id, 'opened', 'Scan 1', opened_at FROM finding"
)


def zone(connection: Connection) -> None:
    """Parcel A lies mostly in R1, whose two areas carry one code, and a little in R9."""
    connection.execute(text(
        "WITH made AS (INSERT INTO zoning_district (code, name, geom) SELECT code, code, ST_Multi(ST_MakeEnvelope("
        ":x, :y, :x + 0.001, :y + 0.001, 4326)) FROM (VALUES ('R9'), ('R1'), ('R1')) AS d (code) RETURNING id, code) "
        "INSERT INTO parcel_zoning (parcel, district, share) SELECT p.id, made.id, CASE code WHEN 'R9' THEN 0.1 ELSE "
        "0.9 END FROM made, parcel AS p WHERE p.parcel_id = 'A'"
    ), {"x": X, "y": Y})  # fmt: skip


@pytest.fixture(autouse=True)
def numbers(engine: Engine) -> dict[int, int]:
    """The id of each finding by its number above."""
    store(engine)
    with engine.begin() as connection:
        connection.execute(INSERT, {"x": X, "y": Y})
        connection.execute(NOTE)
        rows = connection.execute(text("SELECT id, fingerprint FROM finding"))
        return {int(row.fingerprint[2:]): row.id for row in rows}


def asked(client: FlaskClient, bearer: Bearer, path: str, who: str = "viewer") -> Any:
    answer = client.get(f"/api/findings{path}", headers=bearer[who])
    assert answer.status_code == 200, answer.text
    return answer.json


def step(client: FlaskClient, bearer: Bearer, path: str, body: dict[str, Any], who: str = "reviewer") -> Any:
    answer = client.post(f"/api/findings{path}", json=body, headers=bearer[who])
    return answer.status_code, answer.json


def test_every_order_is_kept_from_page_to_page(client: FlaskClient, bearer: Bearer, numbers: dict[int, int]) -> None:
    expected = {"newest": [5, 3, 2, 1], "oldest": [1, 2, 3, 5], "worst": [3, 1, 5, 2], "rule": [5, 2, 1, 3]}
    for sort, order in expected.items():
        query = f"?sort={sort}&status=open&limit=1"
        page = asked(client, bearer, query)
        found = [one["id"] for one in page["findings"]]
        while page["next_cursor"] is not None:
            page = asked(client, bearer, f"{query}&cursor={page['next_cursor']}")
            found += [one["id"] for one in page["findings"]]
        assert found == [numbers[n] for n in order], sort


def test_a_finding_tells_what_is_wrong_where_it_came_from_and_whose_it_is(
    client: FlaskClient, bearer: Bearer, numbers: dict[int, int]
) -> None:
    one = asked(client, bearer, f"/{numbers[1]}")
    assert (one["title"], one["measure_text"], one["numbers"], one["age_days"]) == (
        "Overlap",
        "2.41 m²",
        ["101", "102"],
        3,
    )
    assert one["sentence"].startswith("2.41 m² lies in both parcels, up to 0.7")
    assert one["bbox"] == pytest.approx([X + 0.001, Y, X + 0.00101, Y + 0.00001])
    assert [parcel["parcel_id"] for parcel in one["parcels_detail"]] == ["A", "B"]
    assert one["opened"]["words"] == "Found by scan 1."
    assert [event["words"] for event in one["history"]] == ["opened by scan 1"]
    assert client.get("/api/findings/99999", headers=bearer["viewer"]).status_code == 404


def test_findings_are_narrowed_by_severity_person_import_and_rules(
    client: FlaskClient, bearer: Bearer, accounts: Any, engine: Engine, numbers: dict[int, int]
) -> None:
    step(client, bearer, "/assign", {"ids": [numbers[1], numbers[2]], "assignee": accounts.editor.email})
    with engine.begin() as connection:
        connection.execute(text(
            "WITH made AS (INSERT INTO edit (key, comment, operations, request_hash) VALUES (gen_random_uuid(), '', '[]', '')"
            " RETURNING id), batch AS (INSERT INTO import_batch (file_name, sha256, options, source_crs, edit_id) "
            "SELECT 'lots.shp', '', '{}', '', id FROM made RETURNING edit_id) "
            "UPDATE finding SET opened_by = (SELECT edit_id FROM batch) WHERE fingerprint = 'f:3'"
        ))  # fmt: skip
        batch = connection.execute(text("SELECT max(id) FROM import_batch")).scalar_one()
        zone(connection)
    for query, who, expected in (
        ("severity=error", "viewer", [1, 3]),
        ("assignee=me", "editor", [1, 2]),
        ("assignee=none&status=open", "viewer", [3, 5]),
        (f"assignee={accounts.editor.email}&rule=gap,sliver", "viewer", [2]),
        (f"batch={batch}", "viewer", [3]),
        ("disputed=1", "viewer", []),
        ("age=2-7", "viewer", [1, 2]),
        ("age=8-30", "viewer", [3, 4, 5]),
        ("age=to-1", "viewer", []),
        ("age=over-90", "viewer", []),
        ("area=level:parcels", "viewer", [2, 3]),
        ("area=district:R1", "viewer", [1, 4, 5]),
        ("area=district:R9", "viewer", []),
    ):
        found = asked(client, bearer, f"?sort=oldest&{query}", who)["findings"]
        assert [one["id"] for one in found] == [numbers[n] for n in expected], query
    for query, name in (("batch=77", "batch"), ("assignee=x@y.example", "assignee"), ("sort=size", "sort"),
                        ("severity=bad", "severity"), ("age=old", "age"), ("area=R1", "area"), ("area=district:", "area"),
                         ("disputed=0", "disputed"), ("rule=gap,x", "rule")):  # fmt: skip
        answer = client.get(f"/api/findings?{query}", headers=bearer["viewer"])
        assert (answer.status_code, (answer.json or {})["where"]) == (400, name), query


def test_numbers_count_what_is_open_and_what_became_of_it(
    client: FlaskClient, bearer: Bearer, engine: Engine, numbers: dict[int, int]
) -> None:
    step(client, bearer, "/assign", {"ids": [numbers[2], numbers[5]], "assignee": "me"})
    step(client, bearer, f"/{numbers[3]}/accept", {"reason": "party wall"})
    said = asked(client, bearer, "/summary", "reviewer")
    assert (said["open"], said["yours"], said["accepted"], said["last_scan"]) == (3, 2, 1, None)
    assert {one["rule"]: one["count"] for one in said["by_rule"]} == {"overlap": 1, "gap": 1, "duplicate_number": 1}
    assert [one["count"] for one in said["by_severity"]] == [1, 2, 0]
    assert [one["count"] for one in said["by_age"]] == [0, 2, 1, 0, 0]
    for one in said["by_age"]:
        of_age = asked(client, bearer, f"?status=open&age={one['age']}")["findings"]
        assert len(of_age) == one["count"], "a bar counts what it leads to"
    assert len(said["trend"]) == 90
    # Five were opened, one on each third day before; one is accepted today (4 was fixed with no word of it).
    assert [day["open"] for day in said["trend"]][-1:] == [3]
    assert sum(day["opened"] for day in said["trend"]) == 5
    assert [day["open"] for day in said["trend"]][-2] == 4
    assert asked(client, bearer, "/summary?rule=gap", "reviewer")["open"] == 1
    # What was accepted and is fixed now was not open in between.
    with engine.begin() as connection:
        values = {"id": numbers[3]}
        connection.execute(text("UPDATE finding SET status = 'fixed' WHERE id = :id"), values)
        connection.execute(text("INSERT INTO finding_event (finding, what) VALUES (:id, 'fixed')"), values)
    said = asked(client, bearer, "/summary", "reviewer")
    assert (said["accepted"], said["fixed_this_week"]) == (0, 1)
    assert [day["open"] for day in said["trend"]][-2:] == [4, 3]


def test_accepting_keeps_reason_record_and_day_and_can_be_taken_back(
    app: Flask, client: FlaskClient, bearer: Bearer, accounts: Any, engine: Engine, numbers: dict[int, int]
) -> None:
    court = {"type": "court", "number": "7 C 12", "received": "2026-01-05"}
    record = (client.post("/api/records", json=court, headers=bearer["editor"]).json or {})["id"]
    body = {"reason": "party wall", "record_id": record, "until": "2099-03-01"}
    status, one = step(client, bearer, f"/{numbers[1]}/accept", body)
    assert (status, one["status"], one["reason"], one["accepted_until"]) == (
        200, "accepted", "party wall", "2099-03-02T00:00:00+00:00",
    )  # fmt: skip
    assert one["record"] == {"id": record, "type": "court", "number": "7 C 12"}
    assert step(client, bearer, f"/{numbers[1]}/accept", body)[1]["history"] == one["history"]  # said twice, noted once
    status, one = step(client, bearer, f"/{numbers[1]}/reopen", {"reason": "the court decided otherwise"})
    assert (status, one["status"], one["reason"], one["record"]) == (200, "open", None, None)
    assert [(event["what"], event["who"], event["reason"]) for event in one["history"][1:]] == [
        ("accepted", accounts.reviewer.email, "party wall"),
        ("reopened", accounts.reviewer.email, "the court decided otherwise"),
    ]
    # An acceptance ends with its day.
    step(client, bearer, f"/{numbers[1]}/accept", {"reason": "for a while", "until": "2099-01-01"})
    with engine.begin() as connection:
        connection.execute(text("UPDATE finding SET accepted_until = now() - interval '1 s' WHERE status = 'accepted'"))
    with app.app_context():
        assert (end_acceptances(), end_acceptances()) == (1, 0)
    assert asked(client, bearer, f"/{numbers[1]}")["history"][-1]["reason"] == "The acceptance ended"


def test_many_at_once_are_done_or_left_each_for_itself(
    client: FlaskClient, bearer: Bearer, numbers: dict[int, int]
) -> None:
    seen = {str(numbers[n]): asked(client, bearer, f"/{numbers[n]}")["changed_at"] for n in (1, 2)}
    step(client, bearer, f"/{numbers[2]}/assign", {"assignee": "me"})
    status, said = step(
        client, bearer, "/accept", {"ids": [*numbers.values(), 99999], "reason": "lawful", "seen": seen}
    )
    assert (status, said["done"]) == (200, [numbers[1], numbers[3], numbers[5]])
    whys = {one["id"]: one["why"] for one in said["left"]}
    assert list(whys) == [numbers[2], numbers[4], 99999]
    assert "changed since you saw it" in whys[numbers[2]]
    assert "Last: assigned" in whys[numbers[2]]
    assert "is fixed" in whys[numbers[4]]
    status, problem = step(client, bearer, f"/{numbers[4]}/accept", {"reason": "lawful"})
    assert (status, problem["type"], problem["current"]["status"]) == (409, "/problems/finding_changed", "fixed")
    assert step(client, bearer, "/99999/accept", {"reason": "lawful"})[0] == 404


def test_roles_say_who_may_take_which_step(
    client: FlaskClient, bearer: Bearer, accounts: Any, numbers: dict[int, int]
) -> None:
    for who in ("viewer", "editor"):
        assert step(client, bearer, f"/{numbers[1]}/accept", {"reason": "x"}, who)[0] == 403
        assert step(client, bearer, f"/{numbers[1]}/reopen", {"reason": "x"}, who)[0] == 403
    assert step(client, bearer, f"/{numbers[1]}/assign", {"assignee": "me"}, "viewer")[0] == 403
    status, one = step(client, bearer, f"/{numbers[1]}/assign", {"assignee": "me"}, "editor")
    assert (status, one["assignee"]) == (200, accounts.editor.email)
    other = {"assignee": accounts.reviewer.email}
    assert step(client, bearer, f"/{numbers[2]}/assign", other, "editor")[0] == 403
    assert step(client, bearer, f"/{numbers[2]}/assign", other)[0] == 200
    status, problem = step(client, bearer, f"/{numbers[2]}/assign", {"assignee": "me"}, "editor")
    assert (status, "Somebody else has it" in problem["detail"]) == (409, True)
    assert step(client, bearer, f"/{numbers[1]}/assign", {"assignee": None}, "editor")[1]["assignee"] is None


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("/accept", {"ids": [], "reason": "x"}, "ids"),
    ("/accept", {"ids": [1], "reason": " "}, "reason"),
    ("/accept", {"ids": [1], "reason": "x", "until": "soon"}, "until"),
    ("/accept", {"ids": [1], "reason": "x", "until": "2020-01-01"}, "until"),
    ("/accept", {"ids": [1], "reason": "x", "record_id": "7"}, "record_id"),
    ("/accept", {"ids": [1], "reason": "x", "colour": 1}, "colour"),
    ("/accept", {"ids": [1], "reason": "x", "seen": {"2": "2026-01-01T00:00:00Z"}}, "seen.2"),
    ("/accept", {"ids": [1], "reason": "x", "seen": {"1": "then"}}, "seen.1"),
    ("/1/accept", {"ids": [1], "reason": "x"}, "ids"),
    ("/assign", {"ids": [1]}, "assignee"),
    ("/assign", {"ids": [1], "assignee": "nobody@here.example"}, "assignee"),
    ("/reopen", {"ids": [True], "reason": "x"}, "ids"),
]


def test_what_is_wrong_in_a_step_is_named(client: FlaskClient, bearer: Bearer) -> None:
    for path, body, where in WRONG:
        status, problem = step(client, bearer, path, body)
        assert (status, problem.get("where")) == (400, where), (body, problem)


def test_too_many_and_records_that_there_are_not_are_refused(client: FlaskClient, bearer: Bearer) -> None:
    status, problem = step(client, bearer, "/accept", {"ids": list(range(1, 502)), "reason": "x"})
    assert (status, problem["type"]) == (422, "/problems/limit_exceeded")
    status, problem = step(client, bearer, "/accept", {"ids": [1], "reason": "x", "record_id": 4711})
    assert (status, problem["type"]) == (422, "/problems/unknown_record")


def test_a_boundary_is_marked_as_disputed_found_by_findings_on_it_and_ended(
    client: FlaskClient, bearer: Bearer, accounts: Any, engine: Engine, numbers: dict[int, int]
) -> None:
    def mark(body: dict[str, Any], who: str = "reviewer") -> Any:
        answer = client.post("/api/disputes", json=body, headers=bearer[who])
        return answer.status_code, answer.json

    between = {"from": at(1, 0), "to": at(1, 1), "reason": "The fence of 1931 stands elsewhere"}
    assert mark(between, "editor")[0] == 403
    status, dispute = mark(between)
    assert status == 201, dispute
    assert (status, dispute["parcels"], dispute["numbers"]) == (201, ["A", "B"], ["101", "102"])
    assert dispute["place"] == {"type": "LineString", "coordinates": [at(1, 0), at(1, 1)]}
    assert dispute["marked_by"] == accounts.reviewer.email
    # Finding 1 is of A and B and begins on that boundary; 5 is of both, too, but lies elsewhere.
    found = asked(client, bearer, "?sort=oldest")["findings"]
    assert [one["id"] for one in found if one["disputed"]] == [numbers[1]]
    assert [one["id"] for one in asked(client, bearer, "?disputed=1")["findings"]] == [numbers[1]]
    status, place = mark({"finding": numbers[5], "reason": "Both want the number"})
    assert (status, place["place"]["type"]) == (201, "Polygon")
    listed = client.get("/api/disputes?parcel=A&limit=1", headers=bearer["viewer"]).json or {}
    assert ([one["id"] for one in listed["disputes"]], listed["next_cursor"]) == ([place["id"]], str(place["id"]))
    ended = client.post(
        f"/api/disputes/{dispute['id']}/end", json={"reason": "Agreed in court"}, headers=bearer["reviewer"]
    )
    assert (ended.json or {})["ended_reason"] == "Agreed in court"
    assert asked(client, bearer, f"/{numbers[1]}")["disputed"] is False
    box = f"bbox={X},{Y},{X + 0.002},{Y + 0.002}"
    assert [len((client.get(f"/api/disputes?{query}", headers=bearer["viewer"]).json or {})["disputes"])
            for query in (box, f"{box}&ended=1", "bbox=0,0,1,1&ended=1")] == [0, 1, 0]  # fmt: skip
    for body, where in (
        ({**between, "to": at(5, 5)}, "from"), ({**between, "parcels": ["A", "C/2"]}, "from"),
        ({**between, "from": [1]}, "from"), ({**between, "finding": 1}, "finding"), ({"reason": ""}, "reason"),
        ({**between, "parcels": []}, "parcels"), ({**between, "via": []}, "via"),
    ):  # fmt: skip
        status, problem = mark(body)
        assert (status, problem["where"]) == (400, where), problem
    assert mark({"finding": 99999, "reason": "x"})[0] == 404


def test_an_edit_that_fixes_and_an_acceptance_in_one_moment_are_told_apart(
    app: Flask, client: FlaskClient, bearer: Bearer
) -> None:
    outcomes = []
    for name in ("D1", "D2", "D3", "D4"):
        ring = [at(0.2, 0.2), at(0.4, 0.2), at(0.4, 0.4), at(0.2, 0.4)]
        drawn = edit(
            {"op": "draw", "kind": "lot", "parcel_id": name, "rings": [ring]},
            seen={}, accept=[{"rule": "overlap", "parcels": ["A", name], "reason": "a stall"}],
        )  # fmt: skip
        made = client.post("/api/edits", json=drawn, headers=bearer["administrator"])
        assert made.status_code == 201, made.text
        finding = asked(client, bearer, "?rule=overlap&limit=1")["findings"][0]["id"]
        seen = step(client, bearer, f"/{finding}/reopen", {"reason": "the stall is gone"})[1]["changed_at"]
        mends = edit({"op": "retire", "parcel_id": name}, seen={name: 1})
        barrier, answers = threading.Barrier(2), {}

        def send(what: str, path: str, body: Any, who: str) -> None:
            with app.test_client() as own:
                barrier.wait()  # noqa: B023 (joined below, before the next round)
                answers[what] = own.post(path, json=body, headers=bearer[who]).status_code  # noqa: B023

        accepts = {"reason": "a stall", "seen": seen}
        threads = [
            threading.Thread(target=send, args=("edit", "/api/edits", mends, "editor")),
            threading.Thread(target=send, args=("accept", f"/api/findings/{finding}/accept", accepts, "reviewer")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one = asked(client, bearer, f"/{finding}")
        steps = [event["what"] for event in one["history"]][-2:]
        assert answers["edit"] == 201
        assert one["status"] == "fixed"
        assert (answers["accept"], steps) in ((200, ["accepted", "fixed"]), (409, ["reopened", "fixed"]))
        outcomes.append(answers["accept"])
    assert len(outcomes) == 4
