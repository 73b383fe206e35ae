"""Connections of this process as plain data: its pools, what was measured of them, its replicas."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from spatial_admin.connections.measurements import Measured, measured
from spatial_admin.connections.pools import PoolState, state_of
from spatial_admin.connections.replicas import EXTENSION, Replicas
from spatial_admin.connections.servers import ENGINES
from spatial_admin.connections.standby import ReplicaState
from spatial_admin.models import db


@dataclass(frozen=True, slots=True)
class Connections:
    """Of one process, since it began; other workers have their own. Pools by name: `primary`, `replica 1`, …"""

    pools: dict[str, PoolState]
    measured: Measured
    replicas: list[ReplicaState]
    is_primary_lost: bool


def describe_connections() -> Connections:
    """As they are now; no server is asked, but replicas where the last look at them is old."""
    engines = [db.engine, *current_app.extensions.get(ENGINES, ())]
    replicas: Replicas | None = current_app.extensions.get(EXTENSION)
    return Connections(
        pools={str(engine.pool.logging_name): state_of(engine) for engine in engines},
        measured=measured(),
        replicas=replicas.states() if replicas else [],
        is_primary_lost=bool(replicas and replicas.is_primary_lost),
    )
