"""The tables of the page *Database*: each a heading, columns with figures aligned, and buttons where a row has any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spatial_admin.admin.base_view import Section
from spatial_admin.admin.presentation import NONE, figure, moment_of
from spatial_admin.connections.measurements import Tally
from spatial_admin.services.database.attention import Help
from spatial_admin.services.database.describe_backups import Backups
from spatial_admin.services.database.describe_connections import Connections
from spatial_admin.services.database.describe_server import Server
from spatial_admin.services.database.describe_sessions import Sessions
from spatial_admin.services.database.describe_upkeep import MOST_SHOWN, Upkeep
from spatial_admin.services.shared.words_of_measure import bytes_of, duration, share

MOST_SLOW = 15


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A section of the page; `helps` is by row what a button does with `rows[n]`; `is_open` without a click."""

    section: Section
    helps: Sequence[Help] = ()
    rows: Sequence[Any] = ()
    is_open: bool = False


def tables_of(
    sessions: Sessions, upkeep: Upkeep, server: Server, backups: Backups, own: Connections
) -> list[DatabaseTable]:
    """All of them, in the order of the page; what is empty and would say nothing is left out."""
    found = [
        *_of_sessions(sessions),
        DatabaseTable(_backups(backups)),
        DatabaseTable(_connections(sessions)),
        DatabaseTable(_pools(own)),
        DatabaseTable(_slow(own)),
        DatabaseTable(_statements(server)),
        DatabaseTable(_tables(upkeep)),
        DatabaseTable(_indexes(upkeep)),
        DatabaseTable(_holders(upkeep)),
        DatabaseTable(_replicas(server)),
        DatabaseTable(_readers(own)),
        DatabaseTable(_slots(server)),
        DatabaseTable(_numbers(upkeep, server)),
    ]
    return [table for table in found if table.section.rows or table.section.empty]


def tables_of_process(own: Connections) -> list[DatabaseTable]:
    """Those that need no server: what the web process that draws the page knows by itself."""
    return [DatabaseTable(section) for section in (_readers(own), _pools(own), _slow(own)) if section.rows]


def _of_sessions(sessions: Sessions) -> list[DatabaseTable]:
    idle = Section(
        "Idle in a transaction",
        ("Process", "Role", "Application", "Open for", "Idle for", "Holds back VACUUM", "Last statement"),
        [
            (_pid(row.pid), row.role, row.application, _time(row.open_s), _time(row.since_s),
             _yes(row.holds_back_vacuum), row.statement) for row in sessions.idle
        ],
        "",
    )  # fmt: skip
    blocked = Section(
        "Waiting for a lock",
        ("Process", "Role", "Waits", "For", "Blocked by", "Statement"),
        [
            (_pid(row.pid), row.role, _time(row.waits_s), row.lock, ", ".join(map(str, row.by)), row.statement)
            for row in sessions.blocked
        ],
        "",
    )
    running = Section(
        "Running for more than 5 seconds",
        ("Process", "Role", "Application", "Runs", "Statement"),
        [(_pid(row.pid), row.role, row.application, _time(row.runs_s), row.statement) for row in sessions.running],
        "",
    )
    return [
        DatabaseTable(idle, ["end"] * len(sessions.idle), sessions.idle, is_open=True),
        DatabaseTable(blocked, (), (), is_open=True),
        DatabaseTable(running, ["cancel"] * len(sessions.running), sessions.running, is_open=True),
    ]


def _backups(backups: Backups) -> Section:
    made = backups.made
    rows = (
        [] if made is None
        else [(moment_of(made.ended_at), _time(made.ago_s), made.file or NONE, _bytes(made.bytes), _time(made.took_s))]
    )  # fmt: skip
    note = f"By the worker into {backups.folder}." if backups.folder else "No folder is set for the worker."
    return Section("Last backup", ("Made (UTC)", "Age", "File", "Size", "Took"), rows, "None is known.", note)


