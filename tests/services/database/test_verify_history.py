"""History that does not replay is found, whatever is wrong with it, and said in a sentence; a sound one is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.owner_transaction import owner_transaction
from spatial_admin.services.database import verify_history as module
from spatial_admin.services.database.verify_history import Verified, verify_history
from tests.concurrency.fabric import Grid, move, save, store_block, update
from tests.conftest import dispose, settings_over
from tests.database import TestCluster, name_of

GRID = Grid()


@pytest.fixture(scope="module")
def admin(module_database_url: str, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A superuser in a database with edits of each kind of change; what a test damages it takes back."""
    app = create_app(settings_over(module_database_url, cluster, tmp_path_factory.mktemp("home")))
    engine = create_engine(module_database_url)
    store_block(engine, GRID, 4, 4)
    with app.app_context():
        save([move(GRID.at(1, 1), GRID.at(1.1, 1.1))], {"0-0": 1, "1-0": 1, "0-1": 1, "1-1": 1})
        save([update("3-3", number="7")], {"3-3": 1})
        save(
            [
                {
                    "op": "split",
                    "parcel_id": "3-0",
                    "line": [list(GRID.at(3.5, -1)), list(GRID.at(3.5, 2))],
                    "into": [None, "half"],
                }
            ],
            {"3-0": 1},
        )
        save([{"op": "retire", "parcel_id": "2-2"}], {"2-2": 1})
        save([{"op": "restore", "parcel_id": "2-2", "version": 1}], {"2-2": 2})
        save([{"op": "retire", "parcel_id": "0-3"}], {"0-3": 1})
    engine.dispose()
    dispose(app)
    admin = create_engine(cluster.admin_url(name_of(module_database_url)))
    yield admin
    admin.dispose()


def found(admin: Engine, *damage: str) -> list[str]:
    """What verification says of a database that was damaged, by somebody whom no trigger stops."""
    from sqlalchemy.orm import Session

    with Session(admin) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in damage:
            assert session.execute(text(statement)).rowcount >= 1, statement  # type: ignore[attr-defined]
        verified = Verified()
        lines = list(verify_history(session, lambda *_: None, verified))
        assert verified.wrong == len(lines)
        session.rollback()
    return lines


def test_a_sound_history_replays(admin: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(admin) == []
    monkeypatch.setattr(module, "PARCELS_AT_ONCE", 3)  # a stretch ends where no parcel's history does
    monkeypatch.setattr(module, "EDITS_AT_ONCE", 1)
    assert found(admin) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param("DELETE FROM parcel_version WHERE parcel_id = '1-1' AND version = 1", "one is missing, or there twice", id="a version is missing"),
        pytest.param(
            "INSERT INTO parcel_version (parcel, parcel_id, version, period, change, edit_id, level, kind, geom, area_m2, attributes, begun) "
            "SELECT parcel, parcel_id, version, tstzrange(begun + interval '1 year', NULL), change, edit_id, level, kind, geom, area_m2, attributes, "
            "begun + interval '1 year' FROM parcel_version WHERE parcel_id = '3-3' AND version = 2",
            "one is missing, or there twice", id="a version is there twice, in two years",
        ),
        pytest.param("UPDATE parcel_version SET period = tstzrange(begun, upper(period) + interval '1 us') WHERE parcel_id = '3-3' AND version = 1", "the next version begins at", id="a period ends late"),
        pytest.param("UPDATE parcel_version SET period = tstzrange(begun, now()) WHERE parcel_id = '0-2'", "the next version begins at no time", id="the newest has ended"),
        pytest.param("UPDATE parcel_version SET edit_id = 999 WHERE parcel_id = '0-2'", "edit 999, which does not exist", id="no edit"),
        pytest.param("UPDATE parcel_version SET geom = ST_Translate(geom, 1e-9, 0) WHERE parcel_id = '3-3' AND version = 1", "is called attributes, and its boundary is not the one before", id="a boundary was changed in the past"),
        pytest.param("UPDATE parcel_version SET change = 'geometry' WHERE parcel_id = '3-3' AND version = 2", "is called geometry, and its boundary is the one before", id="a change is called another"),
        pytest.param("UPDATE parcel SET geom = ST_Translate(geom, 1e-9, 0) WHERE parcel_id = '0-2'", "its image is not the parcel's row", id="the row is another"),
        pytest.param("UPDATE parcel SET number = 'x' WHERE parcel_id = '0-2'", "its image is not the parcel's row", id="a property is another"),
        pytest.param("UPDATE parcel SET end_lifespan_version = now() WHERE parcel_id = '2-2'", "the parcel is retired", id="retired behind history's back"),
        pytest.param("UPDATE parcel SET end_lifespan_version = NULL WHERE parcel_id = '0-3'", "the parcel is there", id="brought back behind it"),
        pytest.param("UPDATE parcel SET version = 9 WHERE parcel_id = '0-2'", "no version is its image", id="the row is at another version"),
        pytest.param("DELETE FROM parcel WHERE parcel_id = '0-2'", "a parcel that does not exist", id="the row is gone"),
        pytest.param("UPDATE edit SET receipt = jsonb_set(receipt, '{parcels,0,version}', '9') WHERE receipt @> '{\"parcels\": [{\"parcel_id\": \"3-3\"}]}'", "promised version 9 of parcel 3-3, and made none", id="a receipt promises another"),
        pytest.param("UPDATE edit SET receipt = NULL WHERE receipt ? 'parcels'", "has no receipt", id="a receipt is gone"),
        pytest.param("UPDATE lineage SET parent_version = 9", "Lineage 1 names version 9 of parcel 3-0", id="lineage leads nowhere"),
        pytest.param("INSERT INTO finding (rule, severity, parcels, fingerprint) VALUES ('overlap', 'warning', '{1,999}', 'x')", "names parcel number 999", id="a finding of nobody"),
    ],
)  # fmt: skip
def test_damage_is_found(damage: str, said: str, admin: Engine) -> None:
    lines = found(admin, damage)
    assert any(said in line for line in lines), lines


def test_the_command_reads_as_the_application_and_ends_with_what_it_found(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    store_block(engine, GRID, 2, 1)
    sound = app.test_cli_runner().invoke(args=["database", "verify"])
    assert sound.exit_code == 0, sound.output
    assert "History replays" in sound.output
    with owner_transaction(app.config["SETTINGS"].database_owner_url) as session:
        session.execute(text("ALTER TABLE parcel_version DISABLE TRIGGER USER"))
        session.execute(text("UPDATE parcel_version SET version = 2 WHERE parcel_id = '0-0'"))
        session.execute(text("ALTER TABLE parcel_version ENABLE TRIGGER USER"))
    damaged = app.test_cli_runner().invoke(args=["database", "verify"])
    assert damaged.exit_code == 1
    assert "Version 2 of parcel 0-0 is number 1" in damaged.output
    refused = app.test_cli_runner().invoke(args=["database", "backup", str(tmp_path / "never.backup")])
    assert refused.exit_code == 1
    assert "History does not replay" in refused.output
