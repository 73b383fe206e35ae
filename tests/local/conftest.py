"""Folders for private clusters: reachable for the server's account (pytest's own are closed to it), gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatial_admin.local.cluster_files import locate
from spatial_admin.local_postgis import private_cluster
from tests.local.serving import lay_out


def make_reachable_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sa-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


@pytest.fixture(scope="session")
def template_home() -> Iterator[Path]:
    """A home whose cluster has been made and stopped; copying it (0.1 s) spares each test an initdb (2 s)."""
    folder = make_reachable_folder()
    with private_cluster(folder / "home", durable=False).running():
        pass
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def prepared_home(template_home: Path, home: Path) -> Path:
    """A home of one test with a stopped cluster in it."""
    subprocess.run(["cp", "-a", template_home, home], check=True)
    return home


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of one test; what it placed outside is removed too."""
    folder = make_reachable_folder()
    yield folder / "home"
    if (folder / "home").exists():
        shutil.rmtree(locate(folder / "home").root)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A checkout that is set up already: our scripts, the packages of this environment, the stand-in application."""
    folder = make_reachable_folder()
    lay_out(folder)
    yield folder
    shutil.rmtree(folder)
