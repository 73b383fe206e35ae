"""The journal of a workload against the product's own history: every version says whose appends it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Engine, text

from tests.concurrency.append_workload import Journal
from tests.concurrency.history import Outcome
from tests.concurrency.lists_in_parcels import Lot, Town, lot_of_row

IMAGES = text(
    "SELECT parcel_id, version, edit_id, attributes, ST_AsBinary(geom, 'NDR') AS wkb FROM parcel_version "
    "WHERE parcel_id = ANY (:names) ORDER BY parcel_id, version"
)


def account_for_appends(engine: Engine, town: Town, journal: Journal) -> list[str]:
    """What is wrong, in words: a version that is not the one before plus what its edit appended, an append nowhere."""
    names = [name for block in town.blocks for name in block.names]
    with engine.connect() as connection:
        images = [(lot_of_row(row), int(row.edit_id)) for row in connection.execute(IMAGES, {"names": names})]
    found: set[tuple[str, int]] = set()
    wrong: list[str] = []
    for (before, _), (after, edit) in pairwise(images):
        if before.lot == after.lot:
            wrong += _step(town, journal, before, after, edit)
            found |= {(read.key, element) for read in town.reads([after]) for element in read.value}
    for transaction in journal.transactions:
        promised = {(append.key, append.element) for append in transaction.appends}
        if transaction.outcome is Outcome.COMMITTED and not promised <= found:
            wrong.append(f"{transaction.name} was acknowledged, and no version holds {sorted(promised - found)}")
        if transaction.outcome is Outcome.ABORTED and promised & found:
            wrong.append(f"{transaction.name} was refused, and a version holds {sorted(promised & found)}")
    return wrong


def _step(town: Town, journal: Journal, before: Lot, after: Lot, edit: int) -> Iterator[str]:
    made = [one for one in journal.transactions if journal.edit_of.get(one.name) == edit]
    appends = [append for transaction in made for append in transaction.appends]
    for was, now in zip(town.reads([before]), town.reads([after]), strict=True):
        expected = (*was.value, *(append.element for append in appends if append.key == was.key))
        if now.value != expected:
            yield f"{now.key} at version {after.version} is {list(now.value)}; by edit {edit} it would be {list(expected)}"
