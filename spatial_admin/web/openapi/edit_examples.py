"""Edits as clients send them, on two lots A and B above a long lot C/2; in order, from the ordinary to the refused."""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.web.openapi.description import Example, Json
from spatial_admin.web.openapi.operations import OPERATIONS

PATH: Final = "/api/edits"
SEEN: Final = {"A": 1, "B": 1, "C/2": 1}


def _edit(number: int, comment: str, operations: list[Json], **more: Any) -> Json:
    key = f"5b1c3c0e-8f5d-4c1e-9d0a-{number:012d}"
    return {"key": key, "comment": comment, "seen": SEEN, "operations": operations, **more}


def _operation(name: str, **changes: Any) -> Json:
    return {"op": name, **OPERATIONS[name].example, **changes}


MOVED: Final = _edit(1, "Stone found 11 m north of the plan", [_operation("move_point")])
RECEIPT: Final[Json] = {
    "edit_id": 2,
    "key": MOVED["key"],
    "parcels": [
        {"parcel_id": "A", "version": 2, "change": "geometry", "area_m2_before": 8187.274, "area_m2_after": 7777.907},
        {"parcel_id": "B", "version": 2, "change": "geometry", "area_m2_before": 8187.274, "area_m2_after": 7777.907},
        {"parcel_id": "C/2", "version": 2, "change": "geometry", "area_m2_before": 16374.87, "area_m2_after": 17193.57},
    ],
    "points": [{"given": {"lon": 2.311, "lat": 48.6901}, "stored": [2.311, 48.6901]}],
    "findings": {"opened": [], "closed": []},
    "attempts": 1,
    "rebased": False,
}
NORTH_EDGE: Final = _edit(2, "Bend in the north edge", [_operation("insert_point")])
FAR_CORNER: Final = [_operation("move_point", at=[2.31, 48.691], to=[2.31, 48.6911])]

EXAMPLES: Final = (
    Example("move_a_corner", "Move a corner that three parcels share", PATH, 201, MOVED, answer=RECEIPT),
    Example("again", "The same again, because the answer was lost", PATH, 200, MOVED, "move_a_corner", RECEIPT),
    Example("insert", "Insert a point into an edge", PATH, 201, NORTH_EDGE),
    Example(
        "remove", "Remove it again", PATH, 201,
        _edit(3, "There is no bend", [_operation("remove_point")], seen={"A": 2}),
        "insert",
    ),
    Example("rehearse", "Only look what it would do", PATH, 200, _edit(11, "A try", FAR_CORNER, dry_run=True)),
    Example(
        "as_a_job", "Have it made as a job", PATH, 202, _edit(12, "A large edit", FAR_CORNER),
        headers={"Prefer": "respond-async"},
    ),
    Example("draw", "Draw a parcel", PATH, 201, _edit(15, "Reclaimed land", [_operation("draw")])),
    Example("split", "Divide a parcel along a line", PATH, 201, _edit(16, "Plat 2024/17", [_operation("split")])),
    Example("merge", "Make one parcel of two", PATH, 201, _edit(17, "Bought by the neighbour", [_operation("merge")])),
    Example(
        "replace_boundary", "Give a boundary another course", PATH, 201,
        _edit(18, "The ditch bends", [_operation("replace_boundary")]),
    ),
    Example(
        "under_a_record", "An edit that rests on a record", PATH, 201,
        _edit(19, "As the plat says", FAR_CORNER, record_id=1), "enter_record",
    ),
    Example(
        "no_record", "A record that there is not", PATH, 422, _edit(21, "Corner moved", FAR_CORNER, record_id=999999)
    ),
    Example(
        "retire", "Retire a parcel", PATH, 201,
        _edit(13, "Road closed by decree", [_operation("retire")], nature="legal_event", seen={"C/2": 1}),
    ),
    Example(
        "restore", "Bring a retired parcel back", PATH, 201,
        _edit(14, "The decree was void", [_operation("restore", parcel_id="C/2")], seen={"C/2": 2}), "retire",
    ),
    Example(
        "update", "Change properties", PATH, 201,
        _edit(4, "Renumbered by decree", [_operation("update")], nature="legal_event", seen={"A": 1}),
    ),
    Example("stale", "Somebody else was faster", PATH, 409, _edit(5, "Corner moved", FAR_CORNER), "move_a_corner"),
    Example(
        "rebase", "… and the edit is replayed on what they made", PATH, 201,
        _edit(6, "Corner moved", FAR_CORNER, if_stale="rebase"),
        "move_a_corner",
    ),
    Example("not_seen", "Versions that are not stated", PATH, 428, _edit(7, "Corner moved", FAR_CORNER, seen={})),
    Example(
        "bow_tie", "A boundary that would cross itself", PATH, 422,
        _edit(8, "Corner moved", [_operation("move_point", at=[2.31, 48.691], to=[2.312, 48.6905])]),
    ),
    Example(
        "nowhere", "A point that no parcel has", PATH, 422,
        _edit(9, "Corner moved", [_operation("move_point", at=[2.4, 48.7])]),
    ),
    Example(
        "unknown_field", "A field that there is not", PATH, 400,
        _edit(10, "Corner moved", FAR_CORNER, colour="red"),
    ),
)  # fmt: skip

UNDO: Final[Json] = {"key": "5b1c3c0e-8f5d-4c1e-9d0a-000000000020", "comment": "Wrong stone"}
UNDO_PATH: Final = "/api/edits/2/revert"
REVERTS: Final = (
    Example("undo", "Undo an edit", UNDO_PATH, 201, UNDO, "move_a_corner"),
    Example("undo_again", "The same again, because the answer was lost", UNDO_PATH, 200, UNDO, "undo"),
    Example("undo_nothing", "An edit that there is not", "/api/edits/999999/revert", 404, UNDO),
)
