from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from spatial_admin.local import python_packages
from spatial_admin.local.environment import CHECKOUT

FILES = (python_packages.RUNTIME, python_packages.DEVELOPMENT)


def pins(*names: str) -> dict[str, str]:
    """Canonical name -> version of every line of these files; a line of another form fails."""
    found = {}
    for name in names:
        for line in (CHECKOUT / name).read_text().splitlines():
            if line and not line.startswith("#"):
                match = re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)", line)
                assert match, f"{name}: {line}"
                found[match[1]] = match[2]
    return found


def needed_by(name: str) -> Iterator[str]:
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


@pytest.mark.parametrize("files", [FILES[:1], FILES], ids=["runtime alone", "with development"])
def test_everything_that_a_pinned_package_needs_is_pinned_too(files: tuple[str, ...]) -> None:
    pinned = pins(*files)
    missing = {(name, other) for name in pinned for other in needed_by(name) if other not in pinned}
    assert missing == set()


def test_installed_versions_are_the_pinned_ones() -> None:
    assert {name: metadata.version(name) for name in pins(*FILES)} == pins(*FILES)


def test_the_stamp_changes_with_the_content_only(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("flask==3.1.3\n")
    before = python_packages.stamp_of(file)
    assert python_packages.stamp_of(file) == before
    file.write_text("flask==3.1.4\n")
    assert python_packages.stamp_of(file) != before
