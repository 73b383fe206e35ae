"""The tables of parcels, history, edits, findings, imports and accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from spatial_admin.settings import storage_srid

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SRID = storage_srid()


def upgrade() -> None:
    """Make every table; functions that their checks and indexes call came with 0001, triggers follow with 0003."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("email", sa.Text(), nullable=False, comment="name to sign in with"),
        sa.Column("password", sa.Text(), nullable=True, comment="argon2 hash"),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False, comment="may sign in"),
        sa.Column(
            "fs_uniquifier", sa.Text(), nullable=False, comment="changes when every session of the account must end"
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when it was made",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__account")),
        sa.UniqueConstraint("email", name=op.f("uq__account__email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq__account__fs_uniquifier")),
        comment="A person who signs in; never deleted, only made inactive, because edits name their author.",
    )
    op.create_table(
        "conflict_cell",
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False, comment="column and row, packed"),
        sa.Column("holder", sa.BigInteger(), nullable=False, comment="transaction that wrote it last (its xid)"),
        sa.PrimaryKeyConstraint("cell", name=op.f("pk__conflict_cell")),
        comment="A square of ground; whoever changes a boundary inside writes its row, so that two who do meet on a real row.",
    )
    op.create_table(
        "edit",
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="internal identity, shown to people",
        ),
        sa.Column("key", sa.Uuid(), nullable=False, comment="given by the client: the same key is the same edit"),
        sa.Column("author_id", sa.BigInteger(), nullable=True, comment="account.id; null for direct SQL and commands"),
        sa.Column("comment", sa.Text(), nullable=False, comment="why"),
        sa.Column(
            "nature",
            sa.Text(),
            server_default=sa.text("'correction'"),
            nullable=False,
            comment="legal_event, correction or improvement",
        ),
        sa.Column(
            "operations", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="as the author sent them"
        ),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False, comment="sha256 of the canonical request"),
        sa.Column(
            "receipt",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="answer to the client; null while an import runs",
        ),
        sa.Column(
            "attempts", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="transactions it took"
        ),
        sa.Column(
            "envelope",
            Geometry(geometry_type="POLYGON", srid=SRID, spatial_index=False),
            nullable=True,
            comment="box of everything it changed",
        ),
        sa.Column(
            "made_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="time of the edit",
        ),
        sa.CheckConstraint(
            "nature IN ('legal_event', 'correction', 'improvement')", name=op.f("ck__edit__known_nature")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__edit")),
        sa.UniqueConstraint("key", name=op.f("uq__edit__key")),
        comment="One edit; its receipt is written once, in the transaction that made the versions, and never changed.",
    )
    op.create_index("ix__edit__made_at", "edit", ["made_at"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="internal identity, shown to people",
        ),
        sa.Column("file_name", sa.Text(), nullable=False, comment="name of the file as given"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="digest of the file"),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="level, fields, CRS, comment as chosen",
        ),
        sa.Column("source_crs", sa.Text(), nullable=False, comment="CRS the file's coordinates were read in"),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'staging'"),
            nullable=False,
            comment="staging, admitting, done or failed",
        ),
        sa.Column("edit_id", sa.BigInteger(), nullable=True, comment="the one edit of this import"),
        sa.Column("author_id", sa.BigInteger(), nullable=True, comment="account.id; null from the command line"),
        sa.Column(
            "features", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="rows read from the file"
        ),
        sa.Column(
            "admitted", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="rows that became parcels"
        ),
        sa.Column("quarantined", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="rows refused"),
        sa.Column("findings", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="findings opened"),
        sa.Column(
            "notes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="id field chosen, points added, Z dropped ...",
        ),
        sa.Column(
            "begun_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="begin",
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="end"),
        sa.CheckConstraint(
            "state <> 'done' OR features = admitted + quarantined",
            name=op.f("ck__import_batch__every_feature_accounted_for"),
        ),
        sa.CheckConstraint(
            "state IN ('staging', 'admitting', 'done', 'failed')", name=op.f("ck__import_batch__known_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__import_batch")),
        comment="One imported file: what it was, how it was read, and how many rows went where.",
    )
    op.create_table(
        "level",
        sa.Column("code", sa.Text(), nullable=False, comment="short name used in requests"),
        sa.Column("name", sa.Text(), nullable=False, comment="name shown to people"),
        sa.Column("exclusive", sa.Boolean(), nullable=False, comment="parcels of this level may not overlap"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk__level")),
        comment="A set of parcels (LADM LA_Level); in an exclusive one they may not overlap: the coverage.",
    )
    op.create_table(
        "parcel_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("parcel", sa.BigInteger(), nullable=False, comment="parcel.id"),
        sa.Column("parcel_id", sa.Text(), nullable=False, comment="permanent identity of the parcel"),
        sa.Column("version", sa.Integer(), nullable=False, comment="number of the version"),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False, comment="from when to when it was the newest"),
        sa.Column(
            "change", sa.Text(), nullable=False, comment="created, geometry, noded, attributes, retired or restored"
        ),
        sa.Column("edit_id", sa.BigInteger(), nullable=False, comment="edit that made it"),
        sa.Column("number", sa.Text(), nullable=True, comment="as in parcel"),
        sa.Column("level", sa.Text(), nullable=False, comment="as in parcel"),
        sa.Column("kind", sa.Text(), nullable=False, comment="as in parcel"),
        sa.Column("part_of", sa.Text(), nullable=True, comment="as in parcel"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=SRID, spatial_index=False),
            nullable=False,
            comment="as in parcel",
        ),
        sa.Column("area_m2", sa.Double(), nullable=False, comment="as in parcel"),
        sa.Column("legal_area_m2", sa.Double(), nullable=True, comment="as in parcel"),
        sa.Column("legal_area_text", sa.Text(), nullable=True, comment="as in parcel"),
        sa.Column("land_use", sa.Text(), nullable=True, comment="as in parcel"),
        sa.Column("address", sa.Text(), nullable=True, comment="as in parcel"),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="as in parcel"),
        sa.CheckConstraint(
            "change IN ('created', 'geometry', 'noded', 'attributes', 'retired', 'restored')",
            name=op.f("ck__parcel_version__known_change"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__parcel_version")),
        sa.UniqueConstraint("parcel", "version", name=op.f("uq__parcel_version__parcel_version")),
        comment="Every version a parcel ever had; written by trigger only, and never changed but for the end of its period.",
    )
    op.create_index("ix__parcel_version__edit_id", "parcel_version", ["edit_id"], unique=False)
    op.create_index("ix__parcel_version__parcel_id", "parcel_version", ["parcel_id"], unique=False)
    op.create_table(
        "role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("name", sa.Text(), nullable=False, comment="viewer, editor, reviewer or administrator"),
        sa.Column("description", sa.Text(), nullable=False, comment="what it allows"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__role")),
        sa.UniqueConstraint("name", name=op.f("uq__role__name")),
        comment="A set of permissions.",
    )
    op.create_table(
        "zoning_district",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column(
            "code", sa.Text(), nullable=False, comment="code as in the zoning plan; several areas may carry one code"
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="name shown to people"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=SRID, spatial_index=False),
            nullable=False,
            comment="storage coordinates",
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck__zoning_district__valid_geom")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__zoning_district")),
        comment="An area under one set of land-use rules.",
    )
    op.create_index("ix__zoning_district__geom", "zoning_district", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "account_role",
        sa.Column("account_id", sa.BigInteger(), nullable=False, comment="account.id"),
        sa.Column("role_id", sa.BigInteger(), nullable=False, comment="role.id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__account_role__account_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk__account_role__role_id")),
        sa.PrimaryKeyConstraint("account_id", "role_id", name=op.f("pk__account_role")),
        comment="Which roles an account has.",
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("account_id", sa.BigInteger(), nullable=False, comment="whose it is"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="hex digest of the token"),
        sa.Column("name", sa.Text(), nullable=False, comment="what it is for"),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="after this it is refused"),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when it was made",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk__api_token__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__api_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq__api_token__sha256")),
        comment="A client's credential; only its digest is kept.",
    )
    op.create_index(op.f("ix__api_token__account_id"), "api_token", ["account_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column(
            "id",
            sa.BigInteger(),
            sa.Identity(always=False),
            nullable=False,
            comment="internal identity, shown to people",
        ),
        sa.Column("rule", sa.Text(), nullable=False, comment="rule that is broken"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="rule:ids, for one-parcel rules also the point"),
        sa.Column(
            "parcels",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="parcel.id of all concerned, ascending",
        ),
        sa.Column(
            "place", Geometry(srid=SRID, spatial_index=False), nullable=True, comment="where, storage coordinates"
        ),
        sa.Column("measure", sa.Double(), nullable=True, comment="how much: square metres for overlap, sliver and gap"),
        sa.Column("severity", sa.Text(), nullable=False, comment="error, warning or notice"),
        sa.Column(
            "status", sa.Text(), server_default=sa.text("'open'"), nullable=False, comment="open, accepted or fixed"
        ),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True, comment="who has it"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was accepted"),
        sa.Column("accepted_until", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="acceptance ends"),
        sa.Column("opened_by", sa.BigInteger(), nullable=True, comment="edit.id that opened it"),
        sa.Column("closed_by", sa.BigInteger(), nullable=True, comment="edit.id that closed it"),
        sa.Column(
            "opened_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when it was first found",
        ),
        sa.Column(
            "changed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when it last changed",
        ),
        sa.CheckConstraint("severity IN ('error', 'warning', 'notice')", name=op.f("ck__finding__known_severity")),
        sa.CheckConstraint("status IN ('open', 'accepted', 'fixed')", name=op.f("ck__finding__known_status")),
        sa.CheckConstraint("cardinality(parcels) > 0", name=op.f("ck__finding__concerns_parcels")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk__finding__assignee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__finding")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq__finding__fingerprint")),
        comment="One validity error; the fingerprint (rule and internal parcel ids) makes the same defect the same finding.",
    )
    op.create_index(
        "ix__finding__parcels",
        "finding",
        ["parcels"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index("ix__finding__place", "finding", ["place"], unique=False, postgresql_using="gist")
    op.create_index("ix__finding__status_rule", "finding", ["status", "rule"], unique=False)
    op.create_table(
        "parcel",
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity; never shown"
        ),
        sa.Column("parcel_id", sa.Text(), nullable=False, comment="permanent identity: never changed, never reused"),
        sa.Column("number", sa.Text(), nullable=True, comment="what people print; repeated numbers are a finding"),
        sa.Column("level", sa.Text(), nullable=False, comment="level the parcel belongs to"),
        sa.Column("kind", sa.Text(), nullable=False, comment="lot, road, water, common, unit or easement"),
        sa.Column("part_of", sa.Text(), nullable=True, comment="parcel_id of the ground parcel of a unit"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=SRID, spatial_index=False),
            nullable=False,
            comment="boundary in storage coordinates",
        ),
        sa.Column(
            "area_m2",
            sa.Double(),
            nullable=False,
            comment="computed with the version: grid or ellipsoidal, see deployment",
        ),
        sa.Column("legal_area_m2", sa.Double(), nullable=True, comment="area as the document states it"),
        sa.Column("legal_area_text", sa.Text(), nullable=True, comment="the document's own words for the area"),
        sa.Column("land_use", sa.Text(), nullable=True, comment="land use as recorded"),
        sa.Column("address", sa.Text(), nullable=True, comment="street address"),
        sa.Column(
            "attributes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="further properties, kept as they came",
        ),
        sa.Column(
            "version", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="1, 2, 3 ...; set by trigger"
        ),
        sa.Column(
            "begin_lifespan_version",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when this version began",
        ),
        sa.Column(
            "end_lifespan_version",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="when the parcel was retired; null while it is current",
        ),
        sa.Column(
            "edit_id",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="edit that made this version",
        ),
        sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name=op.f("ck__parcel__attributes_object")),
        sa.CheckConstraint(
            "kind IN ('lot', 'road', 'water', 'common', 'unit', 'easement')", name=op.f("ck__parcel__known_kind")
        ),
        sa.CheckConstraint(
            "parcel_id ~ '^[[:print:]]{1,100}$' AND btrim(parcel_id) = parcel_id", name=op.f("ck__parcel__printable_id")
        ),
        sa.CheckConstraint("NOT ST_IsEmpty(geom)", name=op.f("ck__parcel__filled_geom")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck__parcel__valid_geom")),
        sa.CheckConstraint("end_lifespan_version >= begin_lifespan_version", name=op.f("ck__parcel__lifespan")),
        sa.CheckConstraint("geom @ deployment_extent()", name=op.f("ck__parcel__geom_within_extent")),
        sa.CheckConstraint("legal_area_m2 > 0", name=op.f("ck__parcel__positive_legal_area")),
        sa.ForeignKeyConstraint(["level"], ["level.code"], name=op.f("fk__parcel__level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__parcel")),
        sa.UniqueConstraint("parcel_id", name=op.f("uq__parcel__parcel_id")),
        comment="One parcel in its newest version; retired rows stay, with the end of their life set.",
    )
    op.create_index(
        "ix__parcel__geom",
        "parcel",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("end_lifespan_version IS NULL"),
    )
    op.create_index(
        "ix__parcel__search",
        "parcel",
        [sa.literal_column("search_text(parcel_id, number, address)").label("search")],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "staged_parcel",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("batch", sa.BigInteger(), nullable=False, comment="import_batch.id"),
        sa.Column("row", sa.Integer(), nullable=False, comment="row number in the file, from 1"),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="raw properties"),
        sa.Column("wkb", sa.LargeBinary(), nullable=True, comment="raw geometry in the file's CRS"),
        sa.Column("raw_geometry", sa.Text(), nullable=True, comment="raw text where no geometry could be built"),
        sa.Column("parcel_id", sa.Text(), nullable=True, comment="permanent id it has or would have"),
        sa.Column("number", sa.Text(), nullable=True, comment="number it has or would have"),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTIPOLYGON", srid=SRID, spatial_index=False),
            nullable=True,
            comment="to be admitted, storage coordinates",
        ),
        sa.Column(
            "decision",
            sa.Text(),
            server_default=sa.text("'staged'"),
            nullable=False,
            comment="staged, admitted, quarantined or rejected",
        ),
        sa.Column("rule", sa.Text(), nullable=True, comment="rule that refused it"),
        sa.Column("reason", sa.Text(), nullable=True, comment="reason in words"),
        sa.Column(
            "place",
            Geometry(geometry_type="POINT", srid=SRID, spatial_index=False),
            nullable=True,
            comment="place of the error, storage coordinates",
        ),
        sa.Column(
            "sort_key", sa.BigInteger(), nullable=True, comment="position on the Hilbert curve: order of admission"
        ),
        sa.CheckConstraint(
            "decision <> 'quarantined' OR (rule IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck__staged_parcel__refusal_has_reason"),
        ),
        sa.CheckConstraint(
            "decision IN ('staged', 'admitted', 'quarantined', 'rejected')",
            name=op.f("ck__staged_parcel__known_decision"),
        ),
        sa.ForeignKeyConstraint(["batch"], ["import_batch.id"], name=op.f("fk__staged_parcel__batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__staged_parcel")),
        sa.UniqueConstraint("batch", "row", name=op.f("uq__staged_parcel__batch_row")),
        comment="One feature of an imported file as it came, and what became of it.",
    )
    op.create_index(
        "ix__staged_parcel__queue",
        "staged_parcel",
        ["batch", "sort_key"],
        unique=False,
        postgresql_where=sa.text("decision = 'staged'"),
    )
    op.create_table(
        "finding_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("finding", sa.BigInteger(), nullable=False, comment="finding.id"),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="when",
        ),
        sa.Column("what", sa.Text(), nullable=False, comment="opened, changed, fixed, reopened, accepted or assigned"),
        sa.Column("edit_id", sa.BigInteger(), nullable=True, comment="edit that did it"),
        sa.Column("account_id", sa.BigInteger(), nullable=True, comment="person who did it"),
        sa.Column("reason", sa.Text(), nullable=True, comment="in their words"),
        sa.CheckConstraint(
            "what IN ('opened', 'changed', 'fixed', 'reopened', 'accepted', 'assigned')",
            name=op.f("ck__finding_event__known_event"),
        ),
        sa.ForeignKeyConstraint(["finding"], ["finding.id"], name=op.f("fk__finding_event__finding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__finding_event")),
        comment="What happened to a finding, in order.",
    )
    op.create_index(op.f("ix__finding_event__finding"), "finding_event", ["finding"], unique=False)
    op.create_table(
        "parcel_zoning",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="internal identity"),
        sa.Column("parcel", sa.BigInteger(), nullable=False, comment="parcel.id"),
        sa.Column("district", sa.BigInteger(), nullable=False, comment="zoning_district.id"),
        sa.Column("share", sa.Double(), nullable=False, comment="0 to 1"),
        sa.CheckConstraint("share > 0 AND share <= 1.000001", name=op.f("ck__parcel_zoning__share")),
        sa.ForeignKeyConstraint(["district"], ["zoning_district.id"], name=op.f("fk__parcel_zoning__district")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk__parcel_zoning__parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__parcel_zoning")),
        sa.UniqueConstraint("parcel", "district", name=op.f("uq__parcel_zoning__parcel_district")),
        comment="The share of a parcel's area that lies in a district; kept by the edit that moves the parcel.",
    )
    op.create_index(op.f("ix__parcel_zoning__district"), "parcel_zoning", ["district"], unique=False)


def downgrade() -> None:
    """Drop every table that this migration made, those that refer to others first."""
    for table in (
        "parcel_zoning",
        "finding_event",
        "staged_parcel",
        "parcel",
        "finding",
        "api_token",
        "account_role",
        "zoning_district",
        "role",
        "parcel_version",
        "level",
        "import_batch",
        "edit",
        "conflict_cell",
        "account",
    ):
        op.drop_table(table)
