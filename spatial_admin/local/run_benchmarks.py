"""script/bench [NAME]: run one benchmark, or all, against a durable private cluster of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from spatial_admin.local import browser_packages, python_packages, setup, system_packages
from spatial_admin.local.console import CannotGoOn, say
from spatial_admin.local.environment import CHECKOUT, Place, for_application, without_our_settings
from spatial_admin.local.flask_command import run_in_foreground
from spatial_admin.local.python_packages import PYTHON
from spatial_admin.local_postgis import Cluster, private_cluster

HOME = CHECKOUT / "var" / "bench"


def main(arguments: Sequence[str]) -> int:
    """Run benchmarks/NAME.py with the arguments behind it, or every one; returns the first exit code that is not 0."""
    known = benchmark_names()
    if arguments and arguments[0] not in known:
        raise CannotGoOn(f"There is no benchmark {arguments[0]}. There are: {', '.join(known) or 'none yet'}.")
    if not known:
        raise CannotGoOn("There are no benchmarks yet: benchmarks/ is empty.")
    setup.ensure_development(browser=True)
    with private_cluster(HOME).running() as cluster:
        env = laboratory_environment(HOME, cluster)
        codes = []
        for name in arguments[:1] or known:
            say(f"Benchmark {name}")
            codes.append(run_in_foreground([str(PYTHON), "-m", f"benchmarks.{name}", *arguments[1:]], env, CHECKOUT))
    return next((code for code in codes if code), 0)


def benchmark_names() -> list[str]:
    """Every module in benchmarks/ that can be run by name."""
    return sorted(path.stem for path in (CHECKOUT / "benchmarks").glob("[a-z]*.py"))


def laboratory_environment(home: Path, cluster: Cluster) -> dict[str, str]:
    """The environment of tests and benchmarks: no real setting, the private cluster, its superuser's URL, a browser.

    The superuser's URL is given itself, not as a file: the cluster is thrown away, and tests make databases with it.
    """
    files = cluster.url_files()
    place = Place(home=home, host="127.0.0.1", port=8000, database_is_given=False)
    given = {name: files[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    env = for_application(without_our_settings(os.environ), place, given)
    env["TEST_DATABASE_ADMIN_URL"] = files["DATABASE_ADMIN_URL"].read_text(encoding="utf-8").strip()
    env["PYTHONPATH"] = str(CHECKOUT)
    env["PYTHONDONTWRITEBYTECODE"] = ""  # hundreds of processes would compile the same modules, each for itself
    node, _ = browser_packages.node_and_npm()
    env["PATH"] = os.pathsep.join((str(python_packages.VENV / "bin"), str(node.parent), env.get("PATH", "")))
    env["CHROMIUM"] = str(system_packages.find_browser())
    # Playwright brings a Node.js of its own that needs libatomic1, which a bare Debian has not.
    env["PLAYWRIGHT_NODEJS_PATH"] = str(node)
    return env
