"""What a merged parcel takes over from its parents: stated areas, texts, further attributes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spatial_admin.cadastre.operations.property_syntax import TEXT_LENGTHS

LEGAL_AREA_RULES = ("add", "clear", "keep")  # the first is the default
TEXT_RULES = ("keep", "join")
SEPARATOR = "; "

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inheritance:
    """The policy of a merge, explicit in the operation as `attributes: {legal_area, text, properties}`.

    The *model* is the parcel that continues; for a new id the largest of the parents.

    `legal_area`: `add` (default): the sum of the stated areas where every parent states one, else none; the document's
    own words go, for no document states the sum. `clear`: neither area nor words. `keep`: those of the model.
    `text`: `keep` (default): land use, address and attributes of the model. `join`: the distinct land uses and
    addresses, the model's first, and the attributes of all, the model's winning over those of earlier over those of
    later parcels. Number, kind and ground parcel are always the model's, but a new id begins without a number.
    `properties`: a merge patch as in `update`, applied last.
    """

    legal_area: str = LEGAL_AREA_RULES[0]
    text: str = TEXT_RULES[0]
    properties: Properties = field(default_factory=dict)

    def of(self, model: Properties, others: Sequence[Properties], *, is_new: bool) -> dict[str, Any]:
        """The properties of the merged parcel, before `properties` is applied; ValueError for a text too long."""
        heir = {**model, **self._legal_area(model, others)}
        if is_new:
            heir["number"] = None
        if self.text == "join":
            for name in ("land_use", "address"):
                if name not in self.properties:
                    heir[name] = _joined(name, [model[name], *(other[name] for other in others)])
            merged: dict[str, Any] = {}
            for parent in [*reversed(others), model]:
                merged.update(parent["attributes"])
            heir["attributes"] = merged
        return heir

    def _legal_area(self, model: Properties, others: Sequence[Properties]) -> dict[str, Any]:
        if self.legal_area == "keep":
            return {}
        areas = [parent["legal_area_m2"] for parent in (model, *others)]
        total = None if self.legal_area == "clear" or None in areas else math.fsum(areas)
        return {"legal_area_m2": total, "legal_area_text": None}


def _joined(name: str, texts: Sequence[str | None]) -> str | None:
    distinct = list(dict.fromkeys(text for text in texts if text))
    joined = SEPARATOR.join(distinct)
    if len(joined) > TEXT_LENGTHS[name]:
        raise ValueError(
            f"{name} of all of them together has {len(joined)} characters, more than {TEXT_LENGTHS[name]}; "
            f"give it in attributes.properties"
        )
    return joined or None
