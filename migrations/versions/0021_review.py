"""Review: records that acceptances rest on, whom findings were given to, disputed boundaries, queues by index."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from geoalchemy2 import Geometry
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# How bad a finding is: its severity, then its measure. As models.finding.BADNESS.
BADNESS = (
    "(((severity = 'error'::text)::integer * 2 + (severity = 'warning'::text)::integer)::double precision "
    "* 1000000000::double precision "
    "+ LEAST(abs(COALESCE(measure, 0::double precision)), 999999999::double precision))"
)
INDEXES = (
    ("ix__finding__status_id", ["status", "id"]),
    ("ix__finding__status_rule", ["status", "rule", "id"]),
    ("ix__finding__status_badness", ["status", sa.text(BADNESS), "id"]),
    ("ix__finding__rule", ["rule", "id"]),
    ("ix__finding__badness", [sa.text(BADNESS), "id"]),
    ("ix__finding__opened_at", ["opened_at"]),
    ("ix__finding__opened_by", ["opened_by", "id"]),
)


def upgrade() -> None:
    """Three columns, a table and the indexes of the queue. Findings are few beside parcels: no CONCURRENTLY."""
    op.add_column("finding", sa.Column("record_id", sa.BigInteger(), comment="record.id that its acceptance rests on"))
    op.add_column("finding_event", sa.Column("record_id", sa.BigInteger(), comment="record that was named"))
    op.add_column("finding_event", sa.Column("assignee_id", sa.BigInteger(), comment="account.id of who was given it"))
    op.drop_index("ix__finding__status_rule", "finding")
    for name, columns in INDEXES:
        op.create_index(name, "finding", columns)
    op.create_index(
        "ix__finding__assignee_id", "finding", ["assignee_id", "id"],
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix__finding__accepted_until", "finding", ["accepted_until"],
        postgresql_where=sa.text("status = 'accepted' AND accepted_until IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix__finding_event__at", "finding_event", ["at"])
    _disputes(current_app.config["SETTINGS"].srid)
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    owner = op.get_bind().execute(sa.text("SELECT current_user")).scalar_one()
    if app_role and app_role != owner:
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON disputed_boundary TO {quoted}")


def _disputes(srid: int) -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "disputed_boundary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="shown to people"),
        sa.Column(
            "place", Geometry("GEOMETRY", srid=srid, spatial_index=False), nullable=False,
            comment="the boundary, or the place of a finding, storage coordinates",
        ),
        sa.Column(
            "parcels", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="parcel.id of whose boundary it is"
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="who disputes what"),
        sa.Column("record_id", sa.BigInteger(), nullable=True, comment="record.id: the document that says so"),
        sa.Column("marked_by", sa.BigInteger(), nullable=True, comment="account.id: who marked it"),
        sa.Column(
            "marked_at", moment, server_default=sa.text("clock_timestamp()"), nullable=False, comment="since when"
        ),
        sa.Column("ended_by", sa.BigInteger(), nullable=True, comment="account.id: who ended it"),
        sa.Column("ended_at", moment, nullable=True, comment="until when; null: it is disputed still"),
        sa.Column("ended_reason", sa.Text(), nullable=True, comment="how it was settled"),
        sa.CheckConstraint("reason ~ '\\S'", name=op.f("ck__disputed_boundary__has_reason")),
        sa.CheckConstraint("cardinality(parcels) > 0", name=op.f("ck__disputed_boundary__concerns_parcels")),
        sa.CheckConstraint("NOT ST_IsEmpty(place)", name=op.f("ck__disputed_boundary__has_place")),
        sa.ForeignKeyConstraint(["marked_by"], ["account.id"], name=op.f("fk__disputed_boundary__marked_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["account.id"], name=op.f("fk__disputed_boundary__ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__disputed_boundary")),
        comment="A boundary that somebody contests; it says so and forbids nothing.",
    )  # fmt: skip
    op.create_index("ix__disputed_boundary__place", "disputed_boundary", ["place"], postgresql_using="gist")
    op.create_index("ix__disputed_boundary__parcels", "disputed_boundary", ["parcels"], postgresql_using="gin")


def downgrade() -> None:
    """Findings stay; what acceptances rested on, and what was disputed, is lost."""
    op.drop_table("disputed_boundary")
    op.drop_index("ix__finding_event__at", "finding_event")
    op.drop_index("ix__finding__accepted_until", "finding")
    op.drop_index("ix__finding__assignee_id", "finding")
    for name, _ in INDEXES:
        op.drop_index(name, "finding")
    op.create_index("ix__finding__status_rule", "finding", ["status", "rule"])
    op.drop_column("finding_event", "assignee_id")
    op.drop_column("finding_event", "record_id")
    op.drop_column("finding", "record_id")
