"""The page Rules: shown and set by administrators alone, checked field by field; a scan asked for is a job."""

from __future__ import annotations

from sqlalchemy import text

from spatial_admin.services.load_rules import rule_book
from tests.accounts import csrf_token_of
from tests.admin.conftest import Site

URL = "/admin/rules/"
