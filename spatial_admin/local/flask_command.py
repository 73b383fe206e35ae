"""script/flask: run one flask command with the settings of this copy, its database up for as long as it takes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from spatial_admin.local import setup
from spatial_admin.local.environment import CHECKOUT, make_home, read_place
from spatial_admin.local.python_packages import PYTHON
from spatial_admin.local.serve import application_environment


def main(arguments: Sequence[str]) -> int:
    """Run `flask ARGUMENTS` and return its exit code; stdin and stdout are the command's own."""
    place = read_place(os.environ)
    setup.ensure_runtime(postgis=not place.database_is_given, pages=False)
    make_home(place.home)
    with ExitStack() as cleanup:
        env = application_environment(place, cleanup)
        # The user's folder stays current, for file arguments, but -P keeps its modules from posing as ours.
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CHECKOUT), env.get("PYTHONPATH", ""))))
        return run_in_foreground([str(PYTHON), "-P", "-m", "flask", *arguments], env)


def run_in_foreground(command: Sequence[str], env: dict[str, str], cwd: Path | None = None) -> int:
    """Run a command that owns the terminal: Ctrl-C is its own, SIGTERM is passed on, and we outlive it to clean up."""
    with subprocess.Popen(command, env=env, cwd=cwd) as child:
        previous = {
            signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
            signal.SIGTERM: signal.signal(signal.SIGTERM, lambda signum, _frame: child.send_signal(signum)),
        }
        try:
            code = child.wait()
        finally:
            for signum, handler in previous.items():
                signal.signal(signum, handler)
    return code if code >= 0 else 128 - code
