"""A private PostgreSQL with PostGIS: made once, started when needed, stopped by whoever leaves last.

Reached by a socket only (no port to clash or to guard), passwords by scram, pages with checksums, crash-safe. Works as
root (the server, which refuses to be root, then runs as `postgres`) and as an ordinary user; copies live side by side.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spatial_admin.local import postgres_account, postgres_process
from spatial_admin.local.cluster_files import ClusterFiles, locate, write_configuration
from spatial_admin.local.console import CannotGoOn, step
from spatial_admin.local.environment import make_home, write_private
from spatial_admin.local.held_up import held_up
from spatial_admin.local.postgres_account import Account
from spatial_admin.local.postgres_programs import OLDEST_MAJOR, Programs, newest
from spatial_admin.local.roles import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER, database_script, new_passwords
from spatial_admin.local.standby import Standby


@dataclass(frozen=True, slots=True)
class Cluster:
    """One private cluster: its files, its programs, and the account its server runs under."""

    files: ClusterFiles
    programs: Programs
    account: Account
    durable: bool = True

    def url_files(self) -> dict[str, Path]:
        """Setting -> private file with the URL: app role, owner role, and superuser (maintenance and tests only)."""
        return {
            "DATABASE_URL": self.files.secrets / "database_url",
            "DATABASE_OWNER_URL": self.files.secrets / "database_owner_url",
            "DATABASE_ADMIN_URL": self.files.secrets / "database_admin_url",
        }

    @contextmanager
    def running(self) -> Iterator[Cluster]:
        """Hold the server up for the time of the block; start it, make database and roles where they are missing."""
        with held_up(self.files, self._start, self._stop):
            yield self

    def replica(self, *, synchronous: bool = False) -> Standby:
        """A streaming replica of this cluster; nothing is started yet."""
        files = ClusterFiles(self.files.root / "replica")
        return Standby(files, self.files, self.programs, self.account, self.durable, synchronous)

    def _stop(self) -> None:
        postgres_process.stop(self.programs, self.account, self.files)

    def _start(self) -> None:
        if not (self.files.data / "PG_VERSION").exists():
            with step("Making a private PostgreSQL cluster"):
                self._initialize()
        self.files.make_server_folders(self.account)
        if postgres_process.is_running(self.files):
            postgres_process.wait_until_ready(self.programs, self.account, self.files)
        else:
            postgres_process.clear_after_crash(self.files)
            write_configuration(self.files, self.account, durable=self.durable, libraries=self.programs.libraries())
            postgres_process.start(self.programs, self.account, self.files)
        if not self.files.database_stamp.exists():
            with step("Making the database and its roles"):
                self._make_database()
        self._write_urls()

    def _initialize(self) -> None:
        """Run initdb beside the final place, then rename: a start killed half-way leaves nothing that looks whole."""
        unfinished = self.files.root / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.files.database_stamp.unlink(missing_ok=True)
        passwords = new_passwords()
        for role, password in passwords.items():
            write_private(self.files.password_file(role), password)
        unfinished.mkdir(mode=0o700)
        self.account.give(unfinished)
        handed_over = self.files.root / "initial_password"
        write_private(handed_over, passwords[SUPERUSER])
        self.account.give(handed_over)
        try:
            self.account.run(
                [
                    self.programs / "initdb", "-D", unfinished, "--username", SUPERUSER, f"--pwfile={handed_over}",
                    "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8",
                    *([] if self.durable else ["--no-sync"]),
                ],
                "initdb",
            )  # fmt: skip
        finally:
            handed_over.unlink()
        unfinished.rename(self.files.data)

    def _make_database(self) -> None:
        """Idempotent, so that it can be killed anywhere and run again; the stamp is written last."""
        passwords = {role: self.files.read_password(role) for role in (OWNER_ROLE, APP_ROLE)}
        for statement_batch, database in database_script(passwords):
            postgres_process.run_sql(self.programs, self.files, statement_batch, database)
        self.files.database_stamp.touch(0o600)

    def _write_urls(self) -> None:
        """At every start, because a home that was moved has its socket elsewhere."""
        for name, role, database in (
            ("DATABASE_URL", APP_ROLE, DATABASE),
            ("DATABASE_OWNER_URL", OWNER_ROLE, DATABASE),
            ("DATABASE_ADMIN_URL", SUPERUSER, "postgres"),
        ):
            write_private(self.url_files()[name], self.files.url(role, self.files.read_password(role), database))


def private_cluster(home: Path, *, durable: bool = True) -> Cluster:
    """Find or place the cluster of a home folder; nothing is started yet. `durable=False` (tests) gives up fsync."""
    make_home(home)
    files = locate(home)
    account = postgres_account.of(files.data)  # first: it refuses data that are not ours to look into
    major = files.major_of_data()
    programs = newest(major)
    if programs is None:
        needed = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
        raise CannotGoOn(f"{files.data} needs {needed} with PostGIS 3, which is not installed.")
    return Cluster(files, programs, account, durable)
