"""Small lots, drawn by POST /api/edits."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

_numbers = itertools.count()
SIDE = 0.0005


def drawing() -> tuple[str, dict[str, Any]]:
    """A parcel_id that was not there, and the body of the edit that draws it away from all others."""
    number = next(_numbers)
    west, south = 2 * SIDE * (number % 100), 2 * SIDE * (number // 100)
    ring = [[west, south], [west, south + SIDE], [west + SIDE, south + SIDE], [west + SIDE, south]]
    name = f"lot {number}"
    operation = {"op": "draw", "parcel_id": name, "kind": "lot", "rings": [ring]}
    return name, {"key": str(uuid.uuid4()), "comment": "test", "seen": {}, "operations": [operation]}
