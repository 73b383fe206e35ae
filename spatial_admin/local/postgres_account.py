"""The operating system account under which PostgreSQL's programs run: ours, or `postgres` where we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.processes import LINES_SHOWN_ON_FAILURE

SERVER_ACCOUNT = "postgres"
# Nothing of the user's environment reaches the server: no PGDATA, no locale, no library path.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}


@dataclass(frozen=True, slots=True)
class Account:
    """Numeric ids; `switch` says that we are root and give up root for the child."""

    uid: int
    gid: int
    switch: bool

    def give(self, path: Path) -> None:
        """Make the account own a file or folder that we have made for it."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[str | Path], what: str) -> str:
        """Run one of PostgreSQL's programs; returns what it printed, raises CannotGoOn with the end of it."""
        done = self.attempt(command)
        if done.returncode != 0:
            tail = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-LINES_SHOWN_ON_FAILURE:])
            raise CannotGoOn(f"{what} failed (it ended with {done.returncode}):\n{tail}")
        return done.stdout

    def attempt(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program in a session of its own, so that Ctrl-C in the terminal does not cut a start in two.

        The output goes through a file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open.
        """
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(part) for part in command], check=False, env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True, umask=0o077,
                user=self.uid if self.switch else None, group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
            )  # fmt: skip
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read().decode(errors="replace"))


def of(data: Path) -> Account:
    """The owner of existing data, else us, or `postgres` for root; raises CannotGoOn where the data are another's."""
    ours = os.geteuid()
    if data.exists():
        found = data.stat()
        if ours not in (0, found.st_uid):
            owner = _name_of(found.st_uid)
            raise CannotGoOn(
                f"The database in {data} belongs to {owner}. Start as root or {owner}, "
                "or name another folder in SPATIAL_ADMIN_HOME."
            )
        return Account(found.st_uid, found.st_gid, switch=ours == 0)
    if ours != 0:
        return Account(ours, os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError as error:
        raise CannotGoOn(
            "PostgreSQL does not run as root, and there is no user 'postgres'. Make one: adduser --system "
            "--group --home /var/lib/postgresql postgres"
        ) from error
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def may_pass(folder: Path) -> bool:
    """Whether the server's account can reach a folder, every parent included (root's home is often closed)."""
    if os.geteuid() != 0:
        return True
    account = of(folder / "no-data-yet")
    return account.attempt(["test", "-x", folder]).returncode == 0


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
