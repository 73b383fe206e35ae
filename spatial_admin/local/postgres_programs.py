"""Where PostgreSQL's programs lie. No Python wheel carries PostGIS, so both come from the operating system."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 13
# Loaded when the server starts, not by each connection at its first geometry: 10 ms, with all that PostGIS links to.
LIBRARIES = ("postgis-3", "pg_trgm", "plpgsql")


@dataclass(frozen=True, slots=True, order=True)
class Programs:
    """One installed major version that has PostGIS."""

    major: int
    folder: Path

    def __truediv__(self, name: str) -> Path:
        """The path of one program, such as initdb."""
        return self.folder / name

    def libraries(self) -> list[str]:
        """Those of LIBRARIES that lie beside the programs: a server that is told to load another does not start."""
        return [name for name in LIBRARIES if (self.folder.parent / "lib" / f"{name}.so").exists()]


def newest(major: int | None = None) -> Programs | None:
    """The newest installed PostgreSQL with PostGIS, or that of one major version (data are bound to it)."""
    found = [programs for programs in _installed() if major is None or programs.major == major]
    return max(found, default=None)


def _installed() -> list[Programs]:
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    found = []
    for folder in folders:
        text = folder.parent.name.removeprefix("pgsql-")
        if text.isdigit() and int(text) >= OLDEST_MAJOR and _has_postgis(folder, int(text)):
            found.append(Programs(int(text), folder))
    return found or _from_pg_config()


def _has_postgis(folder: Path, major: int) -> bool:
    shares = (Path(f"/usr/share/postgresql/{major}"), folder.parent / "share")
    needed = ("initdb", "pg_ctl", "postgres", "psql")
    return any((share / "extension" / "postgis.control").exists() for share in shares) and all(
        (folder / name).exists() for name in needed
    )


def _from_pg_config() -> list[Programs]:
    """A PostgreSQL built from source announces itself by pg_config on the PATH."""
    program = shutil.which("pg_config")
    if program is None:
        return []
    asked = subprocess.run(
        [program, "--version", "--bindir", "--sharedir"], capture_output=True, text=True, check=False
    )
    lines = asked.stdout.splitlines()
    if asked.returncode != 0 or len(lines) != 3:
        return []
    major = lines[0].removeprefix("PostgreSQL ").split(".")[0]
    usable = major.isdigit() and int(major) >= OLDEST_MAJOR
    if not usable or not Path(lines[2], "extension", "postgis.control").exists():
        return []
    return [Programs(int(major), Path(lines[1]))]
