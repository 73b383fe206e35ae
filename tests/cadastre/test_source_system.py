from __future__ import annotations

import pyproj
import pytest

from spatial_admin.cadastre.source_system import source_system
from spatial_admin.file_errors import SourceRefused


@pytest.mark.parametrize(
    ("crs", "srid", "is_geographic", "metres"),
    [
        ("EPSG:4326", 4326, True, 1.0),
        ("OGC:CRS84", 4326, True, 1.0),
        ("epsg:26915", 26915, False, 1.0),
        ("EPSG:2264", 2264, False, 1200 / 3937),  # North Carolina, US survey feet
        ("ESRI:102100", None, False, 1.0),
    ],
)
def test_code_tells_srid_and_unit(crs: str, srid: int | None, is_geographic: bool, metres: float) -> None:
    system = source_system(crs)
    assert system.srid == srid
    assert system.ground.is_geographic is is_geographic
    assert system.ground.metres_per_unit == pytest.approx(metres, rel=1e-12)


def test_definition_without_code_is_kept_as_it_is() -> None:
    text = pyproj.CRS.from_epsg(5514).to_wkt("WKT1_ESRI")
    system = source_system(text)
    assert system.srid is None
    assert system.definition == text


@pytest.mark.parametrize("crs", ["EPSG:999999", "the usual one", "", "EPSG:4978"])
def test_unknown_or_unusable_crs_is_refused_with_what_to_do(crs: str) -> None:
    with pytest.raises(SourceRefused, match=r"--crs|neither geographic nor projected"):
        source_system(crs)
