"""The virtual environment, filled from the pinned requirements; a stamp makes the next start instant."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from spatial_admin.local.console import step
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.processes import run_quietly

VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
NODE = "requirements-node.txt"


def ensure(*requirement_files: str) -> None:
    """Have a working environment with every package of the files, at the pinned versions."""
    wanted = {name: stamp_of(CHECKOUT / name) for name in requirement_files}
    stale = [name for name, stamp in wanted.items() if not _stamp_file(name).is_file() or _read(name) != stamp]
    if not stale:
        return
    if not _works():
        with step("Making a virtual environment"):
            run_quietly([sys.executable, "-m", "venv", "--clear", VENV], "python3 -m venv")
        stale = list(requirement_files)
    with step(f"Installing Python packages ({', '.join(stale)})"):
        _pip_install(stale)
    for name in stale:
        _stamp_file(name).write_text(wanted[name], encoding="utf-8")


def stamp_of(requirements: Path) -> str:
    """What must be installed where: the file's content, this Python, and this path (an environment cannot move)."""
    content = requirements.read_bytes()
    where = f"{sys.version_info[:2]} {VENV}".encode()
    return hashlib.sha256(content + where).hexdigest()


def _pip_install(names: Sequence[str]) -> None:
    """All at once: what they have in common is settled once."""
    command: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    files = [word for name in names for word in ("-r", CHECKOUT / name)]
    run_quietly([*command, "--prefer-binary", *files], "pip install")


def _works() -> bool:
    """Whether the environment is of this Python version, lies where it was made, and has pip."""
    if not PYTHON.exists():
        return False
    question = "import sys, pip; print(sys.version_info[:2], sys.prefix)"
    asked = subprocess.run([str(PYTHON), "-c", question], capture_output=True, text=True, check=False)
    return asked.returncode == 0 and asked.stdout.strip() == f"{sys.version_info[:2]} {VENV}"


def _stamp_file(name: str) -> Path:
    return VENV / f".{name}.sha256"


def _read(name: str) -> str:
    return _stamp_file(name).read_text(encoding="utf-8")