def _connections(sessions: Sessions) -> Section:
    rows = [(row.state, _n(row.count), _n(row.here)) for row in sessions.by_state]
    note = f"{sessions.connected} of {sessions.most} connections of the server are taken."
    return Section("Connections", ("State", "Connections", "To this database"), rows, note=note)


def _pools(own: Connections) -> Section:
    waits, holds = own.measured.times.get("checkout", {}), own.measured.times.get("held", {})
    rows = [
        (name, _n(pool.in_use), _n(pool.idle), _n(pool.size), _n(pool.overflow), _mean(waits.get(name)),
         _longest(waits.get(name)), _mean(holds.get(name)), _longest(holds.get(name)),
         _n(own.measured.counts.get(f"pool_timeouts_{name}", 0))) for name, pool in own.pools.items()
    ]  # fmt: skip
    headings = (
        "Server", "In use", "Idle", "Kept", "Beyond", "Wait, mean", "Longest", "Held, mean", "Longest", "In vain",
    )  # fmt: skip
    note = (
        f"Of the web process that drew this page ({own.measured.worker}) since it began; every other has its own, and "
        "/metrics tells of the one that answers."
    )
    return Section("Pool of connections", headings, rows, note=note)


def _slow(own: Connections) -> Section:
    found = sorted(own.measured.times.get("slow_query", {}).items(), key=lambda one: -one[1].total_s)[:MOST_SLOW]
    rows = [(name, _n(tally.count), _mean(tally), _longest(tally)) for name, tally in found]
    note = "Of this web process since it began, by their place in the program; SPATIAL_ADMIN_SLOW_QUERY_MS bounds them."
    return Section("Slow statements", ("Name", "Times", "Mean", "Longest"), rows, "None so far.", note)


def _tables(upkeep: Upkeep) -> Section:
    headings = (
        "Table", "Rows", "Dead", "Dead share", "Size", "With indexes", "HOT updates", "Vacuumed (UTC)",
        "Analyzed (UTC)",
    )  # fmt: skip
    rows = [
        (row.name, _n(row.rows), _n(row.dead), figure(share(row.dead_share)), figure(bytes_of(row.table_bytes)),
         figure(bytes_of(row.bytes)), figure(share(row.hot_share)), moment_of(row.vacuumed_at),
         moment_of(row.analyzed_at)) for row in upkeep.tables
    ]  # fmt: skip
    note = (
        "Rows are estimates, which a crash or a promotion takes back to what ANALYZE found. By hand or by autovacuum, "
        "whichever was last. A HOT update touches no index; it needs room on the row's page."
    )
    return Section("Tables", headings, rows, note=_first(rows) + note)


def _indexes(upkeep: Upkeep) -> Section:
    headings = ("Index", "Of", "Kind", "Size", "Waste", "Uses", "")
    rows = [
        (row.name, row.table_name, row.method, figure(bytes_of(row.bytes)),
         figure(share(max(0.0, row.waste))) if row.waste is not None else NONE, _n(row.scans), _of_use(row))
        for row in upkeep.indexes
    ]  # fmt: skip
    note = (
        "Waste is against the size for as many rows when maintenance noted it; – where it has not. Uses count since "
        "the statistics began, on this server only: a replica has its own."
    )
    return Section("Indexes", headings, rows, note=_first(rows) + note)


def _first(rows: Sequence[Any]) -> str:
    return f"The {MOST_SHOWN} largest. " if len(rows) == MOST_SHOWN else ""


def _of_use(row: Any) -> str:
    if not row.is_valid:
        return "invalid"
    return "" if row.scans else ("keeps a rule" if row.is_rule else "not used so far")


def _statements(server: Server) -> Section:
    headings = ("Statement", "Calls", "Mean", "Longest", "In all")
    if server.statements is None:
        return Section(
            "Statements",
            headings,
            [],
            "PostgreSQL does not count them: set shared_preload_libraries = 'pg_stat_statements', start it anew, and "
            "CREATE EXTENSION pg_stat_statements in this database.",
        )
    rows = [
        (row.statement, _n(row.calls), figure(f"{row.mean_ms:,.1f} ms"), figure(f"{row.max_ms:,.0f} ms"),
         figure(f"{row.total_s:,.1f} s")) for row in server.statements
    ]  # fmt: skip
    return Section("Statements", headings, rows, note="Those that cost most in all, counted by pg_stat_statements.")


