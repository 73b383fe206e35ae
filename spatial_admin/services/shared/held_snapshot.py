"""Work of ours whose transaction does nothing but hold a snapshot for child processes, which may take minutes.

Its session is idle in a transaction and nobody has forgotten it: the page Database tells it from others by its name.
"""

from __future__ import annotations

from typing import Final

SCAN: Final = "spatial_admin scan"
BACKUP: Final = "spatial_admin backup"
HOLDERS: Final = frozenset({SCAN, BACKUP})
