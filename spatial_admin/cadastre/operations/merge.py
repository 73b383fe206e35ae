"""merge: parcels become one; the lines between them go, their outline stays to the bit. Inverse: split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spatial_admin.cadastre.area import shape_area_m2
from spatial_admin.cadastre.contact import gaps_between, overlaps_between
from spatial_admin.cadastre.coverage import Coverage, shape_box
from spatial_admin.cadastre.noding import node_among, node_point
from spatial_admin.cadastre.operations.inheritance import Inheritance
from spatial_admin.cadastre.operations.replay import Operation, Replay
from spatial_admin.cadastre.operations.units import hand_over_units
from spatial_admin.cadastre.operations.update import patched
from spatial_admin.cadastre.precision import Box, box_around, boxes_meet
from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.cadastre.union import union_of
from spatial_admin.errors import EditRejected


@dataclass(frozen=True, slots=True)
class Merge(Operation):
    """Merge 2 to 200 parcels of one level, of whatever kinds; `into` is one of them, which continues, or a new id.

    Their shared edges are noded and go; points on the outline stay, collinear ones too. Parcels that do not touch make
    a multipart parcel, what they enclose becomes a hole. An overlap or a gap between them above tolerance refuses it.
    """

    members: tuple[str, ...]
    into: str
    inheritance: Inheritance = field(default_factory=Inheritance)
    name: str = "merge"

    def parcels(self) -> Sequence[str]:
        """The parcels, and the ground parcel that the merged one becomes part of."""
        ground = self.inheritance.properties.get("part_of")
        return self.members if ground is None else (*self.members, str(ground))

    def ends(self) -> Sequence[str]:
        """All but the one that continues."""
        return tuple(name for name in self.members if name != self.into)

    def newcomers(self) -> Sequence[str]:
        """The new id."""
        return () if self.into in self.members else (self.into,)

    def apply(self, to: Replay) -> None:
        """Node, dissolve, let the others end; their units become units of the merged parcel."""
        coverage = to.coverage
        for name in self.members:
            to.current(name)
        level = self._level(to)
        into = self.into if self.into in self.members else to.newcomer(self.into)
        to.bound.update(self.members)
        model = self.into if self.into in self.members else self._largest(coverage)
        ordered = [model, *(name for name in self.members if name != model)]
        box = box_around([shape_box(coverage.shapes[name]) for name in self.members])
        coverage.widen([coverage.ground.widened(box, coverage.ground.gap_width_m)])
        self._refuse_misfits(coverage, level, box)
        node_among(coverage, level, ordered)
        union = union_of(coverage.ground, [coverage.shapes[name] for name in ordered])
        if union is None:
            raise to.refused("their boundaries cross each other in too many places; node them with each other first")
        properties = self._properties(to, into, ordered)
        for name in self.ends():
            coverage.end(name)
        if into in coverage.shapes:
            coverage.reshape(into, union.shape)
            coverage.properties[into] = properties
        else:
            coverage.bear(into, union.shape, properties)
        for point in union.made:
            node_point(coverage, level, point, is_new=True)
        coverage.descend(self.members, into, "merge")
        hand_over_units(to, self.ends(), into)

    def _level(self, to: Replay) -> str:
        levels = {to.coverage.level_of(name): name for name in reversed(self.members)}
        if len(levels) > 1:
            there = "; ".join(f"{name} in {level}" for level, name in sorted(levels.items()))
            raise to.refused(f"they lie on different levels ({there}); parcels of one level are merged")
        return next(iter(levels))

    def _largest(self, coverage: Coverage) -> str:
        areas = {name: shape_area_m2(coverage.ground, coverage.shapes[name]) for name in self.members}
        return max(self.members, key=lambda name: areas[name])

    def _refuse_misfits(self, coverage: Coverage, level: str, box: Box) -> None:
        parcels = {name: polygons_of(coverage.shapes[name]) for name in self.members}
        violations = overlaps_between(coverage.ground, parcels)
        if not violations:
            reach = coverage.ground.widened(box, coverage.ground.gap_width_m)
            others = [
                polygons_of(shape)
                for name, shape in coverage.shapes.items()
                if name not in parcels and coverage.level_of(name) == level and boxes_meet(coverage.box_of(name), reach)
            ]
            violations = gaps_between(coverage.ground, parcels, others)
        if violations:
            raise EditRejected(violations)

    def _properties(self, to: Replay, into: str, ordered: Sequence[str]) -> dict[str, Any]:
        model, *others = (to.coverage.properties[name] for name in ordered)
        try:
            heir = self.inheritance.of(model, others, is_new=into not in self.members)
        except ValueError as error:
            raise to.refused(str(error)) from error
        heir = patched(to, into, heir, self.inheritance.properties)
        if heir["part_of"] in self.members:
            raise to.refused(f"it would be part of {heir['part_of']}, which is merged into it")
        return heir
