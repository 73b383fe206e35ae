from __future__ import annotations

import pytest

from spatial_admin.demo.records import stated_area


@pytest.mark.parametrize(
    ("area_m2", "custom", "stated"),
    [
        (612.4, 0.9, (612.0, "612 m²")),
        (612.4, 0.05, (612.0, "6 a 12 m²")),
        (1205.2, 0.05, (1205.0, "12 a 05 m²")),
        (612.4, 0.15, (610.0, "0.061 ha")),
        (42_317.0, 0.9, (42_300.0, "4.23 ha")),
        (81.2, 0.05, (81.0, "81 m²")),
    ],
    ids=[
        "metres",
        "ares",
        "ares with a leading zero",
        "hectares of a lot",
        "hectares of a field",
        "too small for ares",
    ],
)
def test_a_deed_rounds_as_was_the_custom(area_m2: float, custom: float, stated: tuple[float, str]) -> None:
    assert stated_area(area_m2, custom) == stated
