from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_admin.cadastre.operations.apportionment import divided


@pytest.mark.parametrize(
    ("stated", "weights", "shares"),
    [
        (100.0, [1, 1, 1], [34.0, 33.0, 33.0]),
        (100.1, [1, 1, 1], [33.4, 33.4, 33.3]),
        (1230.0, [2, 1], [820.0, 410.0]),
        (1.0, [1, 1, 1], [0.4, 0.3, 0.3]),
        (7.0, [999, 1], [6.99, 0.01]),
        (0.1, [1, 1], [0.05, 0.05]),
        (1e14, [1, 2], [33333333333333.0, 66666666666667.0]),
    ],
)
def test_shares_are_in_units_of_the_last_digit(stated: float, weights: list[float], shares: list[float]) -> None:
    assert divided(stated, weights) == shares


@given(st.decimals("0.001", "1e7", places=3), st.lists(st.floats(0.01, 1e6), min_size=2, max_size=9))
def test_shares_are_above_zero_and_their_sum_is_what_was_stated(stated: Decimal, weights: list[float]) -> None:
    shares = divided(float(stated), weights)
    assert min(shares) > 0
    assert sum(Decimal(repr(share)) for share in shares) == stated
