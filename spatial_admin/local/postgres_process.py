"""Start, stop and recognise the server of one cluster, also after a crash."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from spatial_admin.local.cluster_files import SOCKET_NAME, ClusterFiles
from spatial_admin.local.console import CannotGoOn, say
from spatial_admin.local.postgres_account import ENVIRONMENT, Account
from spatial_admin.local.postgres_programs import Programs
from spatial_admin.local.processes import LINES_SHOWN_ON_FAILURE
from spatial_admin.local.roles import SUPERUSER

START_PATIENCE_S = 120  # crash recovery replays at most max_wal_size
STOP_PATIENCE_S = 30
ORPHAN_PATIENCE_S = 20


def start(programs: Programs, account: Account, files: ClusterFiles) -> None:
    """Start the server and wait until it answers; raises CannotGoOn with the end of its log."""
    began = time.monotonic()
    first_words = files.log / "start.log"
    command: list[str | Path] = [
        programs / "pg_ctl",
        "start",
        "-w",
        "-t",
        str(START_PATIENCE_S),
        "-D",
        files.data,
        "-l",
        first_words,
    ]
    done = account.attempt(command)
    if done.returncode != 0:
        raise CannotGoOn(f"PostgreSQL did not start. The end of {first_words}:\n{_tail(first_words)}")
    if time.monotonic() - began > 2:
        say(f"  PostgreSQL started, {time.monotonic() - began:.1f} s (it recovered from a crash)")


def stop(programs: Programs, account: Account, files: ClusterFiles) -> None:
    """Roll open transactions back, write a checkpoint, end. Nothing to do where it is not running.

    A server that is just recovering is waited for: a fast stop in that moment was seen to take 60 s (recovery asks a
    checkpointer that is gone already). One that does not end in time is ended at once, and recovers at the next start.
    """
    if is_running(files):
        _wait_while_recovering(programs, account, files)
        patience = str(STOP_PATIENCE_S)
        command: list[str | Path] = [programs / "pg_ctl", "stop", "-w", "-t", patience, "-D", files.data, "-m"]
        if account.attempt([*command, "fast"]).returncode != 0 and is_running(files):
            say("  PostgreSQL does not stop in time; ending it at once.")
            account.run([*command, "immediate"], "Stopping PostgreSQL")
    if files.socket_folder.parent != files.root:
        for path in files.socket_folder.glob(f"{SOCKET_NAME}*"):
            path.unlink()
        if files.socket_folder.exists():
            files.socket_folder.rmdir()


def is_running(files: ClusterFiles) -> bool:
    """Whether the process that postmaster.pid names is this cluster's server (numbers are used again)."""
    pid = _postmaster_pid(files)
    return pid is not None and pid in _servers(files)


def clear_after_crash(files: ClusterFiles) -> None:
    """Remove what a killed server left, once nothing of it lives.

    PostgreSQL itself removes a stale postmaster.pid, but not when its number meanwhile belongs to another process of
    the same account; and without the file it could not see backends that outlived it. So we wait for those first.
    """
    leftovers = [files.data / "postmaster.pid", files.socket_folder / f"{SOCKET_NAME}.lock"]
    if not any(path.exists() for path in leftovers) and not _servers(files):
        return
    deadline = time.monotonic() + ORPHAN_PATIENCE_S
    while alive := _servers(files):
        if time.monotonic() > deadline:
            numbers = ", ".join(str(pid) for pid in sorted(alive))
            raise CannotGoOn(
                f"A crashed PostgreSQL left processes in {files.data}: {numbers}. End them, then start again."
            )
        time.sleep(0.1)
    say("  PostgreSQL was not stopped properly last time; it recovers by itself.")
    for path in leftovers:
        path.unlink(missing_ok=True)


def wait_until_ready(programs: Programs, account: Account, files: ClusterFiles) -> None:
    """Wait for a server that somebody else has started; raises CannotGoOn when it never answers."""
    deadline = time.monotonic() + START_PATIENCE_S
    while not _answers(programs, account, files):
        if time.monotonic() > deadline or not is_running(files):
            raise CannotGoOn(f"PostgreSQL in {files.data} runs but does not answer; see {files.log}.")
        time.sleep(0.1)


def _wait_while_recovering(programs: Programs, account: Account, files: ClusterFiles) -> None:
    deadline = time.monotonic() + STOP_PATIENCE_S
    while is_running(files) and not _answers(programs, account, files) and time.monotonic() < deadline:
        time.sleep(0.1)


def _answers(programs: Programs, account: Account, files: ClusterFiles) -> bool:
    question: list[str | Path] = [programs / "pg_isready", "-q", "-h", files.socket_folder, "-p", "5432"]
    return account.attempt(question).returncode == 0


def run_sql(programs: Programs, files: ClusterFiles, sql: str, database: str) -> str:
    """Run SQL as the superuser; it travels by standard input and the password by the environment of this one child,
    which only root and its own account can read. Returns the output, unaligned; raises CannotGoOn.
    """
    env = {**ENVIRONMENT, "PGPASSWORD": files.read_password(SUPERUSER), "PGOPTIONS": "-c client_min_messages=warning"}
    command = [
        programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", files.socket_folder, "-p", "5432",
        "-U", SUPERUSER, "-d", database, "-f", "-",
    ]  # fmt: skip
    done = subprocess.run(
        [str(part) for part in command],
        input=sql,
        check=False,
        env=env,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise CannotGoOn(f"The database could not be prepared: {done.stderr.strip()}")
    return done.stdout


def _postmaster_pid(files: ClusterFiles) -> int | None:
    try:
        first = (files.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]
    except FileNotFoundError:
        return None
    return int(first) if first.strip().isdigit() else None


def _servers(files: ClusterFiles) -> set[int]:
    """Every process named postgres that works in our data directory, where the server and all its children stay."""
    found = set()
    data = files.data.resolve()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = (process / "comm").read_text() == "postgres\n" and (process / "cwd").readlink() == data
        except OSError:  # ended meanwhile, or of another account and therefore not ours
            continue
        if is_ours:
            found.add(int(process.name))
    return found


def _tail(path: Path) -> str:
    if not path.exists():
        return "    (nothing)"
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-LINES_SHOWN_ON_FAILURE:]
    return "\n".join(f"    {line}" for line in lines)
