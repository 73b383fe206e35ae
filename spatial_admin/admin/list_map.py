"""What the small map above the list of parcels is told, as JSON (static/list_map/list_map.js has its type)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from spatial_admin.services.editing.describe_editor import URLS


def list_map(home: Sequence[float], boxes: Iterable[str], basemaps: str) -> Markup:
    """`home` is [west, south, east, north] in degrees; each of `boxes` the same as PostgreSQL writes it, with commas
    between; `basemaps` the setting. The numbers of a page are not read to be written again.
    """
    rows = "],[".join(boxes)
    places = f'"home":{json.dumps(home)},"rows":[{f"[{rows}]" if rows else ""}]'
    # Numbers, and what is escaped already.
    return str.__new__(Markup, f"{{{places},{_below(basemaps)}}}")


@lru_cache(maxsize=16)
def _below(basemaps: str) -> str:
    """Members that tell what lies below the map: the same on every page."""
    return str(htmlsafe_json_dumps({"basemaps": json.loads(basemaps), "urls": URLS}))[1:-1]
