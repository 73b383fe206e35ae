"""A deployment whose imports are killed at a moment of their work, and what its database holds afterwards."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, text

from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.services.importing.queue_import import queue_import
from spatial_admin.settings import Settings
from tests.accounts import People, csrf_token_of, sign_in
from tests.gate import end_who_is_there
from tests.jobs.workers import KILLED
from tests.waiting import PATIENCE_S

# Transformed and noded on the way; and one that is stored to the bit, with four rows for the quarantine. Of each as much as
# shows all moments: more than one chunk of rows (1,000) and of parcels (250).
RUIAN, WILLIAMSBURG = "cz_ruian_parcely_5514.gpkg", "us_va_williamsburg_parcels.geojson"
ROWS = {RUIAN: 1_200, WILLIAMSBURG: 804}
QUICK = ("--dead-after", "1.5")
# Where the worker is killed: a trigger, and what must be so for it to wait there for the test.
WHILE_READING = "AFTER INSERT ON staged_parcel", "true"
ALL_STAGED = "AFTER INSERT ON edit", "true"
WHILE_TRANSFORMING = "AFTER UPDATE ON staged_parcel", "count(geom) > 1000 FROM staged_parcel"
ALL_ADMITTED = "AFTER UPDATE ON import_batch", "state = 'done' FROM import_batch"
IMPORT_DONE = "AFTER UPDATE ON job_run", "state = 'done' FROM job_run"
IN_A_TERMINAL = """
import sys
from pathlib import Path
from spatial_admin.factory import create_app
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits, Settings
app = create_app(Settings(sys.argv[1], sys.argv[1], "only-for-tests-0123456789", demo=False, production=False))
with app.app_context():
    import_parcels(Path(sys.argv[2]), ImportOptions(), limits=Limits())
"""
BOOKS = {
    "rows": "SELECT row, decision, rule, reason, parcel_id, number, md5(ST_AsBinary(geom)) FROM staged_parcel ORDER BY row",
    "parcels": "SELECT parcel_id, number, version, area_m2, md5(ST_AsBinary(geom)), attributes FROM parcel ORDER BY parcel_id",
    "history": "SELECT parcel_id, version, change, md5(ST_AsBinary(geom)) FROM parcel_version ORDER BY parcel_id, version",
    "findings": "SELECT rule, status, round(measure::numeric, 6), array(SELECT parcel_id FROM parcel "
    "WHERE id = ANY (parcels) ORDER BY 1) AS names FROM finding ORDER BY 1, 4",
    "events": "SELECT what, count(*) FROM finding_event GROUP BY what",
    "edits": "SELECT count(*), count(receipt) FROM edit",
    "import": "SELECT state, features, admitted, quarantined, rejected, findings, notes - 'upload' FROM import_batch",
    "map": "SELECT level, code, sum(parcels), sum(findings) FROM (SELECT level, code, parcels, findings FROM parcel_cell "
    "UNION ALL SELECT 19, code, parcels, findings FROM parcel_cell_delta) AS noted WHERE level = 19 GROUP BY 1, 2 ORDER BY 2",
}  # fmt: skip
Books = dict[str, list[tuple[Any, ...]]]


def books_of(engine: Engine) -> Books:
    with engine.connect() as connection:
        return {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in BOOKS.items()}


@dataclass(frozen=True, slots=True)
class Office:
    """A deployment, its people, and its database from beside it."""

    app: Flask
    settings: Settings
    engine: Engine
    owner_engine: Engine
    accounts: People
    client: FlaskClient

    def upload(self, path: Path) -> tuple[int, int]:
        """The numbers of the import and of its job."""
        administrator = self.accounts.administrator
        with self.app.app_context(), path.open("rb") as file:
            batch = queue_import(file, path.name, ImportOptions(), administrator.account_id, self.settings)
        return batch, self.shown(batch)["job"]["job_id"]

    def shown(self, batch: int) -> dict[str, Any]:
        """An import as the interface answers it."""
        answer = self.client.get(f"/api/imports/{batch}", headers=self.accounts.administrator.bearer)
        assert answer.json is not None
        return dict(answer.json)

    def page(self, batch: int) -> str:
        """The page of an import."""
        sign_in(self.client, self.accounts.administrator)
        return self.client.get(f"/admin/import_batch/details/?id={batch}").text

    def go_on(self, batch: int) -> int:
        """Press the button on the page of an import; the number of its job."""
        token = csrf_token_of(self.page(batch))
        pressed = self.client.post(f"/admin/import_batch/resume/{batch}", data={"csrf_token": token})
        assert pressed.status_code == 303
        return int(self.shown(batch)["job"]["job_id"])

    def ask_to_go_on(self, batch: int) -> int:
        """The same by the interface."""
        administrator = self.accounts.administrator
        asked = self.client.post(f"/api/imports/{batch}/resume", json={}, headers=administrator.bearer)
        return int((asked.json or {})["job"]["job_id"])

    def in_a_terminal(self, path: Path) -> subprocess.Popen[bytes]:
        """An import that somebody else begins in a terminal."""
        return subprocess.Popen([sys.executable, "-c", IN_A_TERMINAL, self.settings.database_url, str(path)])

    def terminal(self, *words: str) -> Result:
        """What `flask …` says."""
        return self.app.test_cli_runner().invoke(args=words)


def kill_terminal(terminal: subprocess.Popen[bytes], gate: Connection) -> None:
    """End an import in a terminal at the gate by `kill -9`."""
    terminal.kill()
    assert terminal.wait(PATIENCE_S) == KILLED
    end_who_is_there(gate)
