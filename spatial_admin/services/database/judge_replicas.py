"""What of replicas needs somebody's attention: those that the primary feeds, and those that readers are sent to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from spatial_admin.connections.standby import DIVERGED, IN_USE, IS_PRIMARY, OUT_OF_REACH, TOO_OLD, ReplicaState
from spatial_admin.services.database.attention import Attention
from spatial_admin.services.database.describe_server import Server
from spatial_admin.services.shared.words_of_measure import bytes_of, duration

LAG_S: Final = 30.0
LAG_BYTES: Final = 64 * 1024 * 1024
KEPT_BYTES: Final = 2 * 1024**3

# Who reads the log from a slot, by its kind.
READERS: Final = {"physical": "its replica", "logical": "its subscriber"}


def judge_replicas(server: Server, readers: Sequence[ReplicaState]) -> Iterator[Attention]:
    """What readers found, then what the primary knows of whom it feeds (not of one that has stopped)."""
    yield from _of_readers(readers)
    yield from _of_waiting(server)
    for row in server.replicas:
        if (row.lag_s or 0) > LAG_S or (row.behind or 0) > LAG_BYTES:
            late = f", {duration(row.lag_s)}" if row.lag_s is not None else ""
            yield Attention(
                f"The replica {row.name} is {bytes_of(row.behind or 0)} of log behind{late}.",
                "Look for a replay that is paused, a long query on it, and at its disk and network. Readers are sent "
                "to the primary meanwhile.",
            )
    for row in server.slots:
        drop = f"SELECT pg_drop_replication_slot('{row.name}')"
        if not row.active and (row.kept or 0) > KEPT_BYTES:
            yield Attention(
                f"The replication slot {row.name} is not in use and keeps {bytes_of(row.kept)} of log on the disk.",
                f"Start {READERS[row.kind]}, or {drop}, before the disk is full.",
                is_bad=True,
            )


def judge_lost_primary(reason: str, readers: Sequence[ReplicaState], *, is_alone: bool) -> list[Attention]:
    """The same while no primary answers; `is_alone` where DATABASE_URL names no other server to find one at."""
    reading = [one.name for one in readers if one.state != OUT_OF_REACH]
    reads = f"reads go on, by {' and '.join(reading)}" if reading else "no replica answers either"
    action = (
        "Start it. If it does not come back, promote a replica: SELECT pg_promote() there, as superuser, and keep the "
        "old primary off (docs/replicas.md, Promotion)."
    )
    if is_alone:
        action += (
            " DATABASE_URL names one server only: let it name the promoted one as well, and start the web servers anew."
        )
    lost = Attention(
        f"The primary is out of reach. Nobody can save; {reads}. It was told: {reason}", action, is_bad=True
    )
    return [lost, *_of_readers(readers)]


def _of_waiting(server: Server) -> Iterator[Attention]:
    """A commit waits for a standby, and none is there. (Without pg_read_all_stats `sync_state` is not told.)"""
    waited_for = server.standby.waited_for
    if waited_for and not any(row.sync_state in ("sync", "quorum", None) for row in server.replicas):
        yield Attention(
            f"Nobody can save: commits wait for a synchronous replica (synchronous_standby_names = '{waited_for}'), "
            "and none is connected. Edits are told so after SPATIAL_ADMIN_COMMIT_TIMEOUT_S; jobs wait.",
            "Start a replica that it names. To go on without one: ALTER SYSTEM SET synchronous_standby_names = ''; "
            "then SELECT pg_reload_conf(); from then on edits are on this server only.",
            is_bad=True,
        )


def _of_readers(readers: Sequence[ReplicaState]) -> Iterator[Attention]:
    if any(one.state == IS_PRIMARY for one in readers) and not any(one.state == IN_USE for one in readers):
        yield Attention(
            "DATABASE_REPLICA_URL names the primary, and no replica beside it that answers readers: it reads and "
            "writes alone.",
            "After a promotion: make the old primary a replica of it, name that one there, and start the web servers "
            "anew (docs/replicas.md, Back to a primary with a replica).",
        )
    for replica in readers:
        if replica.state == OUT_OF_REACH and replica.error is not None:
            yield Attention(
                f"{_named(replica)} is out of reach: {replica.error}",
                "Start it, or look at its network and its password. The primary answers its readers meanwhile.",
            )
        elif replica.state == DIVERGED:
            yield Attention(
                f"{_named(replica)} was promoted while another primary answers: it goes its own way and is not read.",
                "Make it a replica of the primary anew, or take it out of DATABASE_REPLICA_URL (docs/replicas.md).",
                is_bad=True,
            )
        elif replica.state == TOO_OLD and (replica.lag_s is None or replica.lag_s > LAG_S):
            age = "nobody knows how old" if replica.lag_s is None else f"{duration(replica.lag_s)} old"
            yield Attention(
                f"{_named(replica)} is {age}: readers are not sent to it.",
                "Look for a replay that is paused, a long query on it, and at its disk and network.",
            )


def _named(replica: ReplicaState) -> str:
    return f"{replica.name.capitalize()} of DATABASE_REPLICA_URL"
