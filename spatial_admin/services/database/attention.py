"""Something of a database's state that somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Help = Literal["", "end", "cancel", "maintain", "back_up"]


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that is not well: what is so, what helps, how bad, and a button for it (`row` is what it acts on)."""

    what: str
    action: str
    is_bad: bool = False
    help: Help = ""
    row: Any = None
