"""Soundness between the operations of one edit: what divides, joins or fills land computes with whole polygons."""

from __future__ import annotations

from collections.abc import Iterable

import shapely

from spatial_admin.cadastre.difference import tidy
from spatial_admin.cadastre.operations.replay import Replay
from spatial_admin.cadastre.shapes import polygons_of


def refuse_broken(to: Replay, names: Iterable[str]) -> None:
    """Refuse an operation that needs polygons where an earlier one of the same edit has left none.

    The rules judge an edit by its final state, so in between a ring may cross itself, or have two points: a later move
    may mend that, but no area can be cut of it before. Equal consecutive points become one, as at the end.
    """
    coverage = to.coverage
    collapsed = {violation.parcels[0]: violation.message for violation in tidy(coverage)}
    for name in names:
        shape, was = coverage.shapes.get(name), coverage.before.get(name)
        if shape is None or (was is not None and shape is was.shape):
            continue
        reason = collapsed.get(name)
        if reason is None and not shapely.is_valid(polygons := polygons_of(shape)):
            reason = str(shapely.is_valid_reason(polygons))
        if reason is not None:
            raise to.refused(f"the operations before it leave parcel {name} without a valid boundary: {reason}")
