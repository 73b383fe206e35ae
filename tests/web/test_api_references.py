"""/api/references: a file becomes points to snap to, for its owner alone; what is no such file says why."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from spatial_admin.services.drafts import keep_reference

Bearer = dict[str, dict[str, str]]
PATH = "/api/references"
CSV = "point;E;N\nM1;449260,5;5392905,25\nM2;449270,5;5392905,25\n"


class Client:
    """Requests of one person."""

    def __init__(self, client: FlaskClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    def load(self, content: str | bytes, name: str = "points.csv", query: str = "", **fields: str) -> TestResponse:
        data = {**fields, "file": (io.BytesIO(content.encode() if isinstance(content, str) else content), name)}
        return self.client.post(PATH + query, data=data, headers=self.headers, content_type="multipart/form-data")

    def get(self, rest: str = "") -> TestResponse:
        return self.client.get(PATH + rest, headers=self.headers)

    def remove(self, layer: int) -> TestResponse:
        return self.client.delete(f"{PATH}/{layer}", headers=self.headers)


@pytest.fixture
def editor(client: FlaskClient, bearer: Bearer) -> Client:
    return Client(client, bearer["editor"])


def told(answer: TestResponse) -> Any:
    """The body of any answer."""
    return answer.get_json()


def json_of(answer: TestResponse) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json


def test_points_of_a_table_are_those_that_postgis_gives_on_the_grid_of_new_points(
    editor: Client, engine: Engine
) -> None:
    answer = editor.load(CSV, crs="EPSG:32631")
    assert answer.status_code == 201
    layer = json_of(answer)
    assert answer.headers["Location"] == f"{PATH}/{layer['id']}"
    assert [(feature["name"], feature["kind"]) for feature in layer["features"]] == [("M1", "point"), ("M2", "point")]
    place = text(
        "SELECT floor(ST_X(p) * 1e9 + 0.5) / 1e9, floor(ST_Y(p) * 1e9 + 0.5) / 1e9 "
        "FROM ST_Transform(ST_SetSRID(ST_MakePoint(449260.5, 5392905.25), 32631), 4326) AS p"
    )
    with engine.connect() as connection:
        x, y = connection.execute(place).one()
    (number,) = layer["features"][0]["parts"][0]
    assert layer["points"][number] == [x, y, x, y]
    assert json_of(editor.get(f"/{layer['id']}")) == layer
    assert json_of(editor.get())["references"][0]["point_count"] == 2
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM parcel")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM import_batch")).scalar_one() == 0


def test_a_look_tells_columns_delimiter_and_crs_and_keeps_nothing(editor: Client) -> None:
    look = json_of(editor.load(CSV, query="?look=1"))
    assert (look["driver"], look["crs"]) == ("CSV", "EPSG:4326")
    table = look["table"]
    assert (table["delimiter"], table["name"], table["x"], table["y"]) == (";", "point", "E", "N")
    assert table["sample"][0] == ["M1", "449260,5", "5392905,25"]
    assert json_of(editor.get())["references"] == []


def test_geojson_of_points_lines_and_areas_keeps_every_digit(editor: Client) -> None:
    line = [[2.3101, 48.6902], [2.311000001, 48.6911, 35.0]]
    ring = [[2.31, 48.69], [2.32, 48.69], [2.32, 48.7], [2.31, 48.69]]
    features = [
        {"type": "Feature", "properties": {"Number": "7"}, "geometry": {"type": "LineString", "coordinates": line}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}},
        {"type": "Feature", "properties": {"id": 12}, "geometry": {"type": "MultiPoint", "coordinates": ring[:2]}},
        {"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": []}},
        {"type": "Feature", "properties": {}, "geometry": None},
    ]
    layer = json_of(editor.load(json.dumps({"type": "FeatureCollection", "features": features}), "lines.geojson"))
    named = [
        (feature["name"], feature["kind"], [len(part) for part in feature["parts"]]) for feature in layer["features"]
    ]
    assert named == [("7", "line", [2]), (None, "area", [4]), ("12", "point", [1, 1])]
    first, last = layer["features"][0]["parts"][0]
    assert (layer["points"][first][:2], layer["points"][last][:2]) == ([2.3101, 48.6902], [2.311000001, 48.6911])
    assert layer["features"][1]["parts"][0][0] == layer["features"][1]["parts"][0][-1], "equal places are one point"
    assert (layer["left_out"], [reason["row"] for reason in layer["why"]]) == (2, [4, 5])


def test_a_geopackage_is_read_in_its_own_crs(editor: Client, tmp_path: Path) -> None:
    path = tmp_path / "points.gpkg"
    shapes = shapely.to_wkb(shapely.points([[449260.5, 5392905.25], [449270.5, 5392905.25]]))
    pyogrio.raw.write(
        path, shapes, [np.array(["M1", "M2"], object)], ["name"], geometry_type="Point", crs="EPSG:32631", driver="GPKG"
    )
    layer = json_of(editor.load(path.read_bytes(), "points.gpkg"))
    assert layer["crs"] == "WGS 84 / UTM zone 31N"
    assert layer["points"] == json_of(editor.load(CSV, crs="32631"))["points"]


def test_a_layer_is_seen_and_removed_by_its_owner_alone(client: FlaskClient, bearer: Bearer, editor: Client) -> None:
    layer = json_of(editor.load(CSV, crs="EPSG:32631"))["id"]
    administrator, viewer = Client(client, bearer["administrator"]), Client(client, bearer["viewer"])
    answers = [administrator.get(f"/{layer}"), administrator.remove(layer), viewer.get(f"/{layer}")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert json_of(administrator.get())["references"] == []
    assert viewer.load(CSV).status_code == 403
    assert editor.remove(layer).status_code == 204
    assert [editor.get(f"/{layer}").status_code, editor.remove(layer).status_code] == [404, 404]


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        pytest.param("", {}, "it is empty", id="nothing"),
        pytest.param(CSV, {"crs": "EPSG:99999"}, "EPSG:99999 is not known", id="no such CRS"),
        pytest.param(CSV, {"crs": "EPSG:4326"}, "no feature lies where parcels are stored, read as WGS 84", id="wrong CRS"),
        pytest.param(CSV, {"x": "east"}, "no column 'east'", id="no such column"),
        pytest.param(CSV, {"colour": "red"}, "no such field", id="no such field"),
        pytest.param("name,e,n\nP,a,b\n", {"x": "e", "y": "n"}, "nothing in it can be drawn", id="no numbers"),
        pytest.param('{"type": "FeatureCollection", "features": []}', {}, "it holds no feature", id="no features"),
        pytest.param('{"type": "FeatureCollection"', {}, "not GeoJSON", id="half a file"),
        pytest.param("<VRTDataset/>", {}, "This is XML", id="a VRT"),
        pytest.param(b"%PDF-1.7", {}, "This is a PDF", id="a PDF"),
        pytest.param(b"PK\x03\x04 broken", {}, "cannot be unpacked", id="a broken archive"),
        pytest.param(b"SQLite format 3\x00" + b"\x00" * 600, {}, "cannot be opened", id="a broken GeoPackage"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_with_the_reason(
    editor: Client, content: str | bytes, fields: dict[str, str], words: str
) -> None:
    answer = editor.load(content, **fields)
    assert answer.status_code == 400
    assert words in told(answer)["detail"]
    assert "--" not in told(answer)["detail"], "words of the command line"


def test_too_much_is_refused_by_what_is_too_much(app: Flask, editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "e,n\n" + "".join(f"2.{n:05},48\n" for n in range(5_001))
    answer = editor.load(many, crs="4326")
    assert (answer.status_code, told(answer)["limit"]) == (422, 5_000)
    assert "Load a part of the file" in told(answer)["detail"]
    monkeypatch.setattr(keep_reference, "MOST_LAYERS", 1)
    assert editor.load(CSV, crs="32631").status_code == 201
    answer = editor.load(CSV, crs="32631")
    assert (answer.status_code, "Remove one first" in told(answer)["detail"]) == (422, True)
    limit = app.config["SETTINGS"].limits.reference_bytes
    declared = {"environ_overrides": {"CONTENT_LENGTH": str(limit + 100_000)}, "content_type": "multipart/form-data"}
    assert editor.client.post(PATH, headers=editor.headers, **declared).status_code == 413


def test_hostile_files_are_refused_and_the_server_goes_on(editor: Client, shared_data: Path) -> None:
    # Each is read by a process of its own; the importer's tests try them all.
    files = [path for path in sorted((shared_data / "hostile").rglob("*")) if path.is_file()][::12]
    assert len(files) > 15
    refused = 0
    for path in files:
        answer = editor.load(path.read_bytes(), path.name)
        assert answer.status_code in (201, 400, 422), (path, answer.text)
        refused += answer.status_code != 201
        if answer.status_code == 201:
            editor.remove(told(answer)["id"])
    assert refused > 5
    assert editor.load(CSV, crs="32631").status_code == 201
