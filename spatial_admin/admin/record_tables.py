"""The tables on the page of a record: its files, the edits that rest on it, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from spatial_admin.admin import presentation as show
from spatial_admin.admin.base_view import Section
from spatial_admin.services.records.show_record import MOST_EDITS

Json = dict[str, Any]
WHAT: Final = {"created": "entered", "changed": "changed", "file": "file added"}


def tables_of(shown: Json) -> list[Section]:
    """The tables of a record as `show_record` gives it."""
    note = f"The newest {MOST_EDITS} are shown." if shown["has_more_edits"] else ""
    files = _files(shown["id"], shown["files"])
    edits, events = _edits(shown["edits"]), _events(shown["events"])
    return [
        Section("Files", ("File", "Bytes", "SHA-256", "Added by", "When (UTC)"), files),
        Section("Edits under this record", ("Edit", "When (UTC)", "Author", "Reason", "Nature"), edits, note=note),
        Section("History of this record", ("When (UTC)", "What", "State", "Who", "Comment"), events),
    ]


def _files(record_id: int, files: Sequence[Json]) -> list[tuple[Any, ...]]:
    return [
        (
            show.link(url_for("api_records.get_file", record_id=record_id, number=file["n"]), file["name"])
            if file["has_content"]
            else file["name"],
            show.figure(f"{file['size']:,}".replace(",", "\u202f")),
            show.assembled(f'<code title="{file["sha256"]}">{file["sha256"][:12]}…</code>'),
            file["added_by"] or show.NONE,
            _when(file["added_at"]),
        )
        for file in files
    ]


def _edits(edits: Sequence[Json]) -> list[tuple[Any, ...]]:
    return [
        (
            show.edit_link_of(edit["edit_id"]),
            _when(edit["made_at"]),
            edit["author"] or show.NONE,
            edit["comment"] or show.NONE,
            _words(edit["nature"]),
        )
        for edit in edits
    ]


def _events(events: Sequence[Json]) -> list[tuple[Any, ...]]:
    return [
        (
            _when(event["at"]),
            _what(event),
            _words(event["to_state"]),
            event["by"] or show.NONE,
            event["comment"] or show.NONE,
        )
        for event in events
    ]


def _what(event: Json) -> str:
    """What happened, with the fields that were changed: before and after."""
    if event["what"] == "state":
        return f"{_words(event['from_state'])} → {_words(event['to_state'])}"
    said = WHAT[event["what"]]
    changes = [
        after if name == "file" else f"{_words(name.removesuffix('_id'))}: {before or '–'} → {after or '–'}"
        for name, (before, after) in event["changes"].items()
    ]
    return f"{said}: {'; '.join(changes)}" if changes else said


def _when(moment: str) -> Markup:
    return show.assembled(f'<time datetime="{moment}">{moment[:16].replace("T", " ")}</time>')


def _words(value: str) -> str:
    return value.replace("_", " ")
