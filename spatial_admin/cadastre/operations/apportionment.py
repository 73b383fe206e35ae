"""What the pieces of a split parcel take over from it: stated areas, texts, further attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LEGAL_AREA_RULES = ("clear", "keep", "divide")  # the first is the default
TEXT_RULES = ("copy", "continuing")

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Apportionment:
    """The policy of a split, explicit in the operation as `attributes: {legal_area, text, pieces}`.

    `legal_area`: `clear` (default): the stated area was that of the whole, so area and words become null in every piece
    (history keeps them). `keep`: the piece that continues keeps both, the others get null. `divide`: the stated area is
    divided in proportion to the computed ones, in units of its last digit and so that the sum is exactly what was
    stated; the words become null.
    `text`: `copy` (default): every piece gets land use, address and attributes. `continuing`: only the piece that
    continues keeps them (the largest where none does), the others get null and {}. Kind, level and ground parcel are
    copied in both cases, the number stays with the piece that continues, new parcels begin without one.
    `pieces`: for each piece, in order, null or a merge patch as in `update`, applied last.
    """

    legal_area: str = LEGAL_AREA_RULES[0]
    text: str = TEXT_RULES[0]
    pieces: tuple[Properties | None, ...] | None = None

    def of(
        self, whole: Properties, areas_m2: Sequence[float], continuing: int | None, main: int
    ) -> list[dict[str, Any]]:
        """The properties of each piece before `pieces` is applied; `main` is the one that continues, or the largest."""
        legal = self._legal_areas(whole, areas_m2, continuing)
        pieces = []
        for index, legal_area in enumerate(legal):
            piece = {**whole, **legal_area}
            if index != continuing:
                piece["number"] = None
            if self.text == "continuing" and index != main:
                piece |= {"land_use": None, "address": None, "attributes": {}}
            pieces.append(piece)
        return pieces

    def _legal_areas(self, whole: Properties, areas_m2: Sequence[float], continuing: int | None) -> list[Properties]:
        none = {"legal_area_m2": None, "legal_area_text": None}
        stated = whole["legal_area_m2"]
        if self.legal_area == "keep":
            return [{} if index == continuing else none for index in range(len(areas_m2))]
        if self.legal_area == "divide" and stated is not None:
            return [{**none, "legal_area_m2": share} for share in divided(stated, areas_m2)]
        return [none] * len(areas_m2)


def divided(stated: float, weights: Sequence[float]) -> list[float]:
    """A stated value divided in proportion, in units of its last decimal (at most whole ones), by largest remainder.

    Where a share would be nothing, the unit is a tenth, a hundredth … of that.
    """
    total = Decimal(repr(stated))
    exponent = min(int(total.normalize().as_tuple().exponent), 0)
    total_weight = sum(map(Decimal, weights))
    while True:
        unit = Decimal(1).scaleb(exponent)
        exact = [total / unit * Decimal(weight) / total_weight for weight in weights]
        shares = [int(share) for share in exact]
        order = sorted(range(len(weights)), key=lambda index: (shares[index] - exact[index], index))
        for index in order[: int(total / unit) - sum(shares)]:
            shares[index] += 1
        if all(shares):
            return [float(share * unit) for share in shares]
        exponent -= 1
