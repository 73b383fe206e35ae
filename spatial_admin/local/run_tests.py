"""script/test: the server's set-up, then every check and test; all run, and failures are listed at the end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from spatial_admin.local import browser_packages, python_packages, setup
from spatial_admin.local.console import say
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.flask_command import run_in_foreground
from spatial_admin.local.python_packages import PYTHON
from spatial_admin.local.run_benchmarks import laboratory_environment
from spatial_admin.local.throwaway_home import throwaway_home
from spatial_admin.local_postgis import private_cluster

HOME = CHECKOUT / "var" / "test"
QUIET_CHECKS = 2
# One more than most machines have processors: tests of servers, workers and browsers mostly wait.
PYTEST_PROCESSES = "3"
_PRINTING = Lock()


@dataclass(frozen=True, slots=True)
class Check:
    """One program that must end with 0; `talks` ones print as they go, the others only when they fail."""

    name: str
    command: tuple[str, ...]
    talks: bool = False


def main(arguments: Sequence[str]) -> int:
    """Run all checks, or, with arguments, only pytest with these; 0 when all passed, else 1."""
    began = time.monotonic()
    setup.ensure_development()
    with throwaway_home(HOME) as home, private_cluster(home, durable=False).running() as cluster:
        env = laboratory_environment(home, cluster)
        node, _ = browser_packages.node_and_npm()
        checks = [pytest_check(arguments)] if arguments else every_check(str(node))
        failed = run_checks(checks, env)
    took = f"{time.monotonic() - began:.0f} s"
    say(f"FAILED: {', '.join(failed)}   ({took})" if failed else f"All {len(checks)} checks passed   ({took})")
    return 1 if failed else 0


def every_check(node: str) -> list[Check]:
    """The whole list, longest of the quiet ones first. Nothing is skipped because it is absent: that is a failure."""
    python = str(PYTHON)
    compiler = str(CHECKOUT / "node_modules" / "typescript" / "bin" / "tsc")
    scripts = sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "tests" / "js").rglob("*.test.js"))
    return [
        Check("mypy", (python, "-m", "mypy", "--strict")),
        Check("ruff check", (python, "-m", "ruff", "check", ".")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check", ".")),
        Check("import contracts", (str(python_packages.VENV / "bin" / "lint-imports"), "--no-cache")),
        Check("tsc", (node, compiler, "--project", "tsconfig.json")),
        Check("node --test", (node, "--test", *(scripts or ["tests/js"]))),
        pytest_check(()),
    ]


def run_checks(checks: Sequence[Check], env: Mapping[str, str]) -> list[str]:
    """Names of those that failed. Quiet ones run beside those that talk, each reported at its end."""
    with ThreadPoolExecutor(QUIET_CHECKS) as pool:
        quiet = {check: pool.submit(_passes, check, env) for check in checks if not check.talks}
        passed = {check: _passes(check, env) for check in checks if check.talks}
        passed |= {check: told.result() for check, told in quiet.items()}
    return [check.name for check in checks if not passed[check]]


def pytest_check(arguments: Sequence[str]) -> Check:
    """Arguments replace the default ones; a file stays in one process, because its module's database does.

    Files go out in the order of tests/order.py, not in xdist's, which puts a slow file of few tests at the end.
    """
    chosen = tuple(arguments) or (
        "-q",
        "--numprocesses",
        PYTEST_PROCESSES,
        "--dist",
        "loadfile",
        "--no-loadscope-reorder",
    )
    return Check("pytest", (str(PYTHON), "-m", "pytest", *chosen), talks=True)


def _passes(check: Check, env: Mapping[str, str]) -> bool:
    began = time.monotonic()
    if check.talks:
        say(f"  {check.name} …")
        passed, output = run_in_foreground(check.command, dict(env), CHECKOUT) == 0, ""
    else:
        done = subprocess.run(
            check.command, check=False, env=dict(env), cwd=CHECKOUT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        passed, output = done.returncode == 0, done.stdout
    with _PRINTING:  # a check's line and its words stay together
        say(f"  {'ok    ' if passed else 'FAILED'} {check.name:<18} {time.monotonic() - began:6.1f} s")
        if not passed:
            sys.stderr.write(output)
    return passed
