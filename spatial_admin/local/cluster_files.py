"""Where the files of one private cluster lie, and the configuration that is written before every start."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from spatial_admin.local import postgres_account
from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.postgres_account import Account

SYSTEM_PLACE = Path("/var/lib/spatial-admin")
SHORT_PLACE = Path("/tmp")  # noqa: S108 (the folder below it is checked for its owner); not TMPDIR, which changes
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # sizeof sun_path, less the closing zero
MIB = 1024 * 1024
HBA = "# Socket only.\nlocal all all scram-sha-256\n"
REPLICATION = "spatial_admin_replication.conf"
WAL_KEPT = "512MB"  # for a replica that was away for a while


@dataclass(frozen=True, slots=True)
class ClusterFiles:
    """`root` is ours, `data`, `log` and the socket's folder belong to the server's account."""

    root: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """One log a weekday, each overwritten after a week."""
        return self.root / "log"

    @property
    def secrets(self) -> Path:
        """Passwords and URLs, each file 0600."""
        return self.root / "secrets"

    @property
    def start_lock(self) -> Path:
        """Held while the server is started or stopped."""
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Held, shared, by everybody who uses the server."""
        return self.root / "users.lock"

    @property
    def database_stamp(self) -> Path:
        """Exists once database, roles and URL files are complete; numbered anew where roles.py has come to say more."""
        return self.secrets / "complete-2"

    @property
    def socket_folder(self) -> Path:
        """Below root; where that is too long for a socket's path, a folder of ours in /tmp."""
        if len(os.fsencode(self.root / "socket" / SOCKET_NAME)) < LONGEST_SOCKET_PATH:
            return self.root / "socket"
        return SHORT_PLACE / f"spatial-admin-{_digest(self.root)}"

    def make_server_folders(self, account: Account) -> None:
        """Make those of socket and log, open to the server only; refuses a folder that somebody else has put there."""
        for folder in (self.socket_folder, self.log):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), account.uid):
                raise CannotGoOn(f"{folder} belongs to somebody else. Remove it, then start again.")
            folder.chmod(0o700)
            account.give(folder)

    def password_file(self, role: str) -> Path:
        """The file of one role's password."""
        return self.secrets / f"{role}.password"

    def read_password(self, role: str) -> str:
        """One role's password; raises CannotGoOn where the file was lost."""
        try:
            return self.password_file(role).read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise CannotGoOn(
                f"The password file {self.password_file(role)} is gone; restore it from a backup."
            ) from error

    def url(self, role: str, password: str, database: str) -> str:
        """The SQLAlchemy URL of one role. The port is named because PGPORT could otherwise change the socket's name."""
        return f"postgresql+psycopg2://{role}:{password}@/{database}?host={quote(str(self.socket_folder))}&port=5432"

    def major_of_data(self) -> int | None:
        """The major version that the data are bound to; None where there are none yet."""
        version = self.data / "PG_VERSION"
        return int(version.read_text(encoding="utf-8")) if version.exists() else None


def locate(home: Path) -> ClusterFiles:
    """Below home, or below /var/lib/spatial-admin where the server's account cannot reach home. Existing data stay."""
    inside = home / "postgres"
    outside = SYSTEM_PLACE / f"{re.sub(r'[^A-Za-z0-9]+', '-', home.name) or 'home'}-{_digest(home)}"
    if (inside / "data").exists():
        root = inside
    elif (outside / "data").exists() or not postgres_account.may_pass(home):
        root = outside
        SYSTEM_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
    else:
        root = inside
    root.mkdir(exist_ok=True)
    if root.stat().st_uid == os.geteuid():
        root.chmod(0o711)
    files = ClusterFiles(root)
    files.secrets.mkdir(mode=0o700, exist_ok=True)
    return files


def write_configuration(
    files: ClusterFiles,
    account: Account,
    *,
    durable: bool,
    libraries: Sequence[str],
    more: Mapping[str, str] | None = None,
) -> None:
    """Write our settings, which are read after postgresql.conf and win over it, and who may connect.

    Whatever a replica added to a primary is forgotten: nobody waits for one that may not come back.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    # Dropping a database looks through all buffers, and tests drop thousands; their files are in memory anyhow.
    most_buffers = 1024 if durable else 256
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(files.socket_folder),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        # A small number makes SERIALIZABLE lock whole tables: reading 200 parcels then conflicts with everybody.
        "max_pred_locks_per_transaction": "1024",
        "shared_buffers": f"{min(max(memory // 8, 64), most_buffers)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "shared_preload_libraries": ", ".join(libraries),
        "log_lock_waits": "on",
        "logging_collector": "on",
        "log_directory": str(files.log),
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        **(more or {}),
    }
    lines = [f"{name} = '{text.replace(chr(39), chr(39) * 2)}'" for name, text in settings.items()]
    lines.append(f"include_if_exists = '{REPLICATION}'")
    (files.data / REPLICATION).unlink(missing_ok=True)
    write_for_server(files.data / "spatial_admin.conf", "\n".join(["# Before every start.", *lines, ""]), account)
    main = files.data / "postgresql.conf"
    include = "include = 'spatial_admin.conf'"
    if include not in main.read_text(encoding="utf-8"):
        write_for_server(main, f"{main.read_text(encoding='utf-8')}\n{include}\n", account)
    write_for_server(files.data / "pg_hba.conf", HBA, account)


def write_replication(files: ClusterFiles, account: Account, *, synchronous: bool) -> None:
    """Settings of a primary that a replica follows; it reads them when it is told to reload."""
    text = f"wal_keep_size = '{WAL_KEPT}'\n"
    if synchronous:
        text += "synchronous_standby_names = '*'\nsynchronous_commit = 'on'\n"
    write_for_server(files.data / REPLICATION, text, account)


def admit_replication(files: ClusterFiles, account: Account, role: str) -> None:
    """Let a role copy the cluster, until the next start; a reload tells the server."""
    write_for_server(files.data / "pg_hba.conf", f"{HBA}local replication {role} scram-sha-256\n", account)


def write_for_server(path: Path, text: str, account: Account) -> None:
    """Write a file that only the server's account can read; whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.chmod(0o600)
    account.give(unfinished)
    unfinished.replace(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:10]
