"""The one look as text: every rule of the style sheets has something to style, every icon has its drawing."""

from __future__ import annotations

import re
from pathlib import Path

from spatial_admin.local.icon_sprite import ICONS, PACKAGE, write_sprite

ROOT = Path(__file__).resolve().parents[2]
STYLES = sorted((ROOT / "static" / "style").glob("*.css"))
SCRIPTS = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Classes that are put together where they are used, by what comes before the hyphen; and a library's own.
MADE_UP = re.compile(r"(chip|is|col|rule|notice|side|list|handle|leaflet|finding|zone)-")
LIBRARY = {"surface-pane"}


def sources() -> str:
    python = (ROOT / "spatial_admin").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *SCRIPTS, *python])


def test_every_class_of_a_style_sheet_is_used() -> None:
    words = set(re.findall(r"[\w-]+", sources()))
    unused = {
        (path.name, name)
        for path in STYLES
        for name in re.findall(
            r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)
        )
        if name not in words and not MADE_UP.match(name) and name not in LIBRARY
    }
    assert not unused


def test_every_custom_property_is_set() -> None:
    styles = "\n".join(path.read_text() for path in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)", styles))
    # Sizes of panels are set by panels/splitter.js, and have a usual size where they are used.
    assert {name for name in used - set(re.findall(r"(--[\w-]+):", styles)) if not name.endswith(("-x", "-y"))} == set()


def test_style_sheets_are_rooms_by_subject() -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in STYLES}
    assert {name: count for name, count in lines.items() if count > 300} == {}


def test_nothing_is_styled_outside_the_style_sheets() -> None:
    assert [path.name for path in TEMPLATES if re.search(r"<style|\sstyle=", path.read_text())] == []


def test_every_icon_that_is_named_has_a_drawing() -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    templates = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    named = set(re.findall(r"\bicon\('([\w-]+)'\)|\bicon: '([\w-]+)'|toolButton\('([\w-]+)'", scripts))
    written = {name for groups in named for name in groups if name} | set(
        re.findall(r"icon\(\"([\w-]+)\"\)", templates)
    )
    menu = re.findall(r"name=\"(\w+)\"", (ROOT / "spatial_admin/admin/__init__.py").read_text())
    assert (written | {name.lower() for name in menu}) - ICONS.keys() == set()


def test_the_sprite_leaves_line_and_colour_to_the_page(tmp_path: Path) -> None:
    package = tmp_path / PACKAGE
    (package / "icons").mkdir(parents=True)
    (package / "LICENSE").write_text("ISC")
    for file in ICONS.values():
        (package / "icons" / f"{file}.svg").write_text(
            f'<!-- one -->\n<svg stroke-width="2">\n  <path d="M1 1" data-of="{file}" />\n</svg>\n'
        )
    write_sprite(package, tmp_path / "icons")
    sprite = (tmp_path / "icons" / "sprite.svg").read_text()
    assert re.findall(r'<symbol id="([\w-]+)"', sprite) == list(ICONS)
    assert '<symbol id="retire" viewBox="0 0 24 24"><path d="M1 1" data-of="archive" /></symbol>' in sprite
    assert "stroke" not in sprite
    assert (tmp_path / "icons" / "LICENSE").read_text() == "ISC"
