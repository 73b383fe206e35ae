"""update: properties of one parcel; geometry is not looked at. Inverse: update with the values before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spatial_admin.cadastre.coverage import is_same_json
from spatial_admin.cadastre.operations.replay import Operation, Replay


@dataclass(frozen=True, slots=True)
class Update(Operation):
    """Merge patch (RFC 7396) of a parcel's properties; `attributes` is itself a merge patch."""

    parcel_id: str
    properties: Mapping[str, Any]
    name: str = "update"

    def parcels(self) -> Sequence[str]:
        """The parcel, and the ground parcel that it becomes part of."""
        ground = self.properties.get("part_of")
        return (self.parcel_id,) if ground is None else (self.parcel_id, str(ground))

    def apply(self, to: Replay) -> None:
        """Set what is given; null removes."""
        stored = to.coverage.properties[to.current(self.parcel_id)]
        changed = patched(to, self.parcel_id, stored, self.properties)
        if is_same_json(changed, stored):
            return
        to.coverage.properties[self.parcel_id] = changed
        to.coverage.operated.add(self.parcel_id)
        if changed["level"] != stored["level"]:
            to.coverage.widen([to.coverage.box_of(self.parcel_id)])  # it gets new neighbours, over its whole extent


def patched(to: Replay, parcel_id: str, stored: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a parcel after a merge patch; a ground parcel that it names anew must be current."""
    changed = {**stored, **patch}
    ground = changed["part_of"]
    if ground != stored["part_of"] and ground is not None:
        to.current(ground)
        if ground == parcel_id:
            raise to.refused("a parcel is no part of itself")
    if "attributes" in patch:
        changed["attributes"] = merge_patch(stored["attributes"], patch["attributes"])
    return changed


def merge_patch(target: object, patch: object) -> Any:
    """JSON merge patch as RFC 7396, section 2."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
