"""An edit writes each index of its own row once: its time is in none."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The time of an edit is known only when all else is written. While it was in an index, the second writing of the row
    wrote every index of `edit` again; now it is a HOT update. Edits are listed by id, the order in which they began.
    """
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix__edit__made_at")


def downgrade() -> None:
    """The index again; nobody waits for it."""
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix__edit__made_at")
        op.execute("CREATE INDEX CONCURRENTLY ix__edit__made_at ON edit (made_at)")
