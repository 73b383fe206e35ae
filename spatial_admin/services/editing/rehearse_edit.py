"""A dry run: the very edit, as far as its commit, and nothing of it is kept: what it would do, or why it would not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatial_admin.cadastre.validity import Found, as_geojson
from spatial_admin.errors import Json
from spatial_admin.services.editing.compute_edit import Computed, compute_edit
from spatial_admin.services.editing.decide_row import begin_decision
from spatial_admin.services.editing.edit_boundaries import Author, check_rights, header_of, write_edit
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.services.findings.load_rules import judging, rules_at_once
from spatial_admin.services.parcels.describe_coverage import coverage_in_transaction
from spatial_admin.services.parcels.draw_places import places_in_lonlat
from spatial_admin.settings import Limits
from spatial_admin.transaction import EditTransaction, rehearse


def _no_more(_computed: Computed) -> Json:
    return {}


def rehearse_edit(
    request: EditRequest, author: Author, limits: Limits | None = None, more: Callable[[Computed], Json] = _no_more
) -> Json:
    """`{receipt, coverage, findings, rules}` of the edit if it were made now, with what `more` says of it; raises what
    edit_boundaries would, but not ApprovalRequired: a dry run needs nobody's.

    The receipt has no edit_id, and its findings no ids: they do not exist. `findings` says what would open and close.
    """
    limits = limits or Limits()
    check_rights(request, author)

    def look(transaction: EditTransaction) -> Json:
        begin_decision(transaction, request, is_dry=True)
        constants = judging(transaction.execute)
        computed = compute_edit(transaction.execute, request, constants, limits)
        done = write_edit(transaction, computed, constants)
        transaction.check_constraints()
        names = [change.parcel_id for change in computed.changes if change.change != "retired"]
        receipt = {"edit_id": None, "key": str(request.key), **done.receipt, "attempts": transaction.attempt}
        receipt["findings"] = {"opened": [], "closed": []}
        return {
            "receipt": receipt,
            "coverage": coverage_in_transaction(transaction.session, names),
            "findings": _findings(computed),
            "rules": rules_at_once(constants.book),
            **more(computed),
        }

    shown = rehearse(look, header_of(request, author), statement_timeout_ms=limits.web_timeout_ms)
    # Places are GeoJSON, and so lon/lat like those of a refusal; transformed when the transaction has ended.
    found = shown["findings"]["found"]
    for finding, place in zip(found, places_in_lonlat([one["place"] for one in found]), strict=True):
        finding["place"] = place
    return shown


def _findings(computed: Computed) -> dict[str, list[Json]]:
    verdict = computed.verdict
    return {
        "found": [_finding(found) for found in verdict.found],
        "gone": [
            {"rule": rule, "parcels": list(parcels)}
            for rule, parcels in [*verdict.gone, *((rule, parcels) for rule, parcels, _ in verdict.gone_at)]
        ],
    }


def _finding(found: Found) -> dict[str, Any]:
    place = as_geojson(found.place)
    return {"rule": found.rule, "parcels": list(found.parcels), "place": place, "measure": found.measure}
