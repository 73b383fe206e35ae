"""script/server as a child of a test, in a checkout with a small application in the place of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from spatial_admin.local import postgres_process
from spatial_admin.local.cluster_files import locate
from spatial_admin.local.environment import CHECKOUT, without_our_settings
from tests.waiting import PATIENCE_S, until

COPIED = (
    "script", "spatial_admin/__init__.py", "spatial_admin/settings.py", "spatial_admin/connection_settings.py",
    "spatial_admin/limit_settings.py", "spatial_admin/upkeep_settings.py", "spatial_admin/setting_values.py",
    "spatial_admin/errors.py",
    "spatial_admin/local", "spatial_admin/local_postgis.py", "gunicorn.conf.py", "requirements.txt",
    "package-lock.json",
)  # fmt: skip
WRITE_STAMPS = """
from spatial_admin.local import browser_packages as b, python_packages as p
p._stamp_file(p.RUNTIME).write_text(p.stamp_of(p.CHECKOUT / p.RUNTIME))
b.VENDOR.mkdir(parents=True)
(b.VENDOR / '.sha256').write_text(b._stamp())
"""


def lay_out(folder: Path) -> None:
    """A checkout that is set up already: our scripts, the packages of this environment, the stand-in application."""
    for name in COPIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = CHECKOUT / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    for name in ("app.py", "wsgi.py"):
        shutil.copyfile(Path(__file__).with_name("standin_app.py"), folder / name)
    (folder / "script" / "server").chmod(0o755)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix) / "bin")
    (folder / ".venv" / "lib").symlink_to(Path(sys.prefix) / "lib")
    shutil.copyfile(Path(sys.prefix) / "pyvenv.cfg", folder / ".venv" / "pyvenv.cfg")
    subprocess.run([sys.executable, "-c", WRITE_STAMPS], cwd=folder, check=True)


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    own = {"SPATIAL_ADMIN_HOME": str(home), "PORT": str(port)}
    return {**without_our_settings(os.environ), **own, **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


class Server:
    """script/server as a child of the test, its words collected."""

    def __init__(self, checkout: Path, env: Mapping[str, str], *arguments: str) -> None:
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            ["env", "--default-signal=HUP", sys.executable, checkout / "script" / "server", *arguments],
            # also below nohup
            env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.words: list[str] = []
        self.ready_after_s = 0.0
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.words.append(line)
            if "is ready" in line:
                self.ready_after_s = time.monotonic() - self.began
                break

    def next_words(self, beginning: str) -> str:
        """The next line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.words.append(line)
            if line.startswith(beginning):
                return line
        raise AssertionError("".join(self.words))

    def end(self, signum: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(signum)
        return self.wait()

    def wait(self) -> int:
        """Collect the last words and return the exit code."""
        if self.process.stdout is not None and not self.process.stdout.closed:
            words, _ = self.process.communicate(
                timeout=120
            )  # the product itself waits 15 s for requests and 30 s for a slow disk
            self.words.append(words)
        return self.process.wait()


def processes_with(setting: str) -> set[int]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if setting.encode() in (process / "environ").read_bytes().split(b"\0"):
                found.add(int(process.name))
        except OSError:
            continue  # ended while we were looking
    return found


@contextmanager
def serving(checkout: Path, home: Path, *arguments: str, **more: str) -> Iterator[tuple[Server, int]]:
    port = free_port()
    server = Server(checkout, environment(home, port, **more), *arguments)
    try:
        assert server.ready_after_s, "".join(server.words)
        yield server, port
    finally:
        server.end(signal.SIGTERM)


def left_over(home: Path) -> set[int]:
    return processes_with(f"SPATIAL_ADMIN_HOME={home}") | postgres_process._servers(locate(home))


def kill_all(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # the death of one is noticed by others, which end
            os.kill(pid, signal.SIGKILL)


def wait_for_nobody(home: Path) -> None:
    until(lambda: not left_over(home))
