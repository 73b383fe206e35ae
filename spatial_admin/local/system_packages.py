"""What the operating system must bring: looked for, installed where we are root, else named in one line to type."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spatial_admin.local import postgres_programs
from spatial_admin.local.console import EXIT_TYPE_THIS_LINE, CannotGoOn, say, step
from spatial_admin.local.processes import run_quietly

HEADLESS = "chromium-headless-shell"  # without the windows that cost browser tests a quarter of their time
BROWSERS = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POSTGIS_PACKAGE = re.compile(r"postgresql-(\d+)-postgis-3")
CLUSTER_CONFIGURATION = Path("/etc/postgresql-common/createcluster.d")
SYSTEMD = Path("/run/systemd/system")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APT = ("apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")


def ensure(*, postgis: bool, browser: bool) -> None:
    """Have python3-venv, PostgreSQL with PostGIS and a browser, as asked; raises CannotGoOn with the line to type."""
    missing = _missing(postgis=postgis, browser=browser)
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise CannotGoOn(
            "Missing: " + ", ".join(missing.values()) + ". Install these with your system's package manager.",
            EXIT_TYPE_THIS_LINE,
        )
    if os.geteuid() != 0:
        raise CannotGoOn(line_to_type(list(missing)), EXIT_TYPE_THIS_LINE)
    _install(list(missing), missing)
    still = _missing(postgis=postgis, browser=browser)
    if still:
        raise CannotGoOn("apt-get installed its packages, yet this is still missing: " + ", ".join(still.values()))


def ensure_pooler() -> None:
    """Have PgBouncer for its tests, where that is cheap: as root, and where installing it starts no service.

    Nothing else needs it; its tests say that they were skipped where it is missing.
    """
    if shutil.which("pgbouncer", path=SYSTEM_PATH) or os.geteuid() != 0 or SYSTEMD.exists():
        return
    if shutil.which("apt-get") is None:
        return
    try:
        _install(["pgbouncer"], {"pgbouncer": "PgBouncer (for its tests)"})
    except CannotGoOn as error:
        say(f"  PgBouncer's tests are skipped: {error}")


def line_to_type(packages: Sequence[str]) -> str:
    """The one line that brings everything that is missing."""
    named = [_name_of(package) for package in packages]
    return (
        "Some system packages are missing and only root can install them. Type this line, then start again:\n\n"
        f"    sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(named)}\n"
    )


def find_browser() -> Path | None:
    """The Chromium that the browser tests drive."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((Path(path) for path in found if path), None)


def _missing(*, postgis: bool, browser: bool) -> dict[str, str]:
    """Package -> what it is for."""
    missing = {}
    importlib.invalidate_caches()
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        missing["python3-venv"] = "Python's venv module"
    if postgis and postgres_programs.newest() is None:
        missing["postgis"] = f"PostgreSQL {postgres_programs.OLDEST_MAJOR} or newer with PostGIS 3"
    if browser and find_browser() is None:
        missing["chromium"] = "Chromium (for the browser tests)"
    return missing


def _install(packages: list[str], purposes: dict[str, str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with step("Reading the list of system packages"):
        run_quietly([*APT, "update"], "apt-get update", env=env)
    install = [*APT, "install", "--no-install-recommends"]
    with step("Installing " + ", ".join(purposes.values())):
        named = [_name_of(package) for package in packages]
        if "postgis" not in packages:
            run_quietly([*install, *named], "apt-get install", env=env)
            return
        run_quietly([*install, "postgresql-common"], "apt-get install", env=env)
        with _without_system_cluster():
            run_quietly([*install, *named], "apt-get install", env=env)


@contextmanager
def _without_system_cluster() -> Iterator[None]:
    """Keep Debian from making and starting a cluster of its own: ours is private.

    Undone afterwards: a later installation by the administrator should behave as Debian documents it.
    """
    CLUSTER_CONFIGURATION.mkdir(parents=True, exist_ok=True)
    ours = CLUSTER_CONFIGURATION / "spatial-admin.conf"
    ours.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        yield
    finally:
        ours.unlink(missing_ok=True)


def _name_of(package: str) -> str:
    """What this system calls a package that has several names."""
    if package == "postgis":
        return _postgis_package()
    if package == "chromium" and HEADLESS in _known(HEADLESS):
        return HEADLESS
    return package


def _known(prefix: str) -> list[str]:
    """Names of packages that apt knows."""
    return run_quietly(["apt-cache", "pkgnames", prefix], "apt-cache").split() if shutil.which("apt-cache") else []


def _postgis_package() -> str:
    """The package for the server that is already there, else for the newest server that apt knows."""
    installed = {path.parent.name for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()}
    known = {match[1] for match in map(POSTGIS_PACKAGE.fullmatch, _known("postgresql-")) if match}
    majors = sorted((known & installed) or known, key=int)
    return f"postgresql-{majors[-1]}-postgis-3" if majors else "postgresql-postgis"
