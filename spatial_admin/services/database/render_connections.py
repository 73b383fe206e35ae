"""Connections, transactions and slow statements of this process in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spatial_admin.connections.measurements import Tally
from spatial_admin.connections.standby import IN_USE, IS_PRIMARY
from spatial_admin.services.database.describe_connections import Connections, describe_connections

# What is measured -> name of the series, label of its parts.
TIMES = {
    "checkout": ("spatial_admin_pool_checkout_seconds", "server"),
    "held": ("spatial_admin_pool_held_seconds", "server"),
    "flush": ("spatial_admin_flush_seconds", "of"),
    "transaction": ("spatial_admin_transaction_seconds", "kind"),
    "replica_wait": ("spatial_admin_replica_wait_seconds", "server"),
    "slow_query": ("spatial_admin_slow_query_seconds", "name"),
}
EVENTS = {
    "edits": "spatial_admin_transaction_edits_total",
    "replays": "spatial_admin_transaction_replays_total",
    "retries": "spatial_admin_transaction_retries_total",
    "contentions": "spatial_admin_transaction_contentions_total",
    "reads_replica": "spatial_admin_reads_replica_total",
    "reads_primary": "spatial_admin_reads_primary_total",
    "reads_while_primary_lost": "spatial_admin_reads_while_primary_lost_total",
    "reads_waited_in_vain": "spatial_admin_reads_waited_in_vain_total",
    "reads_answered_again": "spatial_admin_reads_answered_again_total",
}


def render_connections() -> str:
    """One line a number, labelled with the process, for each worker counts its own."""
    found = describe_connections()
    worker = f'worker="{found.measured.worker}"'
    lines = [*_pools(found, worker), *_times(found.measured.times, worker)]
    for event, name in EVENTS.items():
        lines += [f"# TYPE {name} counter", f"{name}{{{worker}}} {found.measured.counts.get(event, 0)}"]
    lines.append("# TYPE spatial_admin_aborts_total counter")
    aborts = sorted(found.measured.aborts.items())
    lines += [f'spatial_admin_aborts_total{{{worker},sqlstate="{code}"}} {number}' for code, number in aborts]
    return "\n".join([*lines, *_replicas(found, worker)]) + "\n"


def _pools(found: Connections, worker: str) -> Iterator[str]:
    yield "# TYPE spatial_admin_pool_connections gauge"
    for server, pool in found.pools.items():
        for state in ("size", "in_use", "idle", "overflow"):
            labels = f'{worker},server="{server}",state="{state}"'
            yield f"spatial_admin_pool_connections{{{labels}}} {getattr(pool, state)}"
    for event, name in (
        ("opened", "spatial_admin_pool_opened_total"),
        ("timeouts", "spatial_admin_pool_timeouts_total"),
    ):
        yield f"# TYPE {name} counter"
        for server in found.pools:
            number = found.measured.counts.get(f"pool_{event}_{server}", 0)
            yield f'{name}{{{worker},server="{server}"}} {number}'


def _times(times: Mapping[str, Mapping[str, Tally]], worker: str) -> Iterator[str]:
    for what, (name, label) in TIMES.items():
        tallies = times.get(what, {})
        yield f"# TYPE {name} summary"
        for of, tally in tallies.items():
            labels = f'{{{worker},{label}="{of}"}}'
            yield f"{name}_sum{labels} {tally.total_s:.6f}"
            yield f"{name}_count{labels} {tally.count}"
        yield f"# TYPE {name}_max gauge"
        yield from (f'{name}_max{{{worker},{label}="{of}"}} {tally.max_s:.6f}' for of, tally in tallies.items())


def _replicas(found: Connections, worker: str) -> Iterator[str]:
    if not found.replicas:
        return
    yield "# TYPE spatial_admin_primary_lost gauge"
    yield f"spatial_admin_primary_lost{{{worker}}} {int(found.is_primary_lost)}"
    yield "# TYPE spatial_admin_replica_in_use gauge"
    for one in found.replicas:
        yield f'spatial_admin_replica_in_use{{{worker},server="{one.name}"}} {int(one.state in (IN_USE, IS_PRIMARY))}'
    yield "# TYPE spatial_admin_replica_lag_seconds gauge"
    for one in found.replicas:
        if one.lag_s is not None:
            yield f'spatial_admin_replica_lag_seconds{{{worker},server="{one.name}"}} {one.lag_s:.3f}'
    yield "# TYPE spatial_admin_replica_behind_bytes gauge"
    for one in found.replicas:
        if one.behind_bytes is not None:
            yield f'spatial_admin_replica_behind_bytes{{{worker},server="{one.name}"}} {one.behind_bytes}'
