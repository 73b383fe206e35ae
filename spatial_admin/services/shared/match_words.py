"""What it means that a parcel holds words in id, number or address, and how the index of trigrams finds it soonest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Text, and_, bindparam, false, func

from spatial_admin.models import Parcel
from spatial_admin.services.shared.kept_statements import Conditions

TRIGRAM: Final = 3
PARCEL: Final = Parcel.__table__.c
searched_text: Final[ColumnElement[str]] = func.search_text(PARCEL.parcel_id, PARCEL.number, PARCEL.address, type_=Text)
RUN: Final = re.compile(r"[^\W_]+")  # of letters and digits: the words that pg_trgm knows


@dataclass(frozen=True, slots=True)
class Sooner:
    """A condition of words in two: what is looked up in the index, and what is then read and checked."""

    looked_up: Conditions
    checked: Conditions


def holding(words: str) -> ColumnElement[bool]:
    """Parcels whose id, number or address hold every word, as it stands; true of none where none can be looked for."""
    parts = words.lower().split()
    if not is_found_by_index(parts):
        return false()
    return and_(*(searched_text.like(bindparam(name, value, Text)) for name, value in patterns(parts).items()))


def is_found_by_index(parts: Sequence[str]) -> bool:
    """Has a word a trigram to be found by?"""
    return any(len(part) >= TRIGRAM for part in parts)


def patterns(parts: Sequence[str]) -> dict[str, str]:
    """Patterns of the single words, by the names that they have in a statement."""
    return {f"word{number}": f"%{escaped(part)}%" for number, part in enumerate(parts)}


def sooner(parts: Sequence[str]) -> Sooner | None:
    """`holding` in two, where a word has signs in it, as in `747423-3L`; None where none has.

    Where a word of the text begins or ends there are trigrams that a tenth of all rows have. To run through these in
    the index takes five times as long as to look up `747423` alone and to read the few rows that have it.
    """
    runs = {f"run{number}": _runs(part) for number, part in enumerate(parts)}
    if list(runs.values()) == list(patterns(parts).values()):
        return None
    return Sooner(
        Conditions(partial(_looked_up, runs), ("runs", len(parts)), runs),
        Conditions(partial(_checked, patterns(parts)), ("checked", len(parts)), patterns(parts)),
    )


def _runs(part: str) -> str:
    """A pattern of the longer runs of a word, which whatever holds the word matches; without one, of the word."""
    kept = [run for run in RUN.findall(part) if len(run) >= TRIGRAM]
    return f"%{'%'.join(kept)}%" if kept else f"%{escaped(part)}%"


def _looked_up(runs: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [searched_text.like(bindparam(name, value, Text)) for name, value in runs.items()]


def _checked(words: Mapping[str, str]) -> list[ColumnElement[bool]]:
    # In another collation no index answers it; LIKE means the same in both.
    return [searched_text.collate("C").like(bindparam(name, value, Text)) for name, value in words.items()]


def escaped(word: str) -> str:
    r"""A word as LIKE takes it: %, _ and \ mean themselves."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