def _holders(upkeep: Upkeep) -> Section:
    rows = [
        (row.kind, row.name, row.who, NONE if row.age is None else _n(row.age), _time(row.open_s))
        for row in upkeep.holders
    ]
    note = "No row that died later than the oldest of them began can be removed."
    return Section("What holds VACUUM back", ("Kind", "Name", "Of", "Transactions", "Open for"), rows, "Nothing.", note)


def _replicas(server: Server) -> Section:
    rows = [
        (
            row.name,
            row.state or "not shown",
            row.sync_state or NONE,
            _bytes(row.unsent),
            _bytes(row.behind),
            _time(row.lag_s),
        )
        for row in server.replicas
    ]
    if server.standby.is_standby:
        note = f"This server is a standby; its last replayed commit was {duration(server.standby.replayed_ago_s)} ago."
    else:
        note = "Behind is log that the replica has not replayed; the time is that of the last commit it confirmed."
    headings = ("Replica", "State", "Waited for", "Not sent", "Behind", "Lag")
    return Section("Replicas", headings, rows, "None is connected.", note if rows or server.standby.is_standby else "")


def _readers(own: Connections) -> Section:
    rows = [
        (one.name, one.state, _time(one.lag_s), _bytes(one.behind_bytes), one.error or NONE) for one in own.replicas
    ]
    headings = ("Replica", "For readers", "At most so old", "Behind", "Error")
    note = "Those of DATABASE_REPLICA_URL, in its order, as the web process that drew this page knows them."
    return Section("Replicas that answer readers", headings, rows, "", note)


def _slots(server: Server) -> Section:
    rows = [(row.name, row.kind, _yes(row.active), row.wal_status or NONE, _bytes(row.kept)) for row in server.slots]
    return Section("Replication slots", ("Slot", "Kind", "In use", "Log", "Keeps"), rows, "")


def _numbers(upkeep: Upkeep, server: Server) -> Section:
    database, cache, checkpoints = upkeep.database, server.cache, server.checkpoints
    rows: list[tuple[Any, Any]] = [
        ("Size of the database", figure(bytes_of(database.bytes))),
        ("Oldest transaction that is not frozen, transactions ago", _n(database.age)),
        ("… at which autovacuum freezes whatever is running", _n(database.forced_at)),
        ("Reads answered from the server's memory", figure(share(cache.hit_share))),
        ("Written to temporary files", figure(bytes_of(cache.temp_bytes))),
        ("Deadlocks", _n(cache.deadlocks)),
        ("Queries cancelled for replay (on a standby)", _n(cache.conflicts)),
        ("Checkpoints by the clock", _n(checkpoints.timed)),
        ("Checkpoints because the log was full", _n(checkpoints.asked)),
    ]
    if server.log is not None:
        rows += [
            ("Log written", figure(bytes_of(server.log.bytes))),
            ("… whole pages in it, after checkpoints", _n(server.log.full_pages)),
        ]
    since = cache.stats_reset
    began = f"Since {since:%Y-%m-%d %H:%M} UTC, or a crash" if since else "Since the database was made, or a crash"
    note = f"{began} or promotion of the server after that."
    return Section("Numbers of the server", ("", "Value"), rows, note=note)


def _n(value: int) -> Any:
    return figure(f"{value:,}".replace(",", "\u202f"))


def _mean(tally: Tally | None) -> Any:
    return NONE if tally is None or not tally.count else figure(f"{1000 * tally.total_s / tally.count:,.1f} ms")


def _longest(tally: Tally | None) -> Any:
    return NONE if tally is None else figure(f"{1000 * tally.max_s:,.0f} ms")


def _pid(number: int) -> Any:
    return figure(str(number))


def _bytes(value: float | None) -> Any:
    return NONE if value is None else figure(bytes_of(value))


def _time(value: float | None) -> Any:
    return NONE if value is None else figure(duration(value))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
