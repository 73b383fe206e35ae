"""The parcel form's state: what was shown, what was typed, and the operations that say the difference.

What the form showed travels with it, signed, so that only what its author changed becomes an operation. Read again at
the time of saving, a field that a colleague changed meanwhile would look as if this author had changed it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from spatial_admin.errors import BadRequest
from spatial_admin.services.parcels.read_parcel import StoredParcel

Json = dict[str, Any]
ATTRIBUTES: Final = (
    "number", "kind", "part_of", "legal_area_m2", "legal_area_text", "land_use", "address", "attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """The attributes of a parcel as a form showed them, with the version they belong to."""

    parcel_id: str
    version: int
    values: Json

    def signed(self) -> str:
        """As text for a hidden field."""
        return str(_serializer().dumps([self.parcel_id, self.version, self.values]))


def shown_of(parcel: StoredParcel) -> Shown:
    """What a form shows of the parcel as it is now."""
    return Shown(parcel.parcel_id, parcel.version, {name: getattr(parcel, name) for name in ATTRIBUTES})


def read_shown(text: str, parcel_id: str) -> Shown:
    """What the form had shown; raises BadRequest where the field was changed, or belongs to another parcel."""
    try:
        name, version, values = _serializer().loads(text)
    except (BadSignature, ValueError, TypeError) as error:
        raise BadRequest(
            "original", "the form is damaged, or older than a restart with another key: load it anew"
        ) from error
    if name != parcel_id:
        raise BadRequest("original", f"the form belongs to parcel {name}")
    return Shown(name, version, values)


def changed(shown: Shown, typed: Mapping[str, Any]) -> Json:
    """The properties that the author changed, as `update` takes them; `attributes` as a JSON merge patch (RFC 7396)."""
    properties: Json = {}
    for name in ATTRIBUTES:
        before, after = shown.values[name], typed[name]
        if _entered(before) == _entered(after):
            continue
        properties[name] = merge_patch(before, after) if name == "attributes" else after
    return properties


def _entered(value: Any) -> Any:
    """A value as an input element gives it back: it cannot hold line ends, nor tell empty from absent."""
    return value.replace("\r", "").replace("\n", "") or None if isinstance(value, str) else value


def merge_patch(before: Json, after: Json) -> Json:
    """The patch that makes `after` of `before`: what is gone becomes null, objects are compared inside."""
    patch: Json = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name in before and before[name] == value and type(before[name]) is type(value):
            continue
        inner = before.get(name)
        patch[name] = merge_patch(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return patch


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that both changed: what it was, what a colleague stored, what this author typed."""

    name: str
    was: Any
    theirs: Any
    yours: Any


def rebased(shown: Shown, current: Shown, typed: Mapping[str, Any]) -> tuple[Json, list[Difference]]:
    """What the form shows after a conflict, on top of `current`: the author's own changes stay, all else is current.

    The differences are the attributes that both changed, each to something else.
    """
    values: Json = {}
    differences: list[Difference] = []
    for name in ATTRIBUTES:
        was, theirs, yours = shown.values[name], current.values[name], typed[name]
        is_ours = _entered(yours) != _entered(was)
        values[name] = yours if is_ours else theirs
        if is_ours and theirs not in (was, yours):
            differences.append(Difference(name, was, theirs, yours))
    return values, differences


def edit_body(shown: Shown, typed: Mapping[str, Any], operations: list[Json], seen: Mapping[str, int]) -> Json:
    """Operations and seen versions of the one edit that the form means; no operations where nothing was changed."""
    properties = changed(shown, typed)
    seen = dict(seen) if operations else {}
    if properties:
        operations = [*operations, {"op": "update", "parcel_id": shown.parcel_id, "properties": properties}]
        # The older of the two: both the map and the fields must have been right.
        seen[shown.parcel_id] = min(shown.version, seen.get(shown.parcel_id, shown.version))
    return {"seen": seen, "operations": operations}


def _serializer() -> URLSafeSerializer:
    return _serializer_by(current_app.config["SECRET_KEY"])


@lru_cache(maxsize=4)
def _serializer_by(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="parcel-form")
