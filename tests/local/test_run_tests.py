from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spatial_admin.local import run_benchmarks, run_tests
from spatial_admin.local.console import CannotGoOn
from spatial_admin.local.environment import CHECKOUT


def test_the_whole_run_holds_every_kind_of_check() -> None:
    names = [check.name for check in run_tests.every_check("node")]
    assert names == ["mypy", "ruff check", "ruff format", "import contracts", "tsc", "node --test", "pytest"]


def test_arguments_replace_the_default_ones() -> None:
    assert run_tests.pytest_check(["tests/local", "-x"]).command[-2:] == ("tests/local", "-x")
    assert "--numprocesses" not in run_tests.pytest_check(["-x"]).command
    assert "--numprocesses" in run_tests.pytest_check([]).command


def test_a_failing_check_shows_its_words_and_a_passing_one_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    def check(code: int) -> run_tests.Check:
        return run_tests.Check(f"check {code}", (sys.executable, "-c", f"print('words'); raise SystemExit({code})"))

    assert run_tests._passes(check(0), {})
    assert capsys.readouterr().err.startswith("  ok     check 0")
    assert not run_tests._passes(check(3), {})
    said = capsys.readouterr().err
    assert said.startswith("  FAILED check 3")
    assert said.endswith("words\n")


def test_quiet_checks_run_beside_those_that_talk_and_all_that_failed_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def meets(mine: str, *others: str, talks: bool = False) -> run_tests.Check:
        """Ends when all have begun."""
        wait = "while not all(map(os.path.exists, sys.argv[2:])): time.sleep(0.01)"
        program = f"import os, sys, time\nopen(sys.argv[1], 'w').close()\n{wait}\nsys.exit(sys.argv[1][-1] in 'bc')"
        paths = [str(tmp_path / name) for name in (mine, *others)]
        return run_tests.Check(mine, (sys.executable, "-c", program, *paths), talks=talks)

    checks = [meets("a", "b", "c"), meets("b", "a", "c"), meets("c", "a", "b", talks=True)]
    assert run_tests.run_checks(checks, {}) == ["b", "c"]
    lines = [line.split()[:2] for line in capsys.readouterr().err.splitlines()]
    assert sorted(lines) == [["FAILED", "b"], ["FAILED", "c"], ["c", "…"], ["ok", "a"]]


def test_an_unknown_benchmark_is_named_with_those_that_exist() -> None:
    with pytest.raises(CannotGoOn, match="There is no benchmark speed"):
        run_benchmarks.main(["speed"])


@pytest.mark.parametrize("name", ["server", "flask", "test", "bench"])
def test_an_old_python_is_refused_in_words(name: str, tmp_path: Path) -> None:
    # No old Python is installed here: the version is changed before the script's first line, in a real process.
    pretend = "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", pretend, str(CHECKOUT / "script" / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Spatial Admin needs Python 3.11 or newer; this is 3.9 (")
    assert "Traceback" not in done.stderr
