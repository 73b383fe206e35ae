"""The first requests of a cold application: as many at once as there are connections, and none waits for a second."""

from __future__ import annotations

import threading

from flask import Flask
from sqlalchemy import Engine

from tests.waiting import PATIENCE_S
from tests.web.api import X, Y, store

REQUESTS = 16  # pool_size + max_overflow


def test_many_first_requests_at_once_are_all_answered(
    app: Flask, bearer: dict[str, dict[str, str]], engine: Engine
) -> None:
    store(engine)
    app.extensions.pop("spatial_admin.deployment", None)
    start = threading.Barrier(REQUESTS)
    statuses: list[int] = []

    def ask() -> None:
        client = app.test_client()
        start.wait(PATIENCE_S)
        box = f"{X - 0.01},{Y - 0.01},{X + 0.01},{Y + 0.01}"
        statuses.append(client.get(f"/api/coverage?bbox={box}", headers=bearer["viewer"]).status_code)

    threads = [threading.Thread(target=ask) for _ in range(REQUESTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert statuses == [200] * REQUESTS
