"""The history of an edit of thousands of parcels is joined by a hash table, whichever edit a connection made first.

Its plan is kept from the first edits of a connection, which are small: for them a nested loop is as good, and of two
thousand parcels on the same connection it compares four million pairs.
"""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Beside `enable_hashjoin = on`, which the function has since 0031: an edit's own transaction turns that off."""
    op.execute("ALTER FUNCTION write_history() SET enable_nestloop = off")


def downgrade() -> None:
    """Back to whatever the first edits of a connection suggest."""
    op.execute("ALTER FUNCTION write_history() RESET enable_nestloop")
