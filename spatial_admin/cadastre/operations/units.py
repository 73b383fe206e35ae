"""Units and their ground parcel: a flat is part of a lot, by the lot's permanent id."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spatial_admin.cadastre.operations.replay import Replay


def units_of(to: Replay, grounds: Collection[str]) -> list[str]:
    """Current units of ground parcels, ascending; an operation that asks must list the grounds in `ends`."""
    properties = to.coverage.properties
    return sorted(name for name, values in properties.items() if values["part_of"] in grounds)


def refuse_orphans(to: Replay, grounds: Sequence[str]) -> None:
    """Refuse to end ground parcels that have units."""
    units = units_of(to, grounds)
    if units:
        shown = ", ".join(units[:5]) + (f" and {len(units) - 5} more" if len(units) > 5 else "")
        ended = ", ".join(grounds)
        raise to.refused(f"{ended} has units ({shown}): retire them first, or make them part_of another parcel")


def hand_over_units(to: Replay, grounds: Sequence[str], heir: str) -> None:
    """Make the units of parcels that end part of their heir. They follow: their authors need not have seen them."""
    for unit in units_of(to, grounds):
        if unit != heir:
            to.coverage.properties[unit] = {**to.coverage.properties[unit], "part_of": heir}
