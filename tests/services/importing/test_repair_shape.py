"""A repair comes from a process of its own, and ends where that may not go on."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from spatial_admin.cadastre.shapes import polygons_of
from spatial_admin.file_errors import SourceRefused
from spatial_admin.services.importing.repair_shape import repair_shape
from spatial_admin.services.shared.read_source import MIB

BOW = ((np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]),),)


def test_a_bow_tie_becomes_two_valid_parts_and_a_line_nothing() -> None:
    mended = repair_shape(BOW)
    assert len(mended) == 2
    assert polygons_of(mended).is_valid
    assert polygons_of(mended).area == pytest.approx(0.5)
    with pytest.raises(SourceRefused, match="Nothing with an area"):
        repair_shape(((np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]),),))


def test_it_ends_with_its_time_and_its_memory() -> None:
    with pytest.raises(SourceRefused, match="memory"):
        repair_shape(BOW, memory_bytes=48 * MIB)
    random = np.random.default_rng(6)
    tangle = ((random.uniform(0, 1, (6_000, 2)),),)
    with pytest.raises(SourceRefused, match=r"processor time|memory|stopped"):
        repair_shape(tangle, cpu_s=1)
    assert not shapely.is_valid(polygons_of(tangle))
