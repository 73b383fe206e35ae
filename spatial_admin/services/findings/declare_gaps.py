"""Land that is known to be open: declared from a finding, so that its place need not be drawn; and taken back."""

from __future__ import annotations

from typing import Final

from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.services.shared.run_sql import run_sql
from spatial_admin.transaction import short

LONGEST_REASON: Final = 1_000
# The gap's place, widened by a millionth of its extent: it was computed, and computed anew it is a little another.
DECLARE: Final = """
INSERT INTO known_gap (place, reason, declared_by)
SELECT ST_Multi(ST_CollectionExtract(ST_Buffer(place, 1e-6 * greatest(ST_XMax(place) - ST_XMin(place),
                                                                        ST_YMax(place) - ST_YMin(place))), 3)),
       %(reason)s, %(account)s
FROM finding WHERE id = %(finding)s AND rule = 'gap' AND place IS NOT NULL RETURNING id
"""
FORGET: Final = "DELETE FROM known_gap WHERE id = %(gap)s RETURNING id"


def declare_gap(finding_id: int, reason: str, account_id: int | None) -> int:
    """Declare the land of a gap to be lawfully open; the next scan closes its finding. Raises BadRequest, NotFound."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadRequest("reason", f"say in 1 to {LONGEST_REASON} characters why nobody owns the land")
    with short() as session:
        rows = run_sql(session, DECLARE, {"finding": finding_id, "reason": reason.strip(), "account": account_id})
    if not rows:
        raise NotFound("finding of a gap", finding_id)
    return int(rows[0].id)


def forget_gap(gap_id: int) -> None:
    """Take a declaration back; the next scan finds the gap again. Raises NotFound."""
    with short() as session:
        if not run_sql(session, FORGET, {"gap": gap_id}):
            raise NotFound("known gap", gap_id)
