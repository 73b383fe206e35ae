"""Undoing an import: everything it brought is retired as one edit, and what was changed since is kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.services.editing.parse_edit import RevertRequest
from spatial_admin.services.editing.revert_edit import request_to_revert
from spatial_admin.services.importing import undo_import as service
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.importing.undo_import import UndoRequest, import_of_edit, undo_import
from spatial_admin.services.shared.watch_edit import unwatched
from spatial_admin.settings import Limits
from tests.concurrency.audit import audit
from tests.concurrency.fabric import Grid, save, store_lots, update, versions_of

GRID = Grid()


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    """The application's context."""
    with app.app_context():
        yield


@pytest.fixture
def imported(tmp_path: Path) -> int:
    """A file of twelve lots, two of them overlapping, three of them one stack; answers the edit of its import."""
    boxes = [(f"L{i}", GRID.box(i, 0)) for i in range(8)]
    boxes += [("over", GRID.box(7.5, 0)), *((f"stack{n}", GRID.box(20, 0)) for n in range(3))]
    features = [
        {
            "type": "Feature",
            "properties": {"id": name},
            "geometry": {"type": "Polygon", "coordinates": [[*map(list, ring), list(ring[0])]]},
        }
        for name, ring in boxes
    ]
    path = tmp_path / "lots.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = import_parcels(path, ImportOptions(), limits=Limits())
    assert report.admitted == 12
    assert report.edit_id is not None
    return report.edit_id


def current(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(
            connection.execute(text("SELECT parcel_id FROM parcel WHERE end_lifespan_version IS NULL")).scalars()
        )


def undo(edit_id: int, key: uuid.UUID | None = None, told: Any = unwatched) -> dict[str, Any]:
    return undo_import(UndoRequest(edit_id, key or uuid.uuid4(), "wrong file"), None, told)


def test_everything_it_brought_is_retired_in_one_edit_and_its_findings_are_closed(
    engine: Engine, imported: int
) -> None:
    receipt = undo(imported)
    assert current(engine) == set()
    assert (receipt["retired"], receipt["kept"], receipt["findings_closed"]) == (12, 0, 2)
    with engine.connect() as connection:
        made = connection.execute(text("SELECT DISTINCT edit_id, change FROM parcel_version WHERE version = 2")).all()
        assert [tuple(row) for row in made] == [(receipt["edit_id"], "retired")]
        assert connection.execute(text("SELECT count(*) FROM finding WHERE status <> 'fixed'")).scalar() == 0
    wrong = audit(engine)
    assert [line for line in wrong if "promised" not in line] == []


def test_what_was_changed_since_is_kept_and_counted(engine: Engine, imported: int) -> None:
    save([update("L3", number="3a")], versions_of(engine))
    receipt = undo(imported)
    assert current(engine) == {"L3"}
    assert (receipt["retired"], receipt["kept"]) == (11, 1)


def test_a_lot_that_has_units_is_kept(engine: Engine, imported: int) -> None:
    store_lots(engine, {"flat": GRID.box(2, 0)}, level="units")
    save([update("flat", part_of="L2")], {"flat": 1})
    receipt = undo(imported)
    assert current(engine) == {"L2", "flat"}
    assert receipt["kept"] == 1


def test_the_rest_of_a_stack_stays_a_finding(engine: Engine, imported: int) -> None:
    save([update("stack0", number="a"), update("stack2", number="b")], versions_of(engine))
    undo(imported)
    with engine.connect() as connection:
        rest = connection.execute(
            text(
                "SELECT fingerprint, (SELECT array_agg(parcel_id ORDER BY parcel_id) FROM parcel WHERE id = ANY (parcels)) AS names, "
                "parcels FROM finding WHERE status <> 'fixed'"
            )
        ).one()
    assert rest.names == ["stack0", "stack2"]
    assert rest.fingerprint == "stack:" + ":".join(str(key) for key in rest.parcels)


def test_in_chunks_a_stopped_one_is_closed_with_what_it_did_and_another_key_goes_on(
    engine: Engine, imported: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CHUNK", 5)

    class Stopped(Exception):
        pass

    def stop(_step: str, done: int) -> None:
        if done >= 10:
            raise Stopped

    with pytest.raises(Stopped):
        undo(imported, told=stop)
    assert len(current(engine)) == 2
    receipt = undo(imported)
    assert current(engine) == set()
    assert (receipt["retired"], receipt["kept"]) == (2, 0)


def test_a_killed_one_goes_on_under_its_key_and_a_done_one_answers_its_receipt(
    engine: Engine, imported: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CHUNK", 5)
    key = uuid.uuid4()
    first = UndoRequest(imported, key, "wrong file")
    edit = service._open(first, 1, None)
    assert edit is not None
    service._chunk(1, edit, imported)  # and then the machine went down
    receipt = undo(imported, key)
    assert receipt["edit_id"] == edit
    assert receipt["retired"] == 12
    assert undo(imported, key) == receipt


def test_only_an_import_is_undone_so_and_an_import_only_so(engine: Engine, imported: int) -> None:
    store_lots(engine, {"other": GRID.box(40, 0)})
    with engine.connect() as connection:
        other = int(connection.execute(text("SELECT max(id) FROM edit")).scalar_one())
    assert import_of_edit(other) is None
    with pytest.raises(NotFound):
        undo(other)
    with pytest.raises(BadRequest, match="which a job undoes"):
        request_to_revert(imported, RevertRequest(uuid.uuid4(), ""), Limits())
