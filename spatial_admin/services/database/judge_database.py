"""What of a database's state needs somebody's attention, why, and the action that helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from spatial_admin.connections.standby import ReplicaState
from spatial_admin.services.database.attention import Attention
from spatial_admin.services.database.describe_backups import DAY_S, Backups
from spatial_admin.services.database.describe_server import Server
from spatial_admin.services.database.describe_sessions import Sessions
from spatial_admin.services.database.describe_upkeep import Upkeep
from spatial_admin.services.database.judge_replicas import judge_replicas
from spatial_admin.services.shared.held_snapshot import HOLDERS
from spatial_admin.services.shared.words_of_measure import ago, bytes_of, duration, share

IDLE_S: Final = 60.0
BLOCKED_S: Final = 5.0
SNAPSHOT_S: Final = 3_600.0
SNAPSHOT_XIDS: Final = 1_000_000
FULL_SHARE: Final = 0.8
DEAD_ROWS: Final = 10_000
DEAD_SHARE: Final = 0.2
WASTE_BYTES: Final = 16 * 1024 * 1024
WASTE_SHARE: Final = 0.4
HIT_SHARE: Final = 0.95
MANY_READS: Final = 200_000
MAINTAINED_S: Final = 8 * 86_400.0
STOPS_AT: Final = 2_000_000_000  # transactions of age at which PostgreSQL takes no more writes, about


def judge_database(
    sessions: Sessions, upkeep: Upkeep, server: Server, backups: Backups, readers: Sequence[ReplicaState] = ()
) -> list[Attention]:
    """Everything that needs attention, the worst first; empty when all is well.

    `readers` are the replicas that the settings name, as the web process that asks knows them.
    """
    found = [
        *_of_sessions(sessions),
        *_of_age(upkeep),
        *_of_holders(upkeep),
        *_of_tables(upkeep),
        *_of_indexes(upkeep),
        *judge_replicas(server, readers),
        *_of_memory(server),
        *_of_jobs(upkeep),
        *_of_backups(backups),
    ]
    return sorted(found, key=lambda one: not one.is_bad)


def _of_sessions(sessions: Sessions) -> Iterator[Attention]:
    if sessions.connected > FULL_SHARE * sessions.most:
        what = f"{sessions.connected} of {sessions.most} connections are taken."
        yield Attention(
            what,
            "Lower the pool of each web process or their number, or put PgBouncer between them and the server.",
            is_bad=sessions.connected >= sessions.most - 3,
        )
    told = set()
    for row in sessions.blocked:
        root = sessions.root_of(row.pid)
        if row.waits_s < BLOCKED_S or root is None or root.pid in told:
            continue
        told.add(root.pid)
        if root.awaits_standby:
            yield Attention(
                f"Process {row.pid} waits, for {duration(row.waits_s)}, for process {root.pid}, whose commit waits for "
                "a synchronous replica.",
                "Look at the replica. To cancel helps nobody: the commit is made here, and nowhere else.",
                is_bad=True,
            )
            continue
        count = sum(getattr(sessions.root_of(other.pid), "pid", None) == root.pid for other in sessions.blocked)
        many = f"{count} sessions wait" if count > 1 else f"Process {row.pid} waits"
        does = "is idle in its transaction" if root.state.startswith("idle") else "runs a statement"
        yield Attention(
            f"{many}, for {duration(row.waits_s)}, for process {root.pid} ({root.role}, {root.application}), "
            f"which {does}.",
            "End the session: its transaction is rolled back, and the others go on."
            if root.state.startswith("idle")
            else "Let it end, or cancel its statement: its transaction fails, and the others go on.",
            is_bad=True,
            help="end" if root.state.startswith("idle") else "cancel",
            row=root,
        )
    for row in sessions.idle:
        if row.pid not in told and row.application not in HOLDERS and row.open_s is not None and row.since_s > IDLE_S:
            yield Attention(
                f"Process {row.pid} ({row.role}, {row.application}) has kept a transaction open and done nothing for "
                f"{duration(row.since_s)}.",
                "It keeps its locks, and VACUUM from cleaning up after what it may still see. End the session, and "
                "mend what forgot to commit; idle_in_transaction_session_timeout ends such sessions by itself.",
                help="end",
                row=row,
            )


def _of_age(upkeep: Upkeep) -> Iterator[Attention]:
    database = upkeep.database
    if database.is_closed:
        yield Attention(
            "Nobody can save: this database was closed, for another one took its place.",
            "Start the servers on that one. To open this one again, as its owner: DROP FUNCTION database_is_closed() "
            "CASCADE (docs/changing_srid.md).",
            is_bad=True,
        )
    if not database.autovacuum or not database.counts:
        name = "autovacuum" if not database.autovacuum else "track_counts"
        yield Attention(
            f"{name} is off: dead rows pile up, statistics go stale, and one day no transaction number is left.",
            f"ALTER SYSTEM SET {name} = on; then SELECT pg_reload_conf().",
            is_bad=True,
        )
    if database.age > database.forced_at * 1.1:
        yield Attention(
            f"The oldest transaction that is not frozen is {database.age:,} transactions old; writes stop at about "
            f"{STOPS_AT:,}.",
            "End whatever holds VACUUM back (below), then run maintenance.",
            is_bad=database.age > STOPS_AT / 2,
            help="maintain",
        )
    for table in upkeep.tables:
        if table.is_off:
            yield Attention(
                f"Autovacuum is off for the table {table.name}.",
                f"ALTER TABLE {table.name} RESET (autovacuum_enabled).",
            )


def _of_holders(upkeep: Upkeep) -> Iterator[Attention]:
    for row in upkeep.holders:
        is_old = (row.age or 0) > SNAPSHOT_XIDS or (row.open_s or 0) > SNAPSHOT_S
        if row.kind == "session" and is_old:
            yield Attention(
                f"The snapshot of process {row.name} ({row.who}) has been open for {duration(row.open_s)}, "
                f"{row.age or 0:,} transactions: no row that died since may be removed.",
                "Let it end, or cancel it.",
            )
        elif row.kind == "prepared transaction" and (row.open_s or 0) > IDLE_S * 10:
            yield Attention(
                f"The prepared transaction {row.name} ({row.who}) has waited for {duration(row.open_s)} and keeps its "
                "locks, also over a restart.",
                f"This application makes none. Ask who did, then COMMIT PREPARED or ROLLBACK PREPARED '{row.name}'.",
                is_bad=True,
            )
        elif row.kind == "replication slot" and row.who == "not in use":
            yield Attention(
                f"The replication slot {row.name} is not in use and holds VACUUM back, by {row.age or 0:,} "
                "transactions.",
                f"Start what reads it, or SELECT pg_drop_replication_slot('{row.name}').",
            )


def _of_tables(upkeep: Upkeep) -> Iterator[Attention]:
    many = [row for row in upkeep.tables if row.dead > DEAD_ROWS and (row.dead_share or 0) > DEAD_SHARE]
    if many:
        named = ", ".join(f"{row.name} ({share(row.dead_share)} of its rows)" for row in many[:5])
        yield Attention(
            f"Much is dead in {named}.",
            "Autovacuum lags behind, or is held back (below). Run maintenance.",
            help="maintain",
        )
    blind = [row for row in upkeep.tables if not (row.analyzed_at or row.has_statistics) and row.rows > 1_000]
    if blind:
        named = ", ".join(row.name for row in blind[:5])
        yield Attention(f"Never analyzed: {named}; queries are planned blindly.", "Run maintenance.", help="maintain")


def _of_indexes(upkeep: Upkeep) -> Iterator[Attention]:
    broken = [row for row in upkeep.indexes if not row.is_valid]
    if broken:
        named = ", ".join(row.name for row in broken)
        yield Attention(
            f"Invalid indexes, which every write keeps up and no query uses: {named}.",
            "Maintenance drops what a rebuild left (…_ccnew, …_ccold). Any other: DROP INDEX CONCURRENTLY, make anew.",
            help="maintain",
        )
    wasteful = [row for row in upkeep.indexes if (row.waste or 0) > WASTE_SHARE and row.bytes > WASTE_BYTES]
    if wasteful:
        named = ", ".join(f"{row.name} ({share(row.waste)} of {bytes_of(row.bytes)})" for row in wasteful[:5])
        yield Attention(
            f"Indexes that are mostly waste: {named}.", "Run maintenance: it rebuilds them.", help="maintain"
        )


def _of_memory(server: Server) -> Iterator[Attention]:
    cache, checkpoints = server.cache, server.checkpoints
    if cache.checksum_failures:
        yield Attention(
            f"{cache.checksum_failures} pages did not match their checksum: a disk returned other bytes than were "
            "written.",
            "Stop writing, copy the data directory, restore from a backup onto another disk.",
            is_bad=True,
        )
    if cache.read > MANY_READS and (cache.hit_share or 1) < HIT_SHARE:
        yield Attention(
            f"Only {share(cache.hit_share)} of reads found their page in the server's memory.",
            "Give it more (shared_buffers, a quarter of the machine's), or look for statements that scan (below).",
        )
    if checkpoints.asked > 20 and checkpoints.asked > checkpoints.timed:
        yield Attention(
            f"{checkpoints.asked:,} of {checkpoints.asked + checkpoints.timed:,} checkpoints came before their time, "
            "because the log was full.",
            "Raise max_wal_size.",
        )


def _of_jobs(upkeep: Upkeep) -> Iterator[Attention]:
    if not upkeep.workers:
        yield Attention("No worker runs: jobs wait, maintenance too.", "Start one: flask worker.", is_bad=True)
    last = upkeep.last
    if last is not None and last.state == "failed":
        yield Attention(f"The last maintenance failed: {last.problem}", "Run it again.", help="maintain")
    elif last is not None and last.left_out:
        yield Attention(
            "The last maintenance could not do everything.", f"{last.left_out[:1].upper()}{last.left_out[1:]}."
        )
    elif upkeep.now is None and (last is None or last.ago_s > MAINTAINED_S):
        since = "never was" if last is None else f"was last {ago(last.ago_s)}"
        yield Attention(
            f"Maintenance {since}.",
            "The worker runs it every night, unless SPATIAL_ADMIN_MAINTAIN_AT is off or no worker runs then.",
            help="maintain",
        )


def _of_backups(backups: Backups) -> Iterator[Attention]:
    made, ended = backups.made, backups.ended
    since = "No backup was ever made, as far as this database knows."
    if made is not None:
        since = f"No backup since {made.ended_at:%Y-%m-%d %H:%M} UTC, {ago(made.ago_s)}."
    if ended is not None and ended.state == "failed":
        yield Attention(
            f"The last backup failed: {ended.problem} {since}",
            "Mend that, then back up now.",
            is_bad=True,
            help="back_up",
        )
    elif backups.at is not None and (made is None or made.ago_s > backups.every_s + DAY_S) and backups.now is None:
        yield Attention(
            since,
            f"The worker makes one into {backups.folder} by the clock; see whether it runs then. Or back up now."
            if backups.folder
            else "Set SPATIAL_ADMIN_BACKUP_FOLDER to have the worker make them, or run flask database backup by cron; "
            "SPATIAL_ADMIN_BACKUP_AT=off says that you do it by other means (docs/backup.md).",
            is_bad=made is not None or bool(backups.folder),  # of a town that is only tried out it is a hint
            help="back_up" if backups.folder else "",
        )
