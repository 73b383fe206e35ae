"""The folder of backups: a name for the next one, and letting go of the oldest."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from spatial_admin.file_errors import BackupFailed
from spatial_admin.services.database.keep_manifest import manifest_path


def name_of_backup(database: str, at: datetime) -> str:
    """Such as `town-20260314T021500Z.backup`: in the order of their names they are in that of their making."""
    return f"{_plain(database)}-{at:%Y%m%dT%H%M%SZ}.backup"


def remove_old_backups(folder: Path, database: str, keep: int) -> list[str]:
    """Remove what is older than the newest `keep` whole backups of this database; answers the names of those removed.

    Only files of the names given above are looked at: what a person put into the folder stays. A backup without its
    manifest does not count as whole, and nothing goes before `keep` whole ones are there. Raises BackupFailed.
    """
    name = rf"{re.escape(_plain(database))}-\d{{8}}T\d{{6}}Z\.backup"
    # With its manifest, and with what a killed run left of either.
    ours = re.compile(rf"\.?({name})(\.manifest\.json(?:\.part)?|\.\d+\.part)?")
    try:
        found = [(match[1], path) for path in folder.iterdir() if (match := ours.fullmatch(path.name))]
        names = sorted({name for name, _ in found})
        whole = [name for name in names if (folder / name).exists() and manifest_path(folder / name).exists()]
        if len(whole) <= keep:
            return []
        oldest_kept = whole[-keep]
        # The manifest last: without it a file is nobody's backup, and with it alone the next run goes on.
        for name, path in sorted(found, key=lambda one: one[1].name):
            if name < oldest_kept:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise BackupFailed(
            f"The new backup is made; older ones in {folder} could not be removed ({error.strerror})."
        ) from error
    return [name for name in names if name < oldest_kept]


def _plain(database: str) -> str:
    """A database's name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", database)
