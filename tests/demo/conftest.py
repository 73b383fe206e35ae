"""The demo town, built once for all tests of it."""

from __future__ import annotations

import pytest

from spatial_admin.demo.model import Town
from spatial_admin.demo.town import build_town


@pytest.fixture(scope="session")
def town() -> Town:
    return build_town()


@pytest.fixture(scope="session")
def clean_town() -> Town:
    return build_town(with_defects=False)
