"""The rules as administrators have set them: what edits, imports and scans alike judge by."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import current_app

from spatial_admin.cadastre.rules import RULES, SEVERITIES, RuleBook, book_of, default_book, refusal_of
from spatial_admin.cadastre.scanning.cell import ground_of_book
from spatial_admin.errors import BadRequest, Json
from spatial_admin.services.shared.read_deployment import Fixed, fixed
from spatial_admin.services.shared.run_sql import Execute, run_sql
from spatial_admin.settings import Settings
from spatial_admin.transaction import look_up, short

# One value, as text: what is the same to the letter was read before. It comes with the first message of an edit
# (`EditHeader.questions`); few rules are set otherwise than by default, and no edit writes here.
STORED: Final = "SELECT coalesce(json_agg(stored)::text, '[]') FROM validity_rule AS stored"
SAVE: Final = """
INSERT INTO validity_rule (name, severity, is_on, blocks, numbers, changed_by)
VALUES (%(name)s, %(severity)s, %(is_on)s, %(blocks)s, %(numbers)s, %(account)s)
ON CONFLICT (name) DO UPDATE SET severity = excluded.severity, is_on = excluded.is_on, blocks = excluded.blocks,
  numbers = excluded.numbers, changed_by = excluded.changed_by, changed_at = clock_timestamp()
"""
KEPT_S: Final = 5.0  # a page or a tile must not ask the database for the rules each time
_KEY: Final = "spatial_admin.rules"
_READ: Final = "spatial_admin.rules_read"
_JUDGING: Final = "spatial_admin.judging"


# Those that the editor judges by itself while a hand moves (static/editor/rules/rule_book.js).
JUDGED_AT_ONCE: Final = ("overlap", "stack", "sliver", "gap")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How an administrator sets a rule."""

    name: str
    severity: str
    is_on: bool
    blocks: bool
    numbers: Mapping[str, float]


def rule_book(read: Execute | None = None) -> RuleBook:
    """Every rule as it is set: in the snapshot that `read` reads in; without it, what was changed elsewhere less than
    five seconds ago may be missing.

    Who is in a transaction reads by its statements: it needs no second connection, and a lost one is its own to retry.
    """
    if read is not None:
        return _book(read(STORED, {})[0][0])
    kept: tuple[float, RuleBook] | None = current_app.extensions.get(_KEY)
    if kept is not None and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    asked_at = time.monotonic()
    book = _book(look_up(STORED, {})[0][0])
    current_app.extensions[_KEY] = asked_at, book
    return book


def _book(stored: str) -> RuleBook:
    """The rules as they are stored; made once for each way that they are set."""
    kept: tuple[str, RuleBook] | None = current_app.extensions.get(_READ)
    if kept is not None and kept[0] == stored:
        return kept[1]
    book = book_of({row["name"]: row for row in json.loads(stored)}, defaults_of_settings())
    current_app.extensions[_READ] = stored, book
    return book


def defaults_of_settings() -> RuleBook:
    """The catalogue as the deployment's settings make it."""
    settings: Settings = current_app.config["SETTINGS"]
    return default_book(settings.gap_width_m, settings.node_within_m)


def judging(read: Execute | None = None) -> Fixed:
    """The constants of this deployment with the rules (see `rule_book`), and the numbers that these give its ground."""
    return _judged_by(rule_book(read))


def presumed() -> Fixed:
    """As `judging`, by the rules that were read last, however long ago: for what may turn out to be wrong."""
    kept: tuple[str, RuleBook] | None = current_app.extensions.get(_READ)
    return _judged_by(kept[1]) if kept else fixed()


def _judged_by(book: RuleBook) -> Fixed:
    """The constants with a book; made once for each that is read, for every edit asks for them twice."""
    constants = fixed()
    kept: tuple[Fixed, RuleBook, Fixed] | None = current_app.extensions.get(_JUDGING)
    if kept is not None and kept[0] is constants and kept[1] is book:
        return kept[2]
    made = replace(constants, ground=ground_of_book(constants.ground, book), book=book)
    current_app.extensions[_JUDGING] = constants, book, made
    return made


def rules_at_once(book: RuleBook) -> Json:
    """`{rule: {severity, is_on, blocks, numbers}}` of the rules that the editor judges while a hand moves."""
    return {name: setting for name, setting in book.as_json().items() if name in JUDGED_AT_ONCE}


def save_rule(change: RuleChange, account_id: int | None) -> None:
    """Set a rule; findings follow with the next edits and the next scan. Raises BadRequest, which names the number."""
    rule = RULES.get(change.name)
    if rule is None:
        raise BadRequest("name", f"it is one of: {', '.join(RULES)}")
    if change.severity not in SEVERITIES:
        raise BadRequest("severity", f"it is one of: {', '.join(SEVERITIES)}")
    if rule.always_blocks and not (change.is_on and change.blocks):
        raise BadRequest("blocks", f"{rule.name} always blocks: the database itself refuses it")
    if change.blocks and not (rule.may_block or rule.always_blocks):
        raise BadRequest("blocks", f"{rule.name} cannot block an edit: an edit does not look at it")
    usual = defaults_of_settings().settings[rule.name]
    for parameter in rule.parameters:
        refused = refusal_of(parameter, change.numbers.get(parameter.name, parameter.default))
        if refused:
            raise BadRequest(parameter.name, refused)
    # Of what is as by default nothing is kept, so that it goes on following the default.
    numbers = {name: value for name, value in change.numbers.items() if usual.numbers.get(name, value) != value}
    values: dict[str, Any] = {
        "name": rule.name,
        "severity": None if change.severity == rule.severity else change.severity,
        "is_on": change.is_on,
        "blocks": change.blocks,
        "numbers": json.dumps(numbers),
        "account": account_id,
    }
    with short() as session:
        run_sql(session, SAVE, values)
    current_app.extensions.pop(_KEY, None)
