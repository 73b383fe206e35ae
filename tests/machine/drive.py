"""Drive the state machine for a number of steps over one kind of coverage.

Run as a program, because the storage SRID is fixed when the models are imported:
    SPATIAL_ADMIN_SRID=5514 python -m tests.machine.drive SOURCE STEPS SEED
SOURCE is a file that GDAL reads in the storage CRS, or `fabric` for random lots; SEED is a number, or `anew`. Prints one
JSON object: how many steps, and what became of them by kind. A failure prints the edit in the form of the shared cases.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import SkipTest

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine, text

from spatial_admin.factory import create_app
from spatial_admin.services.parcels.read_parcels import parcels_in_boxes
from spatial_admin.services.shared.read_deployment import fixed
from spatial_admin.settings import Settings, storage_srid
from spatial_admin.transaction import snapshot
from tests.conftest import dispose
from tests.database import TestCluster
from tests.machine.books import TABLES
from tests.machine.editor import RandomEditor
from tests.machine.memory import Memory
from tests.machine.sources import fill, random_lots, window
from tests.machine.world import World

STEPS_AN_EXAMPLE = 50
PARCELS_OF_A_FILE = 200
# Tables that keep history refuse this to everybody but a superuser who sets his triggers aside.
EMPTY = (
    "SET LOCAL session_replication_role = replica; TRUNCATE "
    + ", ".join([*TABLES, "zoning_district", "zoning_outline", "tile_change", "parcel_cell", "parcel_cell_delta"])
    + (" RESTART IDENTITY CASCADE")
)


def main(source: str, steps: int, seed_given: str) -> int:
    """0 when nothing was wrong; Hypothesis raises what is."""
    number = random.SystemRandom().randrange(2**32) if seed_given == "anew" else int(seed_given)
    sys.stderr.write(f"{source}, SRID {storage_srid()}: {steps} steps, seed {number}\n")
    cluster = TestCluster(os.environ["TEST_DATABASE_ADMIN_URL"])
    place = Place(cluster, source)
    try:
        with place.app.app_context():
            RandomEditor.open_world, RandomEditor.budget = place.open_world, steps
            # Some examples are cut short by Hypothesis, so there are more of them than it takes.
            run = seed(number)(RandomEditor), _settings(10 + 2 * steps // STEPS_AN_EXAMPLE)
            try:
                run_state_machine_as_test(run[0], settings=run[1])
            except (SkipTest, FlakyStrategyDefinition):  # it was ended; Hypothesis wonders where it had gone on before
                if place.counts["steps"] < steps or place.counts["failures"]:
                    raise
    finally:
        sys.stdout.write(json.dumps({"seed": number, **dict(sorted(place.counts.items()))}) + "\n")
        place.close()
        cluster.close()
    return 0


def _settings(examples: int) -> settings:
    # No shrinking: a failure prints its edit and what lies around it, which is smaller than any list of steps.
    return settings(
        max_examples=examples, stateful_step_count=STEPS_AN_EXAMPLE, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), verbosity=Verbosity.normal, print_blob=False,
    )  # fmt: skip


class Place:
    """A database that is emptied and filled anew for each example, and the application over it."""

    def __init__(self, cluster: TestCluster, source: str) -> None:
        self.counts: Counter[str] = Counter()
        self._cluster, self._source = cluster, source
        self._name = cluster.clone()
        urls = cluster.app_url(self._name), cluster.owner_url(self._name)
        self.app = create_app(Settings(*urls, "only-for-tests-0123456789", srid=storage_srid(), demo=False))
        self._engine = create_engine(urls[0])
        self._owner = create_engine(cluster.admin_url(self._name))
        with self._owner.begin() as connection:  # nothing here is about a power cut
            connection.execute(text(f'ALTER DATABASE "{self._name}" SET synchronous_commit = off'))

    def open_world(self, number: int) -> World:
        """A coverage in an empty database, and the same in memory."""
        with self._owner.begin() as connection:
            connection.execute(text(EMPTY))
        constants = fixed()
        ground = constants.ground
        file = self._source != "fabric"
        fill(self._engine, window(Path(self._source), PARCELS_OF_A_FILE) if file else random_lots(ground, number))
        memory = Memory(ground, constants.exclusive_levels)
        with snapshot() as session:

            def execute(sql: str, values: dict[str, Any]) -> Any:
                return session.connection().exec_driver_sql(sql, values).all()

            stored = parcels_in_boxes(execute, [ground.extent], [])
        memory.begin_with(sorted(stored, key=lambda parcel: parcel.key))
        return World(self._engine, memory, self.counts)

    def close(self) -> None:
        """Drop the database."""
        dispose(self.app)
        self._engine.dispose()
        self._owner.dispose()
        self._cluster.drop(self._name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
