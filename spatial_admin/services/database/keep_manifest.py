"""The manifest beside a backup: what the database was, what it held, and which bytes are the backup."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from spatial_admin.errors import Json
from spatial_admin.file_errors import BackupRefused

FORMAT: Final = 1
MAGIC: Final = b"PGDMP"  # the first bytes of a custom-format archive of pg_dump
BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """`tables`: rows and digest by name; `program`: major version of the pg_dump that wrote the file."""

    made_at: str
    database: str
    owner: str
    application_role: str
    server: int
    program: int
    srid: int
    crs_name: str
    revision: str
    bytes: int
    sha256: str
    tables: dict[str, Json]
    not_kept: list[str]
    format: int = FORMAT


def manifest_path(file: Path) -> Path:
    """Where the manifest of a backup lies."""
    return file.with_name(file.name + ".manifest.json")


def write_manifest(file: Path, manifest: Manifest) -> None:
    """Write it whole or not at all; it is in place before the backup is."""
    path = manifest_path(file)
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            json.dump(asdict(manifest), stream, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup, without a look at the backup; raises BackupRefused where it is none that we know."""
    path = manifest_path(file)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest(**told)
    except OSError as error:
        raise BackupRefused(
            f"{path} cannot be read ({error.strerror}). `flask database backup` writes it beside the backup, and both "
            "belong together. A dump without it is restored by pg_restore; then run flask database verify."
        ) from error
    except (ValueError, TypeError) as error:
        raise BackupRefused(f"{path} is no manifest that this version knows ({error}).") from error
    if manifest.format != FORMAT:
        raise BackupRefused(f"{path} is of format {manifest.format}; this version of the application reads {FORMAT}.")
    return manifest


def check_file(file: Path, manifest: Manifest) -> None:
    """Compare a backup with its manifest, byte by byte; raises BackupRefused."""
    try:
        with file.open("rb") as stream:
            magic = stream.read(len(MAGIC))
    except OSError as error:
        raise BackupRefused(f"{file} cannot be read ({error.strerror}).") from error
    if magic != MAGIC:
        raise BackupRefused(f"{file} is no backup: it does not begin as a file that pg_dump writes.")
    size = file.stat().st_size
    if size != manifest.bytes or digest_of(file) != manifest.sha256:
        raise BackupRefused(
            f"{file} is not the file that its manifest describes ({size:,} bytes, {manifest.bytes:,} in the manifest): "
            "it was cut off or changed. Take another copy of it."
        )


def digest_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
