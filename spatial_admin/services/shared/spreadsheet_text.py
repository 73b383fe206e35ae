"""Texts that a spreadsheet shows and does not run."""

from __future__ import annotations

import re
from typing import Final

# What begins so is taken for a formula by spreadsheets; an apostrophe before it makes it text again.
FORMULA: Final = re.compile(r"[-=+@\t\r\n＝＋－＠]")


def no_formula(value: object) -> object:
    """A value for a cell: a text that would be a formula with an apostrophe before it, anything else as it is."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
