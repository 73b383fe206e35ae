"""What the pages of an import and of a refused row show besides the row itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from spatial_admin.admin import presentation as show
from spatial_admin.errors import Json
from spatial_admin.models import Account, StagedParcel
from spatial_admin.services.approval.load_four_eyes import natures_for
from spatial_admin.services.editing.describe_editor import URLS, home_bbox
from spatial_admin.services.importing.propose_row import propose_row
from spatial_admin.services.importing.read_quarantine import show_row
from spatial_admin.services.importing.show_import import COUNTS, show_import
from spatial_admin.services.shared.authorize import ADMINISTRATOR, EDITOR, REVIEWER, has_role, roles_of
from spatial_admin.services.shared.read_deployment import fixed

PARTS: Final = ("admitted", "quarantined", "rejected")
# Refused for its id and not for its outline: it can be admitted as it is, under another id.
SOUND: Final = frozenset({"duplicate_id", "missing_id", "invalid_id"})
# What GEOS may repair.
REPAIRABLE: Final = frozenset({"invalid_geometry"})


@dataclass(frozen=True, slots=True)
class ImportPage:
    """An import as its page shows it; `bar` are its counts as shares of a line, `rules` why rows were refused."""

    shown: Json
    figures: dict[str, str]
    bar: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    is_running: bool
    may_resume: bool
    may_take_over: bool  # it was begun in a terminal, which may be dead
    may_stop: bool
    may_undo: bool

    @property
    def failure(self) -> str:
        """Why it failed, as a sentence."""
        text = str(self.shown["notes"].get("failure", ""))
        return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")

    @property
    def progress(self) -> str:
        """How far its job is."""
        progress = self.shown["job"]["progress"]
        of = "" if progress["total"] is None else f" of {show.grouped(progress['total'])}"
        return f"{show.grouped(progress['done'])}{of}"


def import_page(session: Session, batch: int, account: Account) -> ImportPage:
    """Read what the page of an import shows."""
    shown = show_import(session, batch, account)
    is_administrator = has_role(account, ADMINISTRATOR)
    is_running = shown["state"] in ("waiting", "staging", "admitting") and not shown["is_stopped"]
    return ImportPage(
        shown,
        {name: show.grouped(shown[name]) for name in COUNTS},
        _bar(shown),
        _rules(shown, batch),
        is_running,
        may_resume=is_administrator and shown["is_stopped"],
        may_take_over=is_administrator and shown["is_in_terminal"] and shown["state"] == "admitting",
        may_stop=is_administrator and is_running and shown["job"] is not None,
        may_undo=is_administrator and shown["state"] == "done" and shown["admitted"] > 0,
    )


def _bar(shown: Json) -> list[dict[str, Any]]:
    total = max(shown["features"], 1)
    at = 0.0
    bar = []
    for name in PARTS:
        width = 100 * shown[name] / total
        bar.append({"name": name, "at": round(at, 3), "width": round(width, 3)})
        at += width
    return bar


def _rules(shown: Json, batch: int) -> list[dict[str, Any]]:
    most = max(shown["refused"].values(), default=1)
    by_count = sorted(shown["refused"].items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {
            "said": rule.replace("_", " ").capitalize(),
            "rows": show.grouped(rows),
            "width": round(100 * rows / most, 2),
            "url": show.page_url("staged_parcel.index_view", batch=batch, rule=rule, decision="any"),
        }
        for rule, rows in by_count
    ]


@dataclass(frozen=True, slots=True)
class RowPage:
    """A refused row as its page shows it; `config` is what its map and its buttons need."""

    row: Json
    proposal: Json
    config: Json
    may_decide: bool
    needs_another: bool  # somebody else has to approve it

    @property
    def is_sound(self) -> bool:
        """Is its outline as it should be?"""
        return self.row["rule"] in SOUND

    @property
    def may_repair(self) -> bool:
        """Is there an outline that could be repaired?"""
        return self.row["rule"] in REPAIRABLE and self.proposal["draw"] is not None

    @property
    def number(self) -> str:
        """What people would print."""
        draw = self.proposal["draw"]
        return str((draw or {}).get("number") or self.proposal["parcel_ids"][0])

    @property
    def parcel_url(self) -> str:
        """The parcel that it became, on the map."""
        return show.page_url("pages.show_map", parcel=self.row["parcel_id"])

    @property
    def why_not(self) -> str:
        """Why the person at the page cannot decide."""
        return "A reviewer who may edit decides about it."


def row_page(model: StagedParcel, account: Account) -> RowPage:
    """Read what the page of a refused row shows."""
    row = show_row(model.batch, model.row)
    # An administrator may do what every other role may; of the others, who reviews and edits.
    may_decide = row["decision"] == "quarantined" and has_role(account, REVIEWER) and has_role(account, EDITOR)
    config = {
        "row": {name: row[name] for name in ("import_id", "row", "rule", "reason", "decision", "geometry", "place")},
        "href": f"/api/imports/{model.batch}/quarantine/{model.row}",
        "home": home_bbox(fixed().ground.srid),
        "urls": URLS,
        "basemaps": json.loads(current_app.config["SETTINGS"].basemaps),
        "csrf_token": generate_csrf(),
    }
    needs_another = "correction" in natures_for(roles_of(account))
    config["needs_another"] = needs_another
    return RowPage(row, propose_row(model.batch, model.row), config, may_decide, needs_another)
