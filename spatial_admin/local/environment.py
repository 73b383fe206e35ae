"""Where this copy lives and what its child processes are told; secrets travel as names of private files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spatial_admin.errors import SettingRefused
from spatial_admin.settings import from_environment, value_of

CHECKOUT = Path(__file__).resolve().parents[2]
OUR_SETTINGS = (
    "PORT", "HOST", "SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_REPLICA_URL", "ADMIN_EMAIL",
    "ADMIN_PASSWORD", "WEB_WORKERS", "WEB_THREADS", "WORKER_CONCURRENCY", "BASEMAPS",
)  # fmt: skip
OF_TESTS = ("SPATIAL_ADMIN_TEST_", "SPATIAL_ADMIN_SCREENSHOTS")  # said to the tests, and no setting
MAX_PORT = 65535
PREPARE_AT_START = "SPATIAL_ADMIN_PREPARE_AT_START"  # 1: gunicorn.conf.py runs `flask database prepare` first


@dataclass(frozen=True, slots=True)
class Place:
    """Address and private folder of one copy; several copies differ in both."""

    home: Path
    host: str
    port: int
    database_is_given: bool

    @property
    def reached_by(self) -> str:
        """The name or number to connect to; a copy that listens everywhere is reached by loopback."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        host = f"[{self.reached_by}]" if ":" in self.reached_by else self.reached_by
        return f"http://{host}:{self.port}/"


def read_place(environ: Mapping[str, str]) -> Place:
    """Check all settings; read SPATIAL_ADMIN_HOME, HOST, PORT and whether DATABASE_URL is given; raises SettingRefused.

    Also for a *_FILE that cannot be read: better now than after a minute of set-up.
    """
    given = {**environ, **{name: value_of(environ, name) or "" for name in OUR_SETTINGS}}
    # What is absent here the launcher makes itself; all else must please the application, or nothing is started for it.
    made_later = {"DATABASE_URL": "postgresql:///made", "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz"}
    from_environment({**given, **{name: given[name] or text for name, text in made_later.items()}})
    home = Path(value_of(environ, "SPATIAL_ADMIN_HOME") or CHECKOUT / "var").expanduser().absolute()
    return Place(
        home=home,
        host=value_of(environ, "HOST") or "127.0.0.1",
        port=whole_number(environ, "PORT", 8000, most=MAX_PORT),
        database_is_given=bool(value_of(environ, "DATABASE_URL")),
    )


def whole_number(environ: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    """A setting from 1 to `most`; raises SettingRefused."""
    text = value_of(environ, name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise SettingRefused(name, text, f"it takes a whole number from 1 to {most}")
    return int(text)


def make_home(home: Path) -> None:
    """Make the private folder where it is missing."""
    if not home.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        make_private(home)


def make_private(home: Path) -> None:
    """Close a folder to others. Root's may be passed through (not listed): PostgreSQL runs as another user below it."""
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)


def secret_key_file(home: Path) -> Path:
    """The file of the key that signs sessions; made once, so that a restart signs nobody out."""
    path = home / "secret_key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read; whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def without_our_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a test run: nothing of a real deployment reaches it, only `OF_TESTS`."""
    ours = {name for given in OUR_SETTINGS for name in (given, f"{given}_FILE")}
    return {
        name: text
        for name, text in environ.items()
        if name.startswith(OF_TESTS) or (name not in ours and not name.startswith(("SPATIAL_ADMIN_", "PG")))
    }


def for_application(environ: Mapping[str, str], place: Place, database_files: Mapping[str, Path]) -> dict[str, str]:
    """The environment of Flask and gunicorn. `database_files` maps a setting (DATABASE_URL, ...) to a private file."""
    child = {name: text for name, text in environ.items() if not (database_files and name.startswith("PG"))}
    for name, path in database_files.items():
        child.pop(name, None)
        child[f"{name}_FILE"] = str(path)
    if not value_of(environ, "SECRET_KEY"):
        child.pop("SECRET_KEY", None)
        child["SECRET_KEY_FILE"] = str(secret_key_file(place.home))
    child.update(
        SPATIAL_ADMIN_HOME=str(place.home), HOST=place.host, PORT=str(place.port),
        FLASK_APP=f"{CHECKOUT / 'app.py'}:app", PYTHONUNBUFFERED="1",
    )  # fmt: skip
    return child
