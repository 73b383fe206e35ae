"""What an edit did, in a sentence, for whoever has just made it."""

from __future__ import annotations

from typing import Any, Final

from spatial_admin.services.parcels.name_parcels import numbers_of

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
    """The sentence of a receipt; of each kind of change at most six parcels, by number where they have one."""
    told = {change: [p for p in receipt["parcels"] if p["change"] == change] for change in SAID}
    numbers = numbers_of(p["parcel_id"] for parcels in told.values() for p in parcels[:SHOWN])
    parts = []
    for change, parcels in told.items():
        names = [f"{numbers.get(p['parcel_id'], p['parcel_id'])} (version {p['version']})" for p in parcels[:SHOWN]]
        if names:
            more = f" and {len(parcels) - SHOWN} more" if len(parcels) > SHOWN else ""
            parts.append(f"{SAID[change]} {', '.join(names)}{more}")
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
