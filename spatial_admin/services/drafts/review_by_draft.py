"""What a draft that is about findings does with them: accepts them, or declares the land of gaps open."""

from __future__ import annotations

from spatial_admin.models import Account
from spatial_admin.models.draft import KNOWN_GAP
from spatial_admin.services.drafts.request_of_draft import findings_of_draft
from spatial_admin.services.findings.declare_gaps import declare_gaps, rehearse_declaration
from spatial_admin.services.findings.review_findings import Approval, accept_findings, rehearse_acceptance


def rehearse_review(draft_id: int, owner: Account) -> None:
    """Could it be done now? Raises NotFound, and as rehearse_acceptance or rehearse_declaration."""
    nature, chosen, acceptance = findings_of_draft(draft_id)
    if nature == KNOWN_GAP:
        rehearse_declaration(chosen, owner)
    else:
        rehearse_acceptance(chosen, acceptance, owner)


def review_by_draft(draft_id: int, owner: Account, approval: Approval) -> list[int]:
    """Do it for its owner, approved: the numbers of the findings. Raises NotFound, and as accept_findings or
    declare_gaps.
    """
    nature, chosen, acceptance = findings_of_draft(draft_id)
    if nature == KNOWN_GAP:
        outcome = declare_gaps(chosen, acceptance.reason, owner, approval)
    else:
        outcome = accept_findings(chosen, acceptance, owner, approval)
    return list(outcome["done"])
