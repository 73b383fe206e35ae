"""Rules as administrators set them, land that is known to be open, and scans of the whole coverage."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from geoalchemy2 import Geometry
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("validity_rule", "known_gap", "scan", "scan_cell", "scan_defect", "scan_seen")


def upgrade() -> None:
    """Six tables, and one running scan at most. Without a row a rule is as by default, so nothing is written."""
    srid = current_app.config["SETTINGS"].srid
    _rules_and_gaps(srid)
    _scans(srid)
    op.create_index(
        "uq__job_run__one_scan", "job_run", ["kind"], unique=True,
        postgresql_where=sa.text("kind = 'scan_coverage' AND ended_at IS NULL"),
    )  # fmt: skip
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(TABLES)} TO {quoted}")


def _rules_and_gaps(srid: int) -> None:
    op.create_table(
        "validity_rule",
        sa.Column("name", sa.Text(), nullable=False, comment="name of the rule in the catalogue"),
        sa.Column("severity", sa.Text(), nullable=True, comment="error, warning or notice"),
        sa.Column(
            "is_on",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="edits, imports and scans look at it",
        ),
        sa.Column(
            "blocks",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="what it newly finds refuses an edit",
        ),
        sa.Column(
            "numbers",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="its parameters, by name, where they are not the default",
        ),
        sa.Column("changed_by", sa.BigInteger(), nullable=True, comment="account.id: who set it last"),
        _moment("changed_at", "when it was set last"),
        sa.CheckConstraint(
            "severity IN ('error', 'warning', 'notice')", name=op.f("ck__validity_rule__known_severity")
        ),
        sa.CheckConstraint("jsonb_typeof(numbers) = 'object'", name=op.f("ck__validity_rule__numbers_object")),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk__validity_rule__changed_by")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk__validity_rule")),
        comment="How administrators have set a rule of the catalogue; what is null, and rules without a row, are as by default.",
    )
    op.create_table(
        "known_gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column(
            "place",
            Geometry("MULTIPOLYGON", srid=srid, spatial_index=False),
            nullable=False,
            comment="the land, storage coordinates",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why nobody owns it"),
        sa.Column("declared_by", sa.BigInteger(), nullable=True, comment="account.id: who declared it"),
        _moment("declared_at", "when it was declared"),
        sa.CheckConstraint("reason ~ '\\S'", name=op.f("ck__known_gap__has_reason")),
        sa.ForeignKeyConstraint(["declared_by"], ["account.id"], name=op.f("fk__known_gap__declared_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__known_gap")),
        comment="Land without parcels that is lawful: gaps in it are no findings.",
    )
    op.create_index("ix__known_gap__place", "known_gap", ["place"], postgresql_using="gist")


def _scans(srid: int) -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="shown to people"),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'running'"),
            nullable=False,
            comment="running, done or abandoned",
        ),
        sa.Column("rules", postgresql.JSONB(), nullable=False, comment="every rule as it was set"),
        _moment("begun_at", "when it was begun"),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="end"),
        _count("parcels", "parcels looked at", sa.BigInteger()),
        _count("defects", "defects found", sa.BigInteger()),
        _count("opened", "findings opened"),
        _count("reopened", "findings opened again"),
        _count("changed", "findings brought up to date"),
        _count("fixed", "findings that were no more"),
        _count("skipped", "left to the next scan: somebody edited there meanwhile"),
        sa.CheckConstraint("state IN ('running', 'done', 'abandoned')", name=op.f("ck__scan__known_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__scan")),
        comment="One look of every rule at the whole coverage, as it was at one moment.",
    )
    op.create_table(
        "scan_cell",
        sa.Column("scan", sa.BigInteger(), autoincrement=False, nullable=False, comment="scan.id"),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False, comment="number in its scan"),
        sa.Column("west", sa.Double(), nullable=False, comment="storage coordinates"),
        sa.Column("south", sa.Double(), nullable=False, comment="storage coordinates"),
        sa.Column("east", sa.Double(), nullable=False, comment="storage coordinates; the cell ends before it"),
        sa.Column("north", sa.Double(), nullable=False, comment="storage coordinates; the cell ends before it"),
        sa.Column("parcels", sa.Integer(), nullable=True, comment="parcels that are the cell's; null: not done yet"),
        sa.PrimaryKeyConstraint("scan", "cell", name=op.f("pk__scan_cell")),
        comment="A part of the coverage that one process looks at; the cells of the newest scan are those of the next.",
    )
    op.create_table(
        "scan_defect",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("scan", sa.BigInteger(), nullable=False, comment="scan.id"),
        sa.Column("cell", sa.Integer(), nullable=False, comment="scan_cell.cell; -1: looked at as a whole"),
        sa.Column("rule", sa.Text(), nullable=False, comment="as in finding"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="as in finding"),
        sa.Column("parcels", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="as in finding"),
        sa.Column(
            "versions",
            postgresql.ARRAY(sa.Integer()),
            nullable=False,
            comment="of these parcels, as they were looked at",
        ),
        sa.Column(
            "place", Geometry("GEOMETRY", srid=srid, spatial_index=False), nullable=True, comment="as in finding"
        ),
        sa.Column("measure", sa.Double(), nullable=True, comment="as in finding"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__scan_defect")),
        comment="What a scan has found, before it is compared with the findings.",
    )
    op.create_index("ix__scan_defect__fingerprint", "scan_defect", ["scan", "fingerprint"])
    op.create_table(
        "scan_seen",
        sa.Column("scan", sa.BigInteger(), autoincrement=False, nullable=False, comment="scan.id"),
        sa.Column("finding", sa.BigInteger(), autoincrement=False, nullable=False, comment="finding.id"),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="finding.changed_at"),
        sa.Column(
            "versions", postgresql.ARRAY(sa.Integer()), nullable=True, comment="of its parcels; null of a fixed one"
        ),
        sa.PrimaryKeyConstraint("scan", "finding", name=op.f("pk__scan_seen")),
        comment="A finding as it was when a scan began: what has changed since is not for the scan to judge.",
    )


def _moment(name: str, comment: str) -> sa.Column[object]:
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, server_default=sa.text("clock_timestamp()"), nullable=False, comment=comment)


def _count(name: str, comment: str, kind: sa.types.TypeEngine[int] | None = None) -> sa.Column[int]:
    return sa.Column(name, kind or sa.Integer(), server_default=sa.text("0"), nullable=False, comment=comment)


def downgrade() -> None:
    """Findings stay; how rules were set is lost."""
    op.drop_index("uq__job_run__one_scan", "job_run")
    for table in reversed(TABLES):
        op.drop_table(table)
