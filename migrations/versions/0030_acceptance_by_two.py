"""A second person for acceptances and for refused rows: drafts hold both, and a finding's history says who approved."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"
NATURES = "nature IN ('legal_event', 'correction', 'improvement')"
APPROVED = "nature IN ('legal_event', 'correction', 'improvement', 'acceptance')"
GUARD = re.compile(r"CREATE OR REPLACE FUNCTION guard_draft\(\).*?\$body\$;\n", re.DOTALL)


def upgrade() -> None:
    """Columns of drafts and of what happened to findings; what is there needs none of them."""
    for column in (
        sa.Column(
            "accept",
            sa.Text(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="JSON list as POST /api/edits takes it: what its author accepts with the edit",
        ),
        sa.Column("admits_import", sa.BigInteger(), nullable=True, comment="import_batch.id of the row that it admits"),
        sa.Column("admits_row", sa.Integer(), nullable=True, comment="the refused row of it that it admits"),
        sa.Column(
            "findings",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="finding.id of what is to be accepted, ascending: then it is an acceptance, and no edit",
        ),
        sa.Column(
            "accepts",
            sa.Text(),
            nullable=True,
            comment="JSON of an acceptance: `seen` (finding.id to changed_at) and `until`",
        ),
    ):
        op.add_column("draft", column)
    op.alter_column(
        "draft",
        "nature",
        comment="legal_event, correction or improvement; acceptance of findings",
        existing_comment="legal_event, correction or improvement",
    )
    op.alter_column(
        "four_eyes",
        "nature",
        comment="legal_event, correction or improvement; acceptance of findings",
        existing_comment="legal_event, correction or improvement",
    )
    for table in ("draft", "four_eyes"):
        op.drop_constraint(f"ck__{table}__known_nature", table)
        op.create_check_constraint(op.f(f"ck__{table}__known_nature"), table, APPROVED)
    op.drop_constraint("ck__draft__became_edit", "draft")
    became = "(state = 'approved' AND findings IS NULL) = (edit_id IS NOT NULL)"
    op.create_check_constraint(op.f("ck__draft__became_edit"), "draft", became)
    acceptance = "(nature = 'acceptance') = (findings IS NOT NULL) AND (findings IS NULL) = (accepts IS NULL)"
    op.create_check_constraint(op.f("ck__draft__is_acceptance"), "draft", acceptance)
    admits = "(admits_import IS NULL) = (admits_row IS NULL)"
    op.create_check_constraint(op.f("ck__draft__admits_row_of_import"), "draft", admits)
    submitted = "state = 'submitted'"
    op.create_index(
        "ix__draft__admits",
        "draft",
        ["admits_import", "admits_row"],
        unique=True,
        postgresql_where=sa.text(f"{submitted} AND admits_import IS NOT NULL"),
    )
    op.create_index(
        "ix__draft__findings",
        "draft",
        ["findings"],
        postgresql_using="gin",
        postgresql_where=sa.text(submitted),
    )
    op.add_column(
        "finding_event",
        sa.Column("approved_by", sa.BigInteger(), nullable=True, comment="account.id: the second person, if one was"),
    )
    _guard("0030_acceptance_by_two.sql")


def downgrade() -> None:
    """Acceptances and admissions that are drafts go; what was accepted stays accepted."""
    # The guard lets nobody change or delete what waits.
    op.execute("ALTER TABLE draft DISABLE TRIGGER USER")
    op.execute("DELETE FROM draft WHERE findings IS NOT NULL OR (admits_import IS NOT NULL AND state <> 'approved')")
    op.execute("ALTER TABLE draft ENABLE TRIGGER USER")
    op.execute("DELETE FROM four_eyes WHERE nature = 'acceptance'")
    _guard("0022_four_eyes.sql")
    op.drop_column("finding_event", "approved_by")
    op.drop_index("ix__draft__findings", table_name="draft")
    op.drop_index("ix__draft__admits", table_name="draft")
    op.drop_constraint("ck__draft__admits_row_of_import", "draft")
    op.drop_constraint("ck__draft__is_acceptance", "draft")
    op.drop_constraint("ck__draft__became_edit", "draft")
    op.create_check_constraint(op.f("ck__draft__became_edit"), "draft", "(state = 'approved') = (edit_id IS NOT NULL)")
    for table in ("draft", "four_eyes"):
        op.drop_constraint(f"ck__{table}__known_nature", table)
        op.create_check_constraint(op.f(f"ck__{table}__known_nature"), table, NATURES)
        op.alter_column(table, "nature", comment="legal_event, correction or improvement")
    for name in ("accepts", "findings", "admits_row", "admits_import", "accept"):
        op.drop_column("draft", name)


def _guard(file: str) -> None:
    found = GUARD.search((SQL / file).read_text(encoding="utf-8"))
    if found is None:
        raise RuntimeError(f"{file} makes no guard_draft()")
    op.get_bind().exec_driver_sql(found[0].replace("%", "%%"))
