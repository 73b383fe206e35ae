"""Jobs whose worker died: back into the queue, and given up where workers keep dying over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg2.extras import Json as JsonValue
from sqlalchemy import Connection

from spatial_admin.errors import JobGivenUp, Json
from spatial_admin.transaction import short

Describe = Callable[[Exception], Json]
Suspects = Mapping[int, datetime]  # silent workers by their number in the queue, and when each was heard last

MOST_DEATHS: Final = 3
# Only a day later is a silent worker's own row removed. One that was held up, with its machine or its database, goes on
# then; without its row it could take no job any more.
FORGOTTEN_S: Final = 86_400.0
DIED: Final = "The worker died; the job is begun anew."
# One rescuer at a time: what two of them found stalled would be begun twice. Nobody waits for another: one that is held
# up in its midst would keep all workers from stopping.
ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(7263544602)"
# Taken by a worker whose heart has stopped, or whose row somebody has removed since. The rescuer itself lives.
STALLED: Final = """
SELECT j.id AS queue_id, (j.args ->> 'job_id')::bigint AS job_id, w.id AS worker_id, w.last_heartbeat
FROM procrastinate_jobs AS j LEFT JOIN procrastinate_workers AS w ON w.id = j.worker_id
WHERE j.status = 'doing' AND (w.id IS NULL OR w.id IS DISTINCT FROM %(rescuer)s
  AND w.last_heartbeat < clock_timestamp() - %(silent_s)s * interval '1 second')
FOR UPDATE OF j SKIP LOCKED
"""
COUNT_DEATH: Final = """
UPDATE job_run SET deaths = deaths + 1, state = 'waiting', done = 0, message = %(message)s
WHERE id = %(job_id)s AND ended_at IS NULL AND cancel_asked_at IS NULL RETURNING deaths
"""
REQUEUE: Final = "SELECT procrastinate_retry_job_v2(%(queue_id)s, clock_timestamp(), NULL, NULL, NULL)"
UNQUEUE: Final = "SELECT procrastinate_finish_job_v1(%(queue_id)s, 'failed', true)"
PRUNE: Final = "SELECT procrastinate_prune_stalled_workers_v1(%(silent_s)s)"
GIVE_UP: Final = """
UPDATE job_run SET state = 'failed', problem = %(problem)s, message = %(message)s, request = NULL, queue_id = NULL,
  ended_at = clock_timestamp()
WHERE id = %(job_id)s AND ended_at IS NULL
"""
END_CANCELLED: Final = """
UPDATE job_run SET state = 'cancelled', message = '', request = NULL, queue_id = NULL, ended_at = clock_timestamp()
WHERE id = %(job_id)s AND ended_at IS NULL
"""
# The queue has forgotten them, and nobody will ever end them.
LOST: Final = """
SELECT r.id FROM job_run AS r WHERE r.ended_at IS NULL
AND NOT EXISTS (SELECT FROM procrastinate_jobs AS j WHERE j.id = r.queue_id AND j.status IN ('todo', 'doing'))
"""


@dataclass(frozen=True, slots=True)
class Rescue:
    """Numbers of the jobs that wait again, and of those that were given up; who was silent at this look."""

    requeued: tuple[int, ...]
    given_up: tuple[int, ...]
    suspects: Suspects = field(default_factory=dict)


def rescue_jobs(silent_s: float, describe: Describe, suspects: Suspects, rescuer: int | None = None) -> Rescue:
    """Requeue every job of a worker that was silent for `silent_s` seconds at this look and at the one before.

    `suspects` are those of the look before, at least one beat of a heart ago; hearts beat thrice in `silent_s`. When a
    machine or its database stood still, all were silent, and whoever looks first would find the others dead. `rescuer`
    is the worker that looks, if one does. A worker that only seemed dead does no harm: its attempt writes nowhere
    (report_progress), and an edit's key lets it be made once. `describe` makes the problem of a job that is given up.
    """
    requeued: list[int] = []
    given_up: list[int] = []
    silent: dict[int, datetime] = {}
    with short() as session:
        connection = session.connection()
        if not connection.exec_driver_sql(ONE_AT_A_TIME).scalar_one():
            return Rescue((), (), suspects)
        for row in connection.exec_driver_sql(STALLED, {"silent_s": silent_s, "rescuer": rescuer}).all():
            if row.worker_id is not None:
                silent[row.worker_id] = row.last_heartbeat
                if suspects.get(row.worker_id) != row.last_heartbeat:
                    continue  # it may be heard before the next look
            if row.job_id is None:  # the clock's own, which asks for a job that is not there yet
                connection.exec_driver_sql(REQUEUE, {"queue_id": row.queue_id})
                continue
            is_waiting = _rescue(connection, row.queue_id, row.job_id, describe)
            (requeued if is_waiting else given_up).append(row.job_id)
        connection.exec_driver_sql(PRUNE, {"silent_s": FORGOTTEN_S})
        for job_id in connection.exec_driver_sql(LOST).scalars().all():
            _give_up(
                connection, job_id, describe(JobGivenUp("The queue does not know this job any more; ask for it again."))
            )
            given_up.append(job_id)
    return Rescue(tuple(requeued), tuple(given_up), silent)


def _rescue(connection: Connection, queue_id: int, job_id: int, describe: Describe) -> bool:
    values: Json = {"queue_id": queue_id, "job_id": job_id, "message": DIED}
    deaths = connection.exec_driver_sql(COUNT_DEATH, values).scalar_one_or_none()
    if deaths is not None and deaths < MOST_DEATHS:
        connection.exec_driver_sql(REQUEUE, values)
        return True
    if deaths is None:  # it had ended, or somebody had asked it to stop
        connection.exec_driver_sql(END_CANCELLED, values)
    else:
        error = JobGivenUp(f"{deaths} workers died while they ran it; their log may say why.")
        _give_up(connection, job_id, describe(error))
    connection.exec_driver_sql(UNQUEUE, values)
    return False


def _give_up(connection: Connection, job_id: int, problem: Json) -> None:
    values = {"job_id": job_id, "problem": JsonValue(problem), "message": problem["title"]}
    connection.exec_driver_sql(GIVE_UP, values)
