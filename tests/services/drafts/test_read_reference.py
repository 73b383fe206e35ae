"""A file to draw by, in whatever system is stored: coordinates of the storage CRS are taken to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from spatial_admin.errors import BadRequest
from spatial_admin.services.drafts.read_reference import ReferenceChoices, look_at_reference, read_reference
from spatial_admin.services.shared.read_deployment import deployment_ground
from spatial_admin.settings import Limits
from spatial_admin.transaction import snapshot

LONLAT = "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y), :srid), 4326) AS p"


def test_coordinates_of_the_storage_crs_are_those_of_the_file_to_the_bit(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    with app.app_context():
        ground = deployment_ground()
        west, south, east, north = ground.extent
        digits = 9 if ground.is_geographic else 4
        places = [
            (round(west + share * (east - west), digits), round(south + share * (north - south), digits))
            for share in (0.4511, 0.5237)
        ]
        path.write_text("name,east,north\n" + "".join(f"P,{x!r},{y!r}\n" for x, y in places), encoding="utf-8")
        assert look_at_reference(path, ReferenceChoices(), Limits())["crs"] == f"EPSG:{ground.srid}"
        content = read_reference(path, ReferenceChoices(), Limits())
        assert {(x, y) for x, y, _, _ in content["points"]} == set(places)
        with snapshot() as session:
            for x, y, lon, lat in content["points"]:
                told = session.execute(text(LONLAT), {"x": x, "y": y, "srid": ground.srid}).one()
                assert (lon, lat) == tuple(told)
        path.write_text(
            "lon,lat\n" + "".join(f"{lon!r},{lat!r}\n" for _, _, lon, lat in content["points"]), encoding="utf-8"
        )
        again = read_reference(path, ReferenceChoices(crs="EPSG:4326"), Limits())
        for (x, y, _, _), (same_x, same_y, _, _) in zip(content["points"], again["points"], strict=True):
            assert abs(x - same_x) <= 20 / ground.steps_per_unit
            assert abs(y - same_y) <= 20 / ground.steps_per_unit


def test_a_file_that_names_no_crs_asks_for_it(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "points.geojson"
    path.write_text('{"type": "FeatureCollection", "crs": null, "features": []}', encoding="utf-8")
    with app.app_context():
        look = look_at_reference(path, ReferenceChoices(), Limits())
        assert (look["crs"], look["has_crs"]) == (None, False)
        with pytest.raises(BadRequest, match="does not say which CRS"):
            read_reference(path, ReferenceChoices(), Limits())
