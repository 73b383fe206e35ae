"""Limits of the geometry that a client sends."""

from __future__ import annotations

from collections.abc import Iterable

from spatial_admin.cadastre.operations import Operation
from spatial_admin.errors import LimitExceeded
from spatial_admin.settings import Limits


def check_limits(operations: Iterable[Operation], limits: Limits) -> None:
    """Refuse an operation whose geometry is larger than a client may send; raises LimitExceeded."""
    for operation in operations:
        given = len(operation.positions())
        if given > limits.vertices:
            raise LimitExceeded(
                "vertices in a geometry", limits.vertices, given, "Import it from a file, or draw less."
            )
