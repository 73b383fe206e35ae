"""Where child processes find the package: they start with an empty environment in a directory of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import spatial_admin

PACKAGE_ROOT: Final = Path(spatial_admin.__file__).resolve().parents[1]
