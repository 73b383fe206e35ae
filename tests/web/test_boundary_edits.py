"""POST /api/edits with what moves more than one point: carried line points, joined near points, replaced boundaries."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.concurrency.audit import audit
from tests.web.api import INSERT, at, edit, move, store, wkt

Bearer = dict[str, dict[str, str]]
VIA = [at(1.1, 0.3), at(0.9, 0.6)]


@pytest.fixture(autouse=True)
def lots(engine: Engine) -> None:
    store(engine)


def boundary(*via: Any) -> dict[str, Any]:
    """The boundary of A and B over other points."""
    ends = {"from": at(1, 0), "to": at(1, 1)}
    return {"op": "replace_boundary", **ends, "via": list(via), "parcels": ["A", "B"]}


def update(parcel_id: str, **properties: object) -> dict[str, Any]:
    return {"op": "update", "parcel_id": parcel_id, "properties": properties}


def changes(receipt: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(p["parcel_id"], p["version"], p["change"]) for p in receipt["parcels"]]


def test_a_replaced_boundary_gives_both_one_version_and_whoever_passes_its_end_is_noded(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    body = edit(boundary(*VIA), seen={"A": 1, "B": 1})
    answer = client.post("/api/edits", json=body, headers=bearer["editor"])
    assert answer.status_code == 201
    assert answer.json is not None
    assert changes(answer.json) == [("A", 2, "geometry"), ("B", 2, "geometry"), ("C/2", 2, "noded")]
    assert answer.json["points"] == [{"given": point, "stored": point} for point in VIA]
    with engine.connect() as connection:
        shared = connection.execute(
            text(
                "SELECT ST_AsText(ST_LineMerge(ST_Intersection(ST_Boundary(a.geom), ST_Boundary(b.geom)))) "
                "FROM parcel a, parcel b WHERE a.parcel_id = 'A' AND b.parcel_id = 'B'"
            )
        ).scalar_one()
    assert all(f"{x!r} {y!r}" in shared for x, y in VIA)
    assert audit(engine) == []


def test_a_colleague_s_change_of_their_boundary_elsewhere_can_be_no_rebase_of_it(
    client: FlaskClient, bearer: Bearer
) -> None:
    first = client.post("/api/edits", json=edit(move(at(0, 1), at(0, 1.2))), headers=bearer["administrator"])
    assert first.status_code == 201
    for if_stale in ("reject", "rebase"):
        answer = client.post("/api/edits", json=edit(boundary(*VIA), if_stale=if_stale), headers=bearer["editor"])
        assert answer.status_code == 409
        assert answer.json is not None
        (conflict,) = answer.json["conflicts"]
        assert (conflict["parcel_id"], conflict["current_version"], conflict["can_rebase"]) == ("A", 2, False)
    again = client.post("/api/edits", json=edit(boundary(*VIA), seen={"A": 2, "B": 1}), headers=bearer["editor"])
    assert again.status_code == 201


def test_a_colleague_s_change_of_a_property_lets_it_be_rebased(client: FlaskClient, bearer: Bearer) -> None:
    client.post("/api/edits", json=edit(update("B", address="1 Mill Lane")), headers=bearer["administrator"])
    answer = client.post("/api/edits", json=edit(boundary(*VIA)), headers=bearer["editor"])
    assert answer.status_code == 409
    assert answer.json is not None
    assert [(c["parcel_id"], c["can_rebase"]) for c in answer.json["conflicts"]] == [("B", True)]
    rebased = client.post("/api/edits", json=edit(boundary(*VIA), if_stale="rebase"), headers=bearer["editor"])
    assert rebased.status_code == 201
    assert rebased.json is not None
    assert rebased.json["rebased"] is True
    assert changes(rebased.json) == [("A", 2, "geometry"), ("B", 3, "geometry"), ("C/2", 2, "noded")]


def test_a_boundary_that_a_colleague_took_away_is_a_conflict_and_no_unknown_point(
    client: FlaskClient, bearer: Bearer
) -> None:
    client.post("/api/edits", json=edit(boundary(*VIA)), headers=bearer["editor"])
    seen = {"A": 2, "B": 2, "C/2": 2}
    straight = client.post("/api/edits", json=edit(boundary(), seen=seen), headers=bearer["administrator"])
    assert straight.status_code == 201
    end = {**boundary(at(1.2, 0.2)), "to": VIA[0]}
    answer = client.post("/api/edits", json=edit(end, seen=seen, if_stale="rebase"), headers=bearer["editor"])
    assert answer.status_code == 409


def test_an_undone_replacement_is_there_again_to_the_bit(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    images = text("SELECT parcel_id, ST_AsEWKB(geom) FROM parcel WHERE parcel_id IN ('A', 'B') ORDER BY 1")
    with engine.connect() as connection:
        before = [(name, bytes(geom)) for name, geom in connection.execute(images)]
    client.post("/api/edits", json=edit(boundary(*VIA)), headers=bearer["editor"])
    back = client.post("/api/edits", json=edit(boundary(), seen={"A": 2, "B": 2}), headers=bearer["editor"])
    assert back.status_code == 201
    with engine.connect() as connection:
        assert [(name, bytes(geom)) for name, geom in connection.execute(images)] == before


def test_a_third_parcel_s_corner_on_the_way_is_named(client: FlaskClient, bearer: Bearer) -> None:
    across = {"op": "replace_boundary", "from": at(0, 0), "to": at(2, 0), "via": [at(1, 0.1)], "parcels": ["A", "C/2"]}
    answer = client.post("/api/edits", json=edit(across), headers=bearer["editor"])
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid_operation")  # type: ignore[index]
    assert answer.json is not None
    assert all(word in str(answer.json) for word in (str(at(1, 0)), "A and C/2", "B and C/2"))


def test_more_points_than_a_geometry_may_have_are_refused(client: FlaskClient, bearer: Bearer) -> None:
    via = [[2.311 + n * 1e-9, 48.69] for n in range(10_000)]
    answer = client.post("/api/edits", json=edit(boundary(*via)), headers=bearer["editor"])
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/limit_exceeded")  # type: ignore[index]


def test_carried_line_points_are_in_the_receipt_and_their_parcels_must_have_been_seen(
    client: FlaskClient, bearer: Bearer, engine: Engine
) -> None:
    carry = {**move(at(2, 0), at(2, 0.2)), "carry_line_points": True}
    unseen = client.post("/api/edits", json=edit(carry, seen={"B": 1, "C/2": 1}), headers=bearer["editor"])
    assert (unseen.status_code, unseen.json["missing"]) == (428, [{"parcel_id": "A", "current": 1}])  # type: ignore[index]
    answer = client.post("/api/edits", json=edit(carry), headers=bearer["editor"])
    assert answer.status_code == 201
    assert answer.json is not None
    assert changes(answer.json) == [("A", 2, "geometry"), ("B", 2, "geometry"), ("C/2", 2, "geometry")]
    assert answer.json["points"] == [
        {"given": at(2, 0.2), "stored": at(2, 0.2)}, {"given": at(1, 0), "stored": at(1, 0.1)},
    ]  # fmt: skip
    assert audit(engine) == []


def test_near_points_join_in_one_edit(client: FlaskClient, bearer: Bearer, engine: Engine) -> None:
    near = [at(2, 1)[0] + 5e-8, at(2, 1)[1]]  # something like four millimetres east
    with engine.begin() as connection:
        connection.execute(INSERT, {"name": "D", "number": "104", "address": "", "wkt": wkt(near, at(3, 1), at(3, 2))})
    join = {**move(at(2, 1), at(2, 1.1)), "join_within_m": 0.01}
    answer = client.post("/api/edits", json=edit(join, seen={"B": 1, "D": 1}), headers=bearer["editor"])
    assert answer.status_code == 201
    assert answer.json is not None
    assert changes(answer.json) == [("B", 2, "geometry"), ("D", 2, "geometry")]
    assert audit(engine) == []
