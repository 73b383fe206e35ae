"""The configuration of the map above the list of parcels: JSON of numbers as PostgreSQL wrote them."""

from __future__ import annotations

import json

from spatial_admin.admin.list_map import list_map


def test_boxes_go_to_the_map_as_they_were_read() -> None:
    found = json.loads(list_map([7.0, 47.0, 8.5, 48.0], ["7.1,47.1,7.2,47.2", "1e-07,-0.5,0,0.25"], "[]"))
    assert found["home"] == [7.0, 47.0, 8.5, 48.0]
    assert found["rows"] == [[7.1, 47.1, 7.2, 47.2], [1e-07, -0.5, 0, 0.25]]
    assert found["urls"]["tiles"] == "/tiles/parcels"
    assert json.loads(list_map([0.0, 0.0, 1.0, 1.0], [], "[]"))["rows"] == []


def test_what_a_basemap_says_cannot_end_the_script_element() -> None:
    basemaps = json.dumps([{"name": "OSM", "url": "https://x/{z}", "attribution": "</script><b>&amp;"}])
    text = list_map([0.0, 0.0, 1.0, 1.0], [], basemaps)
    assert "<" not in text
    assert json.loads(text)["basemaps"] == json.loads(basemaps)
