"""An export under a name of one's own: whole, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from spatial_admin.file_errors import ExportFailed, ExportRefused
from spatial_admin.services.exporting.export_formats import FORMATS, LAYER
from spatial_admin.services.exporting.export_parcels import export_to_file
from spatial_admin.services.exporting.plan_export import Export
from spatial_admin.services.shared.copy_out import Told


def suffix_of(file: Path, given: str | None) -> str:
    """The format that is asked for, by name or by the end of the file's; raises ExportRefused."""
    if given is not None:
        return given
    for suffix in FORMATS:
        if file.name.lower().endswith(f".{suffix}"):
            return suffix
    raise ExportRefused("format", f"the name {file.name} ends like none; name one with --format", list(FORMATS))


def save_export(export: Export, file: Path, told: Told, *, may_replace: bool) -> None:
    """Write `file`; raises ExportRefused where it is there already, ExportFailed where it cannot be written.

    It is made in a folder beside it, `.NAME.….part`, and gets its name when it is whole and on the disk.
    """
    _refuse(file, may_replace=may_replace)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", suffix=".part", dir=file.parent) as folder:
            part = Path(folder) / f"{LAYER}.{export.format.suffix}"
            export_to_file(export, part, told=told)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            _refuse(file, may_replace=may_replace)
            part.replace(file)
    except OSError as error:
        raise ExportFailed(f"{file} could not be written ({error.strerror}); nothing is left of it.") from error


def _refuse(file: Path, *, may_replace: bool) -> None:
    if file.is_dir():
        raise ExportRefused("file", f"{file} is a folder")
    if file.exists() and not may_replace:
        raise ExportRefused("file", f"{file} is there already; give another name, or --force")
    if not file.parent.is_dir():
        raise ExportRefused("file", f"there is no folder {file.parent}")
