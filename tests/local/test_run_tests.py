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
    assert names == ["ruff check", "ruff format", "import contracts", "mypy", "tsc", "node --test", "pytest"]


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
