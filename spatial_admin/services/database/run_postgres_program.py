"""PostgreSQL's own programs, pg_dump and pg_restore: found by version, run without a password in sight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from spatial_admin.file_errors import BackupFailed, BackupRefused

POLL_S: Final = 0.2
FOLDERS: Final = (("/usr/lib/postgresql", "*/bin"), ("/usr", "pgsql-*/bin"), ("/opt/homebrew/opt", "postgresql@*/bin"))
# What a child needs of our environment; not the settings, which hold passwords.
KEPT: Final = ("PATH", "HOME", "PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSERVICEFILE", "PGPASSFILE")

Told = Callable[[], None]
"""Called now and then while a program runs."""


def find_program(name: str, at_least: int) -> tuple[Path, int]:
    """The program of the lowest major version that is not below `at_least`, and this version; raises BackupRefused.

    pg_dump refuses a newer server than itself, and pg_restore an archive that a newer pg_dump wrote.
    """
    found = sorted({major: path for path in _candidates(name) if (major := _major(path))}.items())
    for major, path in found:
        if major >= at_least:
            return path, major
    others = ", ".join(f"{path} is of {major}" for major, path in found) or "none is installed"
    raise BackupRefused(
        f"{name} of PostgreSQL {at_least} or newer is needed ({others}). "
        f"Install it (on Debian: postgresql-client-{at_least}) or put its folder on the PATH."
    )


def run_program(program: Path, arguments: Sequence[str], url: str, *, told: Told | None = None) -> str:
    """Run a program against the database of a URL and answer its standard output; raises BackupFailed with its words.

    Password and settings stay out of its command line and its environment. It ends when we do.
    """
    with _environment(make_url(url)) as env, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = [str(program), *arguments]
        with subprocess.Popen(  # noqa: S603 (our own arguments, never through a shell)
            command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        ) as child:
            try:
                while True:
                    try:
                        code = child.wait(POLL_S)
                        break
                    except subprocess.TimeoutExpired:
                        if told:
                            told()
            except BaseException:
                child.terminate()
                raise
        out.seek(0)
        err.seek(0)
        if code != 0:
            words = err.read().decode(errors="replace").strip().splitlines()
            raise BackupFailed(f"{program.name} ended with {code}: " + " / ".join(words[-5:] or ["it said nothing"]))
        return out.read().decode()


def connection_words(url: str) -> str:
    """A URL as the programs take it, without its password."""
    parts = make_url(url)
    words = {"host": parts.host, "port": parts.port, "user": parts.username, "dbname": parts.database}
    for name, value in parts.query.items():
        words[name] = value if isinstance(value, str) else ",".join(value)
    words.pop("password", None)
    return " ".join(f"{name}='{_quoted(str(value))}'" for name, value in words.items() if value)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


@contextmanager
def _environment(url: URL) -> Iterator[dict[str, str]]:
    env = {name: os.environ[name] for name in KEPT if name in os.environ} | {"LC_ALL": "C.UTF-8"}
    if url.password is None:
        yield env
        return
    with tempfile.TemporaryDirectory() as folder:  # 0700
        file = Path(folder) / "passfile"
        file.touch(mode=0o600)
        password = re.sub(r"([\\:])", r"\\\1", str(url.password))
        file.write_text(f"*:*:*:*:{password}\n", encoding="utf-8")
        yield env | {"PGPASSFILE": str(file)}


def _candidates(name: str) -> Iterator[Path]:
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    for root, pattern in FOLDERS:
        for folder in Path(root).glob(pattern):
            if (folder / name).is_file():
                yield folder / name


def _major(program: Path) -> int | None:
    """Its major version, asked of itself; Debian's wrapper on the PATH answers for the newest one."""
    asked = subprocess.run(  # noqa: S603 (found above, without arguments of anybody's)
        [program, "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\b(\d+)(?:\.|devel|beta|rc)", asked.stdout)
    return int(found[1]) if asked.returncode == 0 and found else None
