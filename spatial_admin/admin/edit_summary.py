"""What an edit did, in a sentence, for whoever has just made it."""

from __future__ import annotations

from typing import Any, Final

SAID: Final = {
    "geometry": "boundary of",
    "attributes": "attributes of",
    "created": "new",
    "restored": "restored",
    "retired": "retired",
    "noded": "points added to",
}
SHOWN: Final = 6


def summary(receipt: dict[str, Any]) -> str:
    """The sentence of a receipt; of each kind of change at most six parcels by name."""
    parts = []
    for change, said in SAID.items():
        names = [f"{p['parcel_id']} (version {p['version']})" for p in receipt["parcels"] if p["change"] == change]
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            parts.append(f"{said} {', '.join(names[:SHOWN])}{more}")
    findings = receipt["findings"]
    opened, closed = len(findings["opened"]), len(findings["closed"])
    noted = f" Findings: {opened} opened, {closed} closed." if opened or closed else ""
    moved = "".join(f" {words_of_dispute(one)}" for one in receipt.get("disputed", ()))
    return f"Saved as edit {receipt['edit_id']}: {'; '.join(parts) or 'nothing to change'}.{noted}{moved}"


def words_of_dispute(dispute: dict[str, Any]) -> str:
    """The sentence of a disputed boundary that an edit moves: whose, since when, marked by whom."""
    whose = f" of {' and '.join(dispute['numbers'])}" if dispute["numbers"] else ""
    by = f", marked by {dispute['marked_by']}" if dispute["marked_by"] else ""
    since = f"since {dispute['marked_at'][:10]}{by}"
    return f"A boundary{whose} that moves is disputed {since}: {dispute['reason']}"
