"""Properties of an imported feature that fill columns, and those that stay attributes."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from spatial_admin.models import db
from spatial_admin.services.importing.import_parcels import import_parcels
from spatial_admin.services.importing.plan_import import ImportOptions
from spatial_admin.settings import Limits

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0.001, 0], [0.001, 0.001], [0, 0.001], [0, 0]]]}
GIVEN = {
    "parcel_id": "A/1", "number": "1", "kind": "Road", "address": "1 Mill Lane", "land_use": "street", "part_of": "G-7",
    "legal_area_m2": 12.5, "legal_area_text": "12.5 m²", "owner_code": 7,
}  # fmt: skip
UNFIT = {"parcel_id": "A/2", "number": "2", "kind": "castle", "address": 17, "legal_area_m2": -4, "land_use": " "}


def test_properties_of_the_name_and_form_of_a_column_fill_it_and_all_others_stay_attributes(
    app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "parcels.geojson"
    features = [{"type": "Feature", "properties": given, "geometry": SQUARE} for given in (GIVEN, UNFIT)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    options = ImportOptions(level="units", id_field="parcel_id", number_field="number", kind_field="kind")
    with app.app_context():
        report = import_parcels(path, options, limits=Limits())
        rows = db.session.execute(text("SELECT * FROM parcel ORDER BY parcel_id")).all()
    assert (report.admitted, report.quarantined) == (2, 0)
    fits, unfit = rows
    assert (fits.number, fits.kind, fits.address, fits.land_use, fits.part_of) == (
        "1", "road", "1 Mill Lane", "street", "G-7",
    )  # fmt: skip
    assert (fits.legal_area_m2, fits.legal_area_text) == (12.5, "12.5 m²")
    assert fits.attributes == {"owner_code": 7}
    assert (unfit.kind, unfit.address, unfit.legal_area_m2, unfit.land_use) == ("lot", None, None, None)
    assert unfit.attributes == {"kind": "castle", "address": 17, "legal_area_m2": -4, "land_use": " "}
