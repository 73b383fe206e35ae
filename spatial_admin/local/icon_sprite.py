"""The icons of every page: a few drawings of Lucide, put into one sprite under the names that pages use.

One small file that a browser keeps, instead of the 1,700 drawings of the package; and a page names what an icon is
for, so that another drawing is one line here.
"""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = "lucide-static"
ICONS = {
    # tools
    "select": "mouse-pointer-2",
    "move": "move",
    "insert": "circle-plus",
    "remove": "circle-minus",
    "boundary": "spline",
    "draw": "vector-polygon",
    "split": "square-split-horizontal",
    "merge": "fold-horizontal",
    "retire": "archive",
    # beside the tools
    "carry": "git-commit-horizontal",
    "join": "link-2",
    "magnet": "magnet",
    "fit": "focus",
    "undo": "undo-2",
    "redo": "redo-2",
    "clock": "history",
    "layers": "layers",
    # places of the admin
    "overview": "layout-dashboard",
    "map": "map",
    "parcels": "land-plot",
    "versions": "history",
    "zoning": "blocks",
    "levels": "layers-2",
    "edits": "square-pen",
    "records": "file-text",
    "findings": "triangle-alert",
    "review": "clipboard-check",
    "disputes": "message-square-warning",
    "imports": "file-input",
    "quarantine": "shield-alert",
    "jobs": "list-checks",
    "rules": "scale",
    "accounts": "users",
    "database": "database",
    "api": "braces",
    # actions
    "search": "search",
    "close": "x",
    "copy": "copy",
    "add": "plus",
    "filter": "list-filter",
    "export": "download",
    "import": "upload",
    "print": "printer",
    "edit": "pencil",
    "delete": "trash-2",
    "file": "paperclip",
    "measure": "ruler",
    "menu": "menu",
    "place": "map-pin",
    "refresh": "refresh-cw",
    "sign-out": "log-out",
    "panel": "panel-right",
    # directions
    "back": "chevron-left",
    "next": "chevron-right",
    "first": "chevrons-left",
    "last": "chevrons-right",
    "open": "chevron-down",
    "ascending": "arrow-up",
    "descending": "arrow-down",
    # what is said
    "good": "circle-check",
    "info": "info",
    "warn": "triangle-alert",
    "bad": "circle-alert",
    "empty": "inbox",
}
_DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def write_sprite(package: Path, target: Path) -> None:
    """Write `sprite.svg` and the licence into `target`; lines and colour come from the page, so none are taken over."""
    target.mkdir(parents=True, exist_ok=True)
    symbols = (
        f'<symbol id="{name}" viewBox="0 0 24 24">{_lines(package, file)}</symbol>' for name, file in ICONS.items()
    )
    sprite = "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>"])
    (target / "sprite.svg").write_text(sprite + "\n", encoding="utf-8")
    (target / "LICENSE").write_bytes((package / "LICENSE").read_bytes())


def _lines(package: Path, file: str) -> str:
    path = package / "icons" / f"{file}.svg"
    found = _DRAWING.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path} is no drawing of the package {PACKAGE}; is it of another version?")
    return " ".join(found[1].split())
