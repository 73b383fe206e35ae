"""Bounds of what clients send and of how long it may take (SPATIAL_ADMIN_LIMIT_*)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spatial_admin.errors import SettingRefused
from spatial_admin.setting_values import integer, value_of

AROUND_EACH = 10  # parcels that an edit may look at, for each that it may change


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what a client may send (design: over them a clear 413 or 422, never a crash)."""

    vertices: int = 10_000
    import_vertices: int = 50_000
    rings: int = 200
    parts: int = 100
    parcels_per_edit: int = 200
    operations_per_edit: int = 2_000
    json_depth: int = 8
    body_bytes: int = 2 * 1024 * 1024
    upload_bytes: int = 200 * 1024 * 1024
    record_file_bytes: int = 20 * 1024 * 1024
    reference_bytes: int = 20 * 1024 * 1024
    reference_points: int = 5_000
    unpacked_bytes: int = 2 * 1024 * 1024 * 1024
    archive_members: int = 50
    coverage_parcels: int = 2_000
    coverage_points: int = 100_000
    web_timeout_ms: int = 5_000
    tile_timeout_ms: int = 2_000
    import_timeout_ms: int = 120_000
    retry_ms: int = 5_000
    exports: int = 2
    export_timeout_ms: int = 600_000
    parcels_per_job_edit: int = 20_000
    operations_per_job_edit: int = 200_000
    job_body_bytes: int = 64 * 1024 * 1024
    job_timeout_ms: int = 600_000
    job_retry_ms: int = 600_000

    def for_job(self) -> Limits:
        """The bounds of an edit that is made as a job: larger, and with more patience."""
        return replace(
            self,
            parcels_per_edit=self.parcels_per_job_edit,
            operations_per_edit=self.operations_per_job_edit,
            body_bytes=self.job_body_bytes,
            web_timeout_ms=self.job_timeout_ms,
            retry_ms=self.job_retry_ms,
        )

    @property
    def parcels_around_edit(self) -> int:
        """How many parcels an edit may look at: those that it changes and their neighbours."""
        return AROUND_EACH * self.parcels_per_edit

    def advice_on_larger_edits(self) -> str:
        """What to do with an edit that is over these bounds."""
        if self.parcels_per_edit < self.parcels_per_job_edit:
            return "Send it with the header `Prefer: respond-async` to have it made as a job, or split it."
        return "Split it into several edits."


def read_limits(env: Mapping[str, str]) -> Limits:
    """The bounds that the environment gives, the usual ones for the rest."""
    given = {
        name: integer(env, f"SPATIAL_ADMIN_LIMIT_{name.upper()}", 0)
        for name in Limits.__dataclass_fields__
        if value_of(env, f"SPATIAL_ADMIN_LIMIT_{name.upper()}") is not None
    }
    for name, number in given.items():
        if number < 1:
            raise SettingRefused(f"SPATIAL_ADMIN_LIMIT_{name.upper()}", str(number), "it takes a number above zero")
    return Limits(**given)
