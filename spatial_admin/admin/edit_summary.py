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
    return f"Saved as edit {receipt['edit_id']}: {'; '.join(parts) or 'nothing to change'}.{noted}"
