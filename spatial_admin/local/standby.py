"""A streaming replica beside the private cluster, for trying what replicas do: made anew where it cannot follow.

It lies below the cluster's own folder, with a socket of its own; the same roles sign in with the same passwords. One
that was promoted is a primary with edits that no other server has: it is never made anew, and no server starts beside.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import (
    ClusterFiles,
    admit_replication,
    write_configuration,
    write_for_server,
    write_replication,
)
from spatial_admin.local.console import CannotGoOn, say, step
from spatial_admin.local.environment import write_private
from spatial_admin.local.held_up import held_up
from spatial_admin.local.postgres_account import Account
from spatial_admin.local.postgres_programs import Programs
from spatial_admin.local.roles import APP_ROLE, DATABASE, REPLICATION_ROLE, SUPERUSER, new_password, replication_script

FOLLOW_PATIENCE_S = 15.0
IS_FOLLOWING = "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"
RELOAD = "SELECT pg_reload_conf()"
SIGNAL = "standby.signal"  # in the data of every replica that was made; PostgreSQL removes it when one is promoted


@dataclass(frozen=True, slots=True)
class Standby:
    """A replica of the cluster whose files are `primary`; `synchronous`: COMMIT waits until it has the change."""

    files: ClusterFiles
    primary: ClusterFiles
    programs: Programs
    account: Account
    durable: bool
    synchronous: bool

    def url_file(self) -> Path:
        """The private file with the URL that the application reads by."""
        return self.files.secrets / "database_url"

    @contextmanager
    def running(self) -> Iterator[Standby]:
        """Hold it up for the time of the block; the primary runs already, and for longer."""
        self.files.root.mkdir(mode=0o711, exist_ok=True)
        self.files.secrets.mkdir(mode=0o700, exist_ok=True)
        with held_up(self.files, self._start, self._stop):
            yield self

    def refuse_where_promoted(self) -> None:
        """Raises CannotGoOn where it took over: the primary would go on without the edits that were made here since."""
        if (self.files.data / "PG_VERSION").exists() and not (self.files.data / SIGNAL).exists():
            primary, promoted = self.primary.data, self.files.data
            raise CannotGoOn(
                f"The replica in {promoted} was promoted, and may hold edits that {primary} does not have. Nothing was "
                "changed. Stop every server of this copy, decide which of the two goes on, move the other one away, "
                "and start again (docs/replicas.md, Promotion).\n"
                f"  The promoted one goes on: mv {primary} {primary}.old && mv {promoted} {primary}\n"
                f"  It is given up, with its edits: mv {promoted} {primary}.given-up"
            )

    def is_following(self) -> bool:
        """Does it receive what the primary writes?"""
        return postgres_process.run_sql(self.programs, self.files, IS_FOLLOWING, "postgres").strip() == "t"

    def _start(self) -> None:
        self.refuse_where_promoted()
        self._be_admitted()
        if not (self.files.data / "PG_VERSION").exists():
            self._make()
        self._run()
        if not self._follows_in_time():
            say("  The replica cannot follow any more; making it anew.")
            postgres_process.stop(self.programs, self.account, self.files)
            shutil.rmtree(self.files.data)
            self._make()
            self._run()
            if not self._follows_in_time():
                raise CannotGoOn(f"The replica does not follow its primary; see {self.files.log}.")
        write_private(self.url_file(), self.files.url(APP_ROLE, self.primary.read_password(APP_ROLE), DATABASE))
        write_replication(self.primary, self.account, synchronous=self.synchronous)
        self._reload_primary()

    def _stop(self) -> None:
        """The primary first stops waiting for it: a commit must not hang on a replica that is gone."""
        write_replication(self.primary, self.account, synchronous=False)
        if postgres_process.is_running(self.primary):
            self._reload_primary()
        postgres_process.stop(self.programs, self.account, self.files)

    def _be_admitted(self) -> None:
        """A role that may only copy, and a line in pg_hba.conf that lets it in; the primary forgets the line later."""
        password_file = self.files.password_file(REPLICATION_ROLE)
        if not password_file.exists():
            write_private(password_file, new_password())
        password = self.files.read_password(REPLICATION_ROLE)
        postgres_process.run_sql(self.programs, self.primary, replication_script(password), "postgres")
        admit_replication(self.primary, self.account, REPLICATION_ROLE)
        self._reload_primary()
        write_private(self.files.password_file(SUPERUSER), self.primary.read_password(SUPERUSER))
        write_for_server(self._pass_file, f"*:*:*:{REPLICATION_ROLE}:{password}\n", self.account)

    def _make(self) -> None:
        """Copy the primary beside the final place, then rename: a copy that is cut short leaves nothing whole."""
        with step("Making a streaming replica"):
            unfinished = self.files.root / "data.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            self.account.give(unfinished)
            self.account.run(
                [
                    self.programs / "pg_basebackup", "-D", unfinished, "-d", self._conninfo, "-X", "stream",
                    "-c", "fast", *([] if self.durable else ["--no-sync"]),
                ],
                "pg_basebackup",
            )  # fmt: skip
            write_for_server(unfinished / SIGNAL, "", self.account)
            unfinished.rename(self.files.data)

    def _run(self) -> None:
        self.files.make_server_folders(self.account)
        if postgres_process.is_running(self.files):
            postgres_process.wait_until_ready(self.programs, self.account, self.files)
            return
        postgres_process.clear_after_crash(self.files)
        follow = {
            "primary_conninfo": self._conninfo,
            "hot_standby": "on",
            # The primary keeps the rows that a query here still reads, instead of the query being cancelled.
            "hot_standby_feedback": "on",
            "wal_receiver_status_interval": "1s",
            "wal_retrieve_retry_interval": "1s",
        }
        write_configuration(
            self.files, self.account, durable=self.durable, libraries=self.programs.libraries(), more=follow
        )
        postgres_process.start(self.programs, self.account, self.files)

    def _follows_in_time(self) -> bool:
        deadline = time.monotonic() + FOLLOW_PATIENCE_S
        while time.monotonic() < deadline:
            if self.is_following():
                return True
            time.sleep(0.05)
        return False

    def _reload_primary(self) -> None:
        postgres_process.run_sql(self.programs, self.primary, RELOAD, "postgres")

    @property
    def _pass_file(self) -> Path:
        return self.files.root / "replication.pass"

    @property
    def _conninfo(self) -> str:
        return (
            f"host={self.primary.socket_folder} port=5432 user={REPLICATION_ROLE} passfile={self._pass_file} "
            "application_name=spatial_admin_replica"
        )
