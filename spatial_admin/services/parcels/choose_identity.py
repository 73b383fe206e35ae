"""Which field of a file is the permanent id of its parcels; rows whose id cannot be used are quarantined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.shared.run_sql import run_sql

CANDIDATES: Final = ("id", "parcel_id", "gml_id", "nationalCadastralReference", "BBL", "PID", "Id")
PRINTABLE: Final = "^[[:print:]]{1,100}$"
# A property as an id: text without blanks around it, a number without zeros behind it; NULL for anything else.
AS_TEXT: Final = """
CASE jsonb_typeof(properties -> {field})
  WHEN 'string' THEN nullif(btrim(properties ->> {field}), '')
  WHEN 'number' THEN trim_scale((properties ->> {field})::numeric)::text END
"""
# The id of a staged row: its field's value, or its batch and row.
ID: Final = f"""
CASE WHEN %(id_field)s::text IS NULL THEN %(prefix)s || '-' || row ELSE {AS_TEXT.format(field="%(id_field)s::text")} END
"""
NUMBER: Final = f"""
CASE WHEN %(number_field)s::text IS NULL THEN {ID} ELSE {AS_TEXT.format(field="%(number_field)s::text")} END
"""
# A place in storage coordinates is known at once where the file is in them.
PLACE: Final = "CASE WHEN %(is_storage)s THEN ST_PointOnSurface(ST_Envelope(ST_GeomFromWKB(wkb, %(srid)s))) END"
# Is the field a key: in every row, unlike in any two, usable as an id? (Rows that could not be read have no fields.)
IS_KEY: Final = f"""
SELECT count(*) > 0 AND count(*) = count(DISTINCT value) AND bool_and(value ~ '{PRINTABLE}')
FROM (SELECT {AS_TEXT.format(field="%(id_field)s::text")} AS value FROM staged_parcel
      WHERE batch = %(batch)s AND properties IS NOT NULL) AS given
"""
REFUSE_UNUSABLE: Final = f"""
UPDATE staged_parcel SET decision = 'quarantined', parcel_id = left({ID}, 200),
  rule = CASE WHEN {ID} IS NULL THEN 'missing_id' ELSE 'invalid_id' END,
  reason = CASE WHEN {ID} IS NULL THEN format('the field «%%s» is empty or missing', %(id_field)s)
           ELSE format('«%%s» is no id: 1 to 100 printable characters are taken', left({ID}, 120)) END,
  place = {PLACE}
WHERE batch = %(batch)s AND decision = 'staged' AND coalesce({ID}, '') !~ '{PRINTABLE}'
"""
# All conditions stand inside: with one on `later`, of which stale statistics expect a single row, the inner query was
# run again for each of them.
REFUSE_REPEATED: Final = f"""
UPDATE staged_parcel AS later SET decision = 'quarantined', parcel_id = repeated.name, rule = 'duplicate_id',
  reason = format('the id %%s is already that of row %%s of this file', repeated.name, repeated.first_row),
  place = {PLACE}
FROM (SELECT id, name, first_row FROM (
        SELECT id, row, decision, {ID} AS name, first_value(row) OVER (PARTITION BY {ID} ORDER BY row) AS first_row
        FROM staged_parcel WHERE batch = %(batch)s) AS named
      WHERE name IS NOT NULL AND decision = 'staged' AND row > first_row) AS repeated
WHERE later.id = repeated.id
"""
REFUSE_STORED: Final = f"""
UPDATE staged_parcel SET decision = 'quarantined', parcel_id = stored.parcel_id, rule = 'duplicate_id',
  reason = format('a parcel %%s is already stored%%s; ids are never reused', stored.parcel_id,
                  CASE WHEN stored.end_lifespan_version IS NULL THEN '' ELSE ' (retired)' END),
  place = {PLACE}
FROM parcel AS stored
WHERE batch = %(batch)s AND decision = 'staged' AND stored.parcel_id = {ID}
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """The fields chosen; `id_field` None means that rows are named `prefix`-row."""

    id_field: str | None
    number_field: str | None
    prefix: str

    def parameters(self, batch: int) -> dict[str, Any]:
        """What ID and NUMBER need."""
        fields = {"id_field": self.id_field, "number_field": self.number_field}
        return {**fields, "prefix": self.prefix, "batch": batch}


def choose_identity(
    session: Session, batch: int, fields: list[str], id_field: str | None, number_field: str | None, prefix: str
) -> Identity:
    """The given fields, or the first candidate that is a key; raises SourceRefused for a field not in the file."""
    for option, name in (("--id-field", id_field), ("--number-field", number_field)):
        if name is not None and name not in fields:
            known = ", ".join(fields[:40]) or "none"
            raise SourceRefused(f"The file has no field {name!r} ({option}). Its fields: {known}.")
    if id_field is not None:
        return Identity(id_field, number_field, prefix)
    for candidate in CANDIDATES:
        if candidate in fields and run_sql(session, IS_KEY, {"batch": batch, "id_field": candidate})[0][0]:
            return Identity(candidate, number_field, prefix)
    return Identity(None, number_field, prefix)


def refuse_unusable_ids(session: Session, batch: int, identity: Identity, srid: int, *, is_storage: bool) -> None:
    """Quarantine staged rows whose id is missing or unusable, repeated in the file, or already stored, also retired."""
    values = {**identity.parameters(batch), "srid": srid, "is_storage": is_storage}
    # Names made of batch and row are usable and distinct by themselves.
    within_file = () if identity.id_field is None else (REFUSE_UNUSABLE, REFUSE_REPEATED)
    for statement in (*within_file, REFUSE_STORED):
        run_sql(session, statement, values)
