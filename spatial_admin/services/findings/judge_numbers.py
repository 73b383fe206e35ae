"""Numbers that several parcels of a level have, after an edit that gave or took one; others ask nothing."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from spatial_admin.cadastre.difference import ParcelChange
from spatial_admin.cadastre.rules import RuleBook
from spatial_admin.cadastre.validity import Found
from spatial_admin.services.findings.scan_attributes import LONG_NUMBER, MOST_NAMED
from spatial_admin.services.shared.run_sql import Execute

Named = tuple[str, str]  # a level and a number in small letters
# By the index of numbers; read after the parcels are written, so it sees them. A number is judged within its level: of
# another level as many as one likes may have it, and take no place among those that are named. `many` counts them all.
WHO_HAS: Final = """
SELECT p.id, p.parcel_id, p.level, lower(p.number) AS name, ST_AsBinary(ST_PointOnSurface(p.geom)) AS place, p.many
FROM unnest(%(levels)s::text[], %(names)s::text[]) AS asked (level, name),
     LATERAL (SELECT q.*, count(*) OVER () AS many FROM parcel AS q
              WHERE coalesce(lower(q.number), ''::text) COLLATE "C" = asked.name COLLATE "C"
              AND q.level = asked.level AND q.end_lifespan_version IS NULL
              ORDER BY q.id LIMIT %(most)s OFFSET 0) AS p
ORDER BY p.id
"""


@dataclass(slots=True)
class Numbers:
    """Findings, fingerprints of those that are no more, and internal ids of the parcels named."""

    found: list[Found] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)


def judge_numbers(execute: Execute, changes: Sequence[ParcelChange], book: RuleBook) -> Numbers:
    """Ask who has the numbers that the edit gave or took."""
    numbers = Numbers()
    asked = {number for change in changes for number in _touched(change)} if book.is_on("duplicate_number") else set()
    if not asked:
        return numbers
    holders: dict[tuple[str, str], list[Any]] = defaultdict(list)
    levels, names = zip(*sorted(asked), strict=True)
    for row in execute(WHO_HAS, {"levels": list(levels), "names": list(names), "most": MOST_NAMED}):
        holders[row.level, row.name].append(row)
    have, had = _holders(changes)
    for level, name in sorted(asked):
        rows = holders[level, name]
        many = rows[0].many if rows else 0
        label = label_of(level, name)
        if many < 2:
            # Only what had been double: to close a finding is to read by its fingerprint, for nothing where none is.
            if many - have[level, name] + had[level, name] > 1:
                numbers.gone.append(f"duplicate_number:{label}")
            continue
        numbers.keys.update((row.parcel_id, row.id) for row in rows)
        place = shapely.union_all(shapely.from_wkb([bytes(row.place) for row in rows]))
        holding = tuple(row.parcel_id for row in rows)
        numbers.found.append(Found("duplicate_number", holding, place, float(many), label=label))
    return numbers


def label_of(level: str, name: str) -> str:
    """What stands for a number in the fingerprint; as in scan_attributes.DUPLICATE_NUMBERS."""
    short = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() if len(name) > LONG_NUMBER else name
    return f"{level}:{short}"


def _holders(changes: Sequence[ParcelChange]) -> tuple[Counter[Named | None], Counter[Named | None]]:
    """How many parcels of the edit have each number, and how many had it before."""
    pairs = [_before_and_after(change) for change in changes]
    return Counter(now for _, now in pairs), Counter(was for was, _ in pairs)


def _touched(change: ParcelChange) -> Iterator[Named]:
    was, now = _before_and_after(change)
    if was != now:
        yield from (state for state in (was, now) if state is not None)


def _before_and_after(change: ParcelChange) -> tuple[Named | None, Named | None]:
    was = change.before.properties if change.before is not None and change.change != "restored" else None
    return _named(was), _named(change.properties if change.change != "retired" else None)


def _named(state: Mapping[str, Any] | None) -> Named | None:
    return (state["level"], state["number"].lower()) if state and (state["number"] or "").strip() else None
