"""Rows that have had their time: ended jobs, expired tokens, staged rows, drafts, reference layers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from spatial_admin.owner_connection import OwnerConnection
from spatial_admin.services.jobs.chore import Chore, Look, Step, delete_in_portions
from spatial_admin.settings import Upkeep

PORTION: Final = 5_000
# Jobs that ended long ago. The edit of a job stays, and answers its key without it.
OLD_JOBS: Final = "SELECT count(*) FROM job_run WHERE ended_at < now() - %(days)s * interval '1 day'"
DELETE_JOBS: Final = f"""
DELETE FROM job_run WHERE id = ANY (ARRAY(
  SELECT id FROM job_run WHERE ended_at < now() - %(days)s * interval '1 day' ORDER BY id LIMIT {PORTION}))
"""
# Tokens that have not been taken for long: who looks after a client that fails still finds its token for a while.
OLD_TOKENS: Final = "SELECT count(*) FROM api_token WHERE expires_at < now() - %(days)s * interval '1 day'"
DELETE_TOKENS: Final = """
DELETE FROM api_token WHERE expires_at < now() - %(days)s * interval '1 day'
"""
# What an import staged and admitted is a parcel with its first version; what failed as a whole became nothing. Rows in
# quarantine wait for somebody's decision, and stay; so do those that got one, with their history.
OLD_BATCHES: Final = """
SELECT id, file_name, state, (SELECT count(*) FROM staged_parcel AS s WHERE s.batch = b.id AND {outdated}) AS rows
FROM import_batch AS b
WHERE state IN ('done', 'failed') AND ended_at < now() - %(days)s * interval '1 day' ORDER BY id
""".format(outdated="((decision = 'admitted' AND s.rule IS NULL) OR b.state = 'failed')")
DELETE_STAGED: Final = f"""
DELETE FROM staged_parcel WHERE id = ANY (ARRAY(
  SELECT s.id FROM staged_parcel AS s JOIN import_batch AS b ON b.id = s.batch
  WHERE s.batch = %(batch)s AND s.row > %(after)s AND ((decision = 'admitted' AND s.rule IS NULL) OR b.state = 'failed')
  ORDER BY s.row LIMIT {PORTION}))
RETURNING row
"""
# Drafts that nobody went on with: each change of one puts its end further off. What waits for approval waits as long
# as it takes, and what was approved is kept beside its edit.
ABANDONED: Final = "expires_at < now() AND state IN ('open', 'returned')"
OLD_DRAFTS: Final = f"SELECT count(*) FROM draft WHERE {ABANDONED}"
DELETE_DRAFTS: Final = f"""
DELETE FROM draft WHERE id = ANY (ARRAY(SELECT id FROM draft WHERE {ABANDONED} ORDER BY id LIMIT {PORTION}))
"""

# Reference layers that were loaded long ago; the files that they came from are with those who loaded them. A draft's
# go with it (their foreign key does that), and not before.
LEFT: Final = "expires_at < now() AND draft_id IS NULL"
OLD_REFERENCES: Final = f"SELECT count(*) FROM reference_layer WHERE {LEFT}"
DELETE_REFERENCES: Final = f"""
DELETE FROM reference_layer WHERE id = ANY (ARRAY(
  SELECT id FROM reference_layer WHERE {LEFT} ORDER BY id LIMIT {PORTION}))
"""


def _jobs(owner: OwnerConnection, upkeep: Upkeep) -> Iterator[Step]:
    values: dict[str, object] = {"days": upkeep.keep_jobs_days}
    count = owner.read(OLD_JOBS, values)[0][0]
    if count:
        about = f"{count:,} jobs that ended more than {upkeep.keep_jobs_days} days ago"
        yield Step(about, partial(delete_in_portions, owner, DELETE_JOBS, values))


def _tokens(owner: OwnerConnection, upkeep: Upkeep) -> Iterator[Step]:
    values: dict[str, object] = {"days": upkeep.keep_tokens_days}
    count = owner.read(OLD_TOKENS, values)[0][0]
    if count:
        about = f"{count:,} tokens that expired more than {upkeep.keep_tokens_days} days ago"
        yield Step(about, partial(delete_in_portions, owner, DELETE_TOKENS, values))


def _staged(owner: OwnerConnection, upkeep: Upkeep) -> Iterator[Step]:
    for batch in owner.read(OLD_BATCHES, {"days": upkeep.keep_staged_days}):
        if batch.rows:
            kind = "rows that became parcels" if batch.state == "done" else "rows of an import that failed"
            about = f"{batch.rows:,} {kind}, of import {batch.id} ({batch.file_name})"
            yield Step(about, partial(_delete_staged, owner, batch.id))


def _drafts(owner: OwnerConnection, _upkeep: Upkeep) -> Iterator[Step]:
    count = owner.read(OLD_DRAFTS, {})[0][0]
    if count:
        yield Step(f"{count:,} drafts that have expired", partial(delete_in_portions, owner, DELETE_DRAFTS, {}))
    layers = owner.read(OLD_REFERENCES, {})[0][0]
    if layers:
        about = f"{layers:,} reference layers that have expired"
        yield Step(about, partial(delete_in_portions, owner, DELETE_REFERENCES, {}))


def _delete_staged(owner: OwnerConnection, batch: int, look: Look) -> str:
    # Onward by row number: the same LIMIT from the beginning would read the dead rows again each time.
    after = deleted = 0
    while rows := owner.read(DELETE_STAGED, {"batch": batch, "after": after}):
        after, deleted = max(row[0] for row in rows), deleted + len(rows)
        look()
    return f"{deleted:,} deleted"


PRUNE_JOBS: Final = Chore("old_jobs", "Rows of jobs that ended long ago go.", _jobs)
PRUNE_TOKENS: Final = Chore("old_tokens", "Tokens that expired long ago go.", _tokens)
PRUNE_STAGED_ROWS: Final = Chore("staged_rows", "Copies of imported rows that have become parcels go.", _staged)
PRUNE_DRAFTS: Final = Chore("old_drafts", "Drafts that nobody went on with go, and old reference layers.", _drafts)
