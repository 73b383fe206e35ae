"""Which properties of an imported feature fill columns: those of the very name and form; the rest are attributes."""

from __future__ import annotations

from typing import Final

from spatial_admin.reader.properties import EXPORTED

# Column and the most characters it takes (as `update` does, cadastre/operations/syntax.py).
TEXTS: Final = {"part_of": 100, "legal_area_text": 200, "land_use": 200, "address": 500}


def _is_text(name: str, length: int) -> str:
    return (
        f"(jsonb_typeof(properties -> '{name}') = 'string' AND btrim(properties ->> '{name}') <> '' "
        f"AND length(properties ->> '{name}') <= {length})"
    )


IS_AREA: Final = (
    "(jsonb_typeof(properties -> 'legal_area_m2') = 'number' AND (properties ->> 'legal_area_m2')::numeric > 0 "
    "AND (properties ->> 'legal_area_m2')::numeric < 1e15)"
)
CONDITIONS: Final = {"legal_area_m2": IS_AREA, **{name: _is_text(name, length) for name, length in TEXTS.items()}}
NAMES: Final = ", ".join(CONDITIONS)
# The columns' values, to stand in a SELECT from staged_parcel.
VALUES: Final = ", ".join(
    f"CASE WHEN {condition} THEN {'(' if name == 'legal_area_m2' else ''}properties ->> '{name}'"
    f"{')::float8' if name == 'legal_area_m2' else ''} END AS {name}"
    for name, condition in CONDITIONS.items()
)
# Fields chosen as id, number and kind that already have our names: they need not stand twice.
CHOSEN: Final = (
    "CASE WHEN %(id_field)s::text = 'parcel_id' THEN 'parcel_id' END",
    "CASE WHEN %(number_field)s::text = 'number' THEN 'number' END",
    "CASE WHEN %(kind_field)s::text = 'kind' AND lower(properties ->> 'kind') = ANY (%(kinds)s) THEN 'kind' END",
)
# What is left; what fits no column is kept as it came.
LEFT: Final = (
    "coalesce(properties, '{}'::jsonb) - array_remove(ARRAY["
    + ", ".join((*(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in CONDITIONS.items()), *CHOSEN))
    + "]::text[], NULL)"
)
# An export of ours holds the attributes in one field, and beside it what is computed anew.
IS_OURS: Final = (
    "properties ?& '{" + ",".join(sorted(EXPORTED)) + "}'::text[] "
    "AND jsonb_typeof(properties -> 'attributes') = 'object'"
)
ATTRIBUTES: Final = f"CASE WHEN {IS_OURS} THEN properties -> 'attributes' ELSE {LEFT} END AS attributes"
