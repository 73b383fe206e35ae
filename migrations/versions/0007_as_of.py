"""As of: history by place and by lifespan, and the day from which an edit is law."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy import make_url

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The day from which an edit is law. The one place that says so: whatever asks for a legal date asks this view.
EDIT_EFFECTIVE_DATE = """
CREATE VIEW edit_effective_date AS
SELECT e.id AS edit_id, coalesce(r.effective_from, (e.made_at AT TIME ZONE 'UTC')::date) AS effective_from
FROM edit AS e LEFT JOIN record AS r ON r.id = e.record_id
"""
COMMENT = "COMMENT ON VIEW edit_effective_date IS 'The day from which each edit is law'"


def upgrade() -> None:
    """Two indexes of history, one view."""
    # Not (geom, period): the period is written once more when it ends, and with it in an index that UPDATE would write
    # every index of the table again instead of none (docs/history.md has the figures).
    op.create_index("ix__parcel_version__geom", "parcel_version", ["geom"], postgresql_using="gist")
    op.create_index(
        "ix__parcel_version__lifespan",
        "parcel_version",
        ["parcel", "version"],
        postgresql_where=sa.text("change IN ('retired', 'restored')"),
    )
    op.execute(EDIT_EFFECTIVE_DATE)
    op.execute(COMMENT)
    connection = op.get_bind()
    app_role = make_url(current_app.config["SETTINGS"].database_url).username
    if app_role and app_role != connection.execute(sa.text("SELECT current_user")).scalar_one():
        quoted = '"' + re.sub('"', '""', app_role) + '"'
        op.execute(f"GRANT SELECT ON edit_effective_date TO {quoted}")


def downgrade() -> None:
    """Nothing is lost: what goes is derived."""
    op.execute("DROP VIEW edit_effective_date")
    op.drop_index("ix__parcel_version__lifespan", table_name="parcel_version")
    op.drop_index("ix__parcel_version__geom", table_name="parcel_version")
