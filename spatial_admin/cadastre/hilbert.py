"""Positions on a Hilbert curve: rows near each other on the ground come near each other in the order of an import."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from spatial_admin.cadastre.precision import FloatArray

ORDER: Final = 31  # bits of each axis: the key fits a bigint
DEGREES: Final = 400.0  # wider than the world, so that coordinates beyond it still have an order
PLANE: Final = 1e8


def hilbert_keys(bounds: FloatArray, *, is_geographic: bool) -> npt.NDArray[np.int64]:
    """Keys of the middles of (n, 4) boxes; -1 where a box is not finite. Same place, same key, whatever the file."""
    span = DEGREES if is_geographic else PLANE
    middles = np.stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2], axis=1)
    is_known = np.asarray(np.isfinite(middles).all(axis=1))
    cells = np.where(is_known[:, None], (middles + span) / (2 * span), 0.0)
    x, y = np.clip(cells * (1 << ORDER), 0, (1 << ORDER) - 1).astype(np.int64).T
    keys = np.zeros(len(bounds), dtype=np.int64)
    for bit in range(ORDER - 1, -1, -1):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        keys |= ((3 * right) ^ upper) << (2 * bit)
        # Turn the quadrant so that the curve goes on where it left the one before.
        mirrored = (upper == 0) & (right == 1)
        low = (1 << bit) - 1
        x = np.where(mirrored, (x & ~low) | (low - (x & low)), x)
        y = np.where(mirrored, (y & ~low) | (low - (y & low)), y)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
    return np.where(is_known, keys, -1)
