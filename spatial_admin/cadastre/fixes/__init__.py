"""Candidate fixes of findings: operations that close one, worked out on a copy of the coverage. Pure geometry.

Whether a candidate keeps what it promises is for a dry run to say (services/editing/offer_fixes.py): nothing is
judged here.
"""

from spatial_admin.cadastre.fixes.candidate import FIXABLE, Candidate, candidates
from spatial_admin.cadastre.fixes.defect import Defect

__all__ = ["FIXABLE", "Candidate", "Defect", "candidates"]
