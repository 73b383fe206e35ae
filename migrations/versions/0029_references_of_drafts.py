"""Reference layers belong to drafts: they go when their draft does, unless their owner keeps them."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

OF_DRAFT = "draft.id: whose layer it is, and with which it goes; null until there is a draft"
IS_KEPT = "its owner keeps it, whatever becomes of drafts"


def upgrade() -> None:
    """Layers that there are were loaded for a person: they stay theirs."""
    op.add_column("reference_layer", sa.Column("draft_id", sa.BigInteger(), nullable=True, comment=OF_DRAFT))
    op.add_column(
        "reference_layer",
        sa.Column("is_kept", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment=IS_KEPT),
    )
    op.execute("UPDATE reference_layer SET is_kept = true")
    name = op.f("fk__reference_layer__draft_id")
    op.create_foreign_key(name, "reference_layer", "draft", ["draft_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint(
        op.f("ck__reference_layer__one_place"), "reference_layer", "NOT (is_kept AND draft_id IS NOT NULL)"
    )
    op.create_index("ix__reference_layer__draft_id", "reference_layer", ["draft_id"])
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT UPDATE (draft_id, is_kept) ON reference_layer TO {quoted}")


def downgrade() -> None:
    """Layers are their owner's again."""
    op.drop_constraint(op.f("ck__reference_layer__one_place"), "reference_layer")
    op.drop_column("reference_layer", "is_kept")
    op.drop_column("reference_layer", "draft_id")
