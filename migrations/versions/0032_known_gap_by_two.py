"""A second person for land that is declared open: drafts hold such declarations, and each says who approved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

EDITS = "'legal_event', 'correction', 'improvement'"
FINDINGS = "findings IS NOT NULL) AND (findings IS NULL) = (accepts IS NULL)"
OLD, NEW = "acceptance of findings", "acceptance of findings, known_gap"
OLD_FINDINGS = "finding.id of what is to be accepted, ascending: then it is an acceptance, and no edit"
NEW_FINDINGS = "finding.id of what is to be accepted or declared known, ascending: then it is no edit"


def upgrade() -> None:
    """Another nature, and one more person to be named."""
    op.add_column(
        "known_gap",
        sa.Column(
            "approved_by",
            sa.BigInteger(),
            sa.ForeignKey("account.id", name=op.f("fk__known_gap__approved_by__account")),
            nullable=True,
            comment="account.id: the second person, if one was",
        ),
    )
    _natures("'acceptance', 'known_gap'", OLD, NEW)
    _findings("is_acceptance", "is_of_findings", f"(nature IN ('acceptance', 'known_gap')) = ({FINDINGS}")
    _comment("findings", OLD_FINDINGS, NEW_FINDINGS)


def downgrade() -> None:
    """Declarations that are drafts go; land that was declared stays declared."""
    # The guard lets nobody change or delete what waits.
    op.execute("ALTER TABLE draft DISABLE TRIGGER USER")
    op.execute("DELETE FROM draft WHERE nature = 'known_gap'")
    op.execute("ALTER TABLE draft ENABLE TRIGGER USER")
    op.execute("DELETE FROM four_eyes WHERE nature = 'known_gap'")
    _findings("is_of_findings", "is_acceptance", f"(nature = 'acceptance') = ({FINDINGS}")
    _comment("findings", NEW_FINDINGS, OLD_FINDINGS)
    _natures("'acceptance'", NEW, OLD)
    op.drop_column("known_gap", "approved_by")


def _natures(more: str, was: str, now: str) -> None:
    for table in ("draft", "four_eyes"):
        op.drop_constraint(f"ck__{table}__known_nature", table)
        op.create_check_constraint(op.f(f"ck__{table}__known_nature"), table, f"nature IN ({EDITS}, {more})")
        op.alter_column(
            table,
            "nature",
            comment=f"legal_event, correction or improvement; {now}",
            existing_comment=f"legal_event, correction or improvement; {was}",
        )


def _findings(was: str, now: str, condition: str) -> None:
    op.drop_constraint(f"ck__draft__{was}", "draft")
    op.create_check_constraint(op.f(f"ck__draft__{now}"), "draft", condition)


def _comment(column: str, was: str, now: str) -> None:
    op.alter_column("draft", column, comment=now, existing_comment=was)
