"""Invented names: streets, quarters and the town itself. No street here is meant to be one that exists."""

from __future__ import annotations

from numpy.random import Generator

from spatial_admin.demo.layout import Street

TOWN = "Quenbrook"

_FIRST = [
    "Alder", "Anvil", "Apple", "Barley", "Beacon", "Bellows", "Birch", "Bramble", "Brewer", "Bridle", "Candle",
    "Carder", "Cedar", "Chandler", "Cherry", "Clover", "Cobbler", "Cooper", "Copper", "Cornflower", "Cowslip",
    "Damson", "Drover", "Elder", "Falcon", "Fern", "Ferry", "Fiddler", "Flax", "Foxglove", "Garland", "Glover",
    "Gorse", "Hazel", "Heather", "Heron", "Hop", "Ivory", "Juniper", "Kestrel", "Kiln", "Lantern", "Larch", "Lark",
    "Lavender", "Linden", "Loom", "Mallow", "Maple", "Marigold", "Mason", "Medlar", "Mercer", "Mulberry", "Nettle",
    "Orchard", "Osier", "Otter", "Pear", "Pepper", "Plover", "Poplar", "Potter", "Primrose", "Quarry", "Quince",
    "Rookery", "Rowan", "Saddler", "Saffron", "Sorrel", "Swallow", "Tanner", "Teasel", "Thatcher", "Thistle",
    "Thyme", "Turner", "Walnut", "Weaver", "Willow", "Yarrow",
]  # fmt: skip
_TYPES = {1: ("Road",), 2: ("Road", "Avenue"), 3: ("Street", "Lane", "Row", "Walk")}
QUARTERS = {
    "close": "The Closes", "terrace": "Terraces", "apartment": "Tower Park", "villa": "Riverside", "old": "Old Town",
    "grid": "New Town", "industry": "Goods Yard", "meadow": "River Meadows", "field": "Outer Fields",
}  # fmt: skip


def street_names(streets: list[Street], rng: Generator) -> list[str]:
    """One name for each street, none twice; farm tracks have none (an empty string)."""
    first = [_FIRST[k] for k in rng.permutation(len(_FIRST))]
    names = []
    for k, street in enumerate(streets):
        if street.rank == 0:
            names.append("High Street")
        elif street.rank > 3:
            names.append("")
        else:
            kinds = ("Close", "Court") if street.has_turning_circle else _TYPES[street.rank]
            # Past the end of the list the words come again with another kind of street.
            names.append(f"{first[k % len(first)]} {kinds[(k // len(first) + k) % len(kinds)]}")
    return names
