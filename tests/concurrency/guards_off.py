"""Taking single guards away, by means that only a test has: as superuser in its own database, or by replacing a name."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from spatial_admin import edit_transaction, transaction
from spatial_admin.services.editing import compute_edit, edit_boundaries, write_parcels
from spatial_admin.transaction import Isolation


@dataclass(frozen=True, slots=True)
class GuardsOff:
    """Switches; each says which guard of docs/guards.md it takes away."""

    admin_url: str
    monkeypatch: pytest.MonkeyPatch

    def cells(self) -> None:
        """Conflict cells, in the service and in the trigger: both call take_cells."""
        self.sql(
            "CREATE OR REPLACE FUNCTION take_cells(cells bigint[]) RETURNS void LANGUAGE sql AS 'SELECT NULL::void'"
        )

    def overlap_check(self) -> None:
        """The deferred overlap check."""
        self.sql("ALTER TABLE parcel DISABLE TRIGGER parcel_overlap")

    def serializable(self, instead: Isolation = "READ COMMITTED") -> None:
        """SERIALIZABLE, for edits of the service."""
        at_other_level = functools.partial(transaction.run, isolation=instead)
        self.monkeypatch.setattr(edit_boundaries, "run", at_other_level)

    def version_check(self) -> None:
        """Version and address of the row in the WHERE of the UPDATE: whatever is there now is overwritten."""
        for kind, statement in write_parcels.STATEMENT_OF.items():
            if write_parcels.FIND_ROW in statement:
                unchecked = statement.replace(write_parcels.FIND_ROW, "parcel.id = v.id")
                self.monkeypatch.setitem(write_parcels.STATEMENT_OF, kind, unchecked)
        checked = "parcel.ctid = v.place AND parcel.id + 0 = v.id AND parcel.version = v.version"
        for function in ("update_boundaries", "reshape_parcels"):
            self.sql(
                f"""DO $do$ BEGIN
                EXECUTE replace((SELECT pg_get_functiondef('{function}'::regproc)), '{checked}', 'parcel.id = v.id');
                END $do$"""
            )

    def seen_check(self) -> None:
        """The comparison with what the author saw."""
        self.monkeypatch.setattr(compute_edit, "check_seen", lambda *_: False)

    def key_insert(self) -> None:
        """The client's key as the name of the edit: every attempt gets a key of its own."""
        assert "%(key)s" in edit_transaction.INSERT_EDIT
        fresh = edit_transaction.INSERT_EDIT.replace("%(key)s", "gen_random_uuid()")
        self.monkeypatch.setattr(edit_transaction, "INSERT_EDIT", fresh)

    def sql(self, statement: str) -> None:
        """Run a statement as superuser in the test's database."""
        engine = create_engine(self.admin_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()
