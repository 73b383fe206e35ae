"""What can go wrong with files that come in and go out: sources of imports, exports, backups. HTTP: web/problems.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spatial_admin.errors import Json, SpatialAdminError


class ExportRefused(SpatialAdminError):
    """What is asked for cannot be exported; `where` is the parameter, `known` some of what it takes."""

    def __init__(self, where: str, why: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"{where}: {why}." + (f" Known: {', '.join(known)}." if known else ""))
        self.where, self.why, self.known = where, why, tuple(known)


class TooManyExports(SpatialAdminError):
    """As many exports are being made as one process makes at a time."""

    retry_after_s = 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} exports are being made already, as many as are made at a time. Try again soon.")


class ExportGone(SpatialAdminError):
    """The file of an export was kept for some days, and is not there any more."""

    def __init__(self, name: str, days: int) -> None:
        super().__init__(f"{name} is not kept any more: files are for {days} days. Ask for the export again.")


class ExportFailed(SpatialAdminError):
    """An export that had begun could not end; the message says why, and what is left of it."""


class SourceRefused(SpatialAdminError):
    """A file cannot be imported at all; the message names what, where and what to do.

    `layers` are those that it has, where one of them must be named.
    """

    def __init__(self, message: str, layers: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.layers = tuple(layers)


@dataclass(slots=True)
class Refusal:
    """Why one imported row was refused: rule, reason in words, place as storage or file coordinates (x, y)."""

    rule: str
    reason: str
    place: tuple[float, float] | None = None
    details: Json = field(default_factory=dict)


class BackupRefused(SpatialAdminError):
    """A backup cannot be made or restored as asked; nothing was changed."""


class BackupFailed(SpatialAdminError):
    """A backup or a restore that had begun could not end; the message says why, and what is left of it."""
