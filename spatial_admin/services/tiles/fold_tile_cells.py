"""Adding what edits and imports noted to the counts by cell, in short transactions; for imports and for maintenance."""

from __future__ import annotations

from typing import Final

from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

AT_ONCE: Final = 50_000
FOLD: Final = "SELECT fold_parcel_cells(%(most)s)"


def fold_tile_cells() -> int:
    """Fold until nothing is left to add, or somebody else is at it; how many noted rows were added."""
    folded = 0
    while True:
        with short() as session:
            taken = int(run_sql(session, FOLD, {"most": AT_ONCE})[0][0])
        folded += taken
        if taken < AT_ONCE:
            return folded
