from __future__ import annotations

import numpy as np
import pytest

from spatial_admin.cadastre import hilbert
from spatial_admin.cadastre.hilbert import hilbert_keys


def test_curve_visits_every_cell_of_a_square_once_and_steps_to_a_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hilbert, "ORDER", 5)
    monkeypatch.setattr(hilbert, "DEGREES", 16.0)
    cells = np.array([(i - 15.5, j - 15.5) for i in range(32) for j in range(32)])
    keys = hilbert_keys(np.hstack([cells, cells]), is_geographic=True)
    assert sorted(keys.tolist()) == list(range(1024))
    assert (np.abs(np.diff(cells[np.argsort(keys)], axis=0)).sum(axis=1) == 1).all()


def test_box_without_place_comes_first_and_keys_fit_a_bigint() -> None:
    bounds = np.array([(np.nan,) * 4, (-1e9, -1e9, 1e9, 1e9), (1e8, 1e8, 1e8, 1e8), (np.inf, 0, np.inf, 0)])
    keys = hilbert_keys(bounds, is_geographic=False)
    assert keys[0] == keys[3] == -1
    assert 0 <= keys[1] < 2**62
    assert 0 <= keys[2] < 2**62
