from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from spatial_admin.local import browser_packages
from spatial_admin.local.environment import CHECKOUT


def test_the_lock_names_versions_and_digests_but_no_address() -> None:
    packages = json.loads((CHECKOUT / "package-lock.json").read_text())["packages"]
    fetched = {name: entry for name, entry in packages.items() if name}
    assert fetched["node_modules/leaflet"]["version"] == "1.9.4"
    assert all(entry["integrity"].startswith("sha512-") for entry in fetched.values())
    assert not any("resolved" in entry for entry in fetched.values())


def test_libraries_are_copied_whole_and_again_over_a_broken_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_packages, "VENDOR", tmp_path)
    (tmp_path / "leaflet").mkdir()
    (tmp_path / "leaflet" / "half.js").touch()
    browser_packages.copy_libraries("stamp")
    leaflet = tmp_path / "leaflet"
    assert not (leaflet / "half.js").exists()
    assert "1.9.4" in (leaflet / "leaflet-src.esm.js").read_text()
    wanted = set(re.findall(r"url\(([^)#]+)\)", (leaflet / "leaflet.css").read_text()))
    assert len(wanted) >= 3
    assert all((leaflet / image).is_file() for image in wanted)
    assert (tmp_path / ".sha256").read_text() == "stamp"


def test_every_bare_import_of_a_copied_library_stands_in_the_import_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_packages, "VENDOR", tmp_path)
    browser_packages.copy_libraries("stamp")
    page = (CHECKOUT / "templates" / "editor_modules.html").read_text()
    mapped = dict(re.findall(r'"([@\w/-]+)": \{\{ url_for\(\'static\', filename=\'vendor/([^\']+)\'\)', page))
    assert all((tmp_path / file).is_file() for file in mapped.values())
    for file in mapped.values():
        asked = re.findall(r"^import .* from '([^.'][^']*)'", (tmp_path / file).read_text(), re.MULTILINE)
        assert set(asked) <= set(mapped)


def test_node_and_npm_run() -> None:
    node, npm = browser_packages.node_and_npm()
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    assert int(asked.stdout.removeprefix("v").split(".")[0]) >= browser_packages.OLDEST_NODE
    assert subprocess.run([*npm, "--version"], capture_output=True, check=True).stdout
