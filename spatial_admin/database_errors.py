"""What PostgreSQL's errors mean: which are worth another attempt, and which are facts to tell.

Judged by SQLSTATE, never by class: 40001 comes at SELECT, flush, execute and COMMIT as different Python classes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import exc

from spatial_admin.cadastre.precision import MOST_CELLS
from spatial_admin.errors import (
    BadRequest,
    DatabaseReadOnly,
    EditRejected,
    LimitExceeded,
    SpatialAdminError,
    TookTooLong,
    Violation,
)

SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK: Final = "40P01"
LOCK_TIMEOUT: Final = "55P03"
QUERY_CANCELED: Final = "57014"
UNIQUE_VIOLATION: Final = "23505"
CHECK_VIOLATION: Final = "23514"
READ_ONLY: Final = "25006"
CLOSED: Final = "This database was closed"  # how a database that was left for another one begins (change_srid)
NEW_OVERLAP: Final = "SA010"
TOO_WIDE: Final = "SA012"
VALID_GEOMETRY: Final = "ck__parcel__valid_geom"
CONNECTION_GONE: Final = ("57P01", "57P02", "57P03")


def sqlstate(error: exc.DBAPIError) -> str | None:
    """The five letters, None where the server never got to say any (a lost or refused connection)."""
    code = getattr(error.orig, "pgcode", None)
    return str(code) if code else None


def is_connection_loss(error: exc.DBAPIError) -> bool:
    """Was the connection lost or refused? (SQLSTATE class 08, a server that stops, or no word at all.)"""
    code = sqlstate(error)
    if code is None:
        return error.connection_invalidated or isinstance(error, exc.OperationalError)
    return code.startswith("08") or code in CONNECTION_GONE


def is_retryable(error: exc.DBAPIError) -> bool:
    """May the whole transaction be run again? Only because its key makes a repeated commit harmless."""
    return sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK, LOCK_TIMEOUT) or is_connection_loss(error)


def is_invalid_geometry(error: exc.DBAPIError) -> bool:
    """Did PostGIS refuse a geometry as invalid?"""
    diagnostics: Any = getattr(error.orig, "diag", None)
    return sqlstate(error) == CHECK_VIOLATION and diagnostics.constraint_name == VALID_GEOMETRY


def translated(error: exc.DBAPIError) -> SpatialAdminError | exc.DBAPIError:
    """The fact behind an error that is final; the error itself where it is none that a user can be told."""
    code, orig = sqlstate(error), error.orig
    diagnostics: Any = getattr(orig, "diag", None)
    if code == NEW_OVERLAP:
        facts = json.loads(diagnostics.message_detail)
        message = f"{diagnostics.message_primary}."
        return EditRejected(
            [Violation(facts["rule"], tuple(facts["parcels"]), message, facts["place"], facts["measure"])]
        )
    if code == TOO_WIDE:
        return LimitExceeded("conflict cells (100 m a side) in one change", MOST_CELLS, None, "Change less.")
    if code == UNIQUE_VIOLATION and diagnostics.constraint_name == "uq__parcel__parcel_id":
        return EditRejected(
            [Violation("id_taken", (), "A parcel of that id exists, or existed once; ids are never reused.")]
        )
    if code == CHECK_VIOLATION:
        return _of_check(str(diagnostics.constraint_name)) or error
    return _of_server(code, orig, diagnostics) or error


def _of_server(code: str | None, orig: BaseException | None, diagnostics: Any) -> SpatialAdminError | None:
    """The fact behind an error that says nothing of what was asked: no time was left, or nothing may be written."""
    if code == QUERY_CANCELED or (code == "XX000" and "canceled" in str(orig)):
        return TookTooLong("The database needed longer than it may for one step; nothing was changed.")
    if code != READ_ONLY:
        return None
    said = str(getattr(diagnostics, "message_primary", None) or "")
    why = said if said.startswith(CLOSED) else "The database takes no changes at the moment"
    return DatabaseReadOnly(f"{why}. Nothing was changed; what is stored can be read.")


def _of_check(constraint: str) -> SpatialAdminError | None:
    """The fact behind a check constraint that a client's input can break."""
    if constraint == "ck__parcel__geom_within_extent":
        return EditRejected([Violation("outside_extent", (), "The result lies outside the extent of this database.")])
    if constraint == VALID_GEOMETRY:
        return EditRejected([Violation("invalid_geometry", (), "PostGIS finds the geometry of the result invalid.")])
    if constraint == "ck__parcel__printable_id":
        return BadRequest("parcel_id", "an id has 1 to 100 printable characters, and no blanks around them")
    return None
