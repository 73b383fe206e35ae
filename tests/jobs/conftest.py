"""A block of nine lots, and what an editor asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from spatial_admin.services.editing.parse_edit import parse_edit_request
from spatial_admin.services.editing.queue_edit import queue_edit
from spatial_admin.settings import Limits
from tests.accounts import People
from tests.concurrency.fabric import Grid, store_block, update
from tests.web.api import edit

Ask = Callable[..., int]


@pytest.fixture
def block(engine: Engine) -> Engine:
    store_block(engine, Grid(), 3, 3)
    return engine


@pytest.fixture
def ask(app: Flask, accounts: People) -> Ask:
    """Ask for an edit as a job and get its number; by default one that changes the use of `1-1`."""

    def ask(*operations: dict[str, Any], seen: dict[str, int] | None = None, **members: Any) -> int:
        asked = operations or (update("1-1", land_use="orchard"),)
        body = {**edit(*asked, **members), "seen": seen or {"1-1": 1}}
        with app.app_context():
            queued = queue_edit(parse_edit_request(body, Limits().for_job()), body, accounts.editor.account_id)
        assert queued.job_id is not None
        return queued.job_id

    return ask
