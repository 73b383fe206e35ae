"""Which candidates there are for a finding, each worked out on a copy of the coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from spatial_admin.cadastre.coverage import Coverage
from spatial_admin.cadastre.fixes import gap, missing_point, overlap, repeated_point, spike
from spatial_admin.cadastre.fixes.defect import Defect, Way
from spatial_admin.cadastre.fixes.trial import NoFix, Trial
from spatial_admin.errors import Json

WAYS: Final[Mapping[str, Callable[[Coverage, Defect], Sequence[Way]]]] = {
    "overlap": overlap.ways,
    "sliver": overlap.ways,
    "gap": gap.ways,
    "missing_point": missing_point.ways,
    "repeated_point": repeated_point.ways,
    "spike": spike.ways,
}
FIXABLE: Final = frozenset(WAYS)
"""Rules whose findings have candidates."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Operations that should close a finding, what they come to in plain words, and the coverage they leave."""

    title: str
    operations: tuple[Json, ...]
    after: Coverage


def candidates(coverage: Coverage, defect: Defect) -> Iterator[Candidate]:
    """One for each way that leads somewhere; the coverage stays as it is (but reads what is near on the way)."""
    for way in WAYS[defect.rule](coverage, defect):
        trial = Trial(coverage.copy())
        try:
            title = way(trial)
        except NoFix:
            continue
        if trial.operations:
            yield Candidate(title, tuple(trial.operations), trial.coverage)
