"""The first requests of a cold application: as many at once as there are connections, and none waits for a second."""

from __future__ import annotations

import threading
import time

from flask import Flask
from sqlalchemy import Engine

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
        start.wait(10)
        box = f"{X - 0.01},{Y - 0.01},{X + 0.01},{Y + 0.01}"
        statuses.append(client.get(f"/api/coverage?bbox={box}", headers=bearer["viewer"]).status_code)

    threads = [threading.Thread(target=ask) for _ in range(REQUESTS)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * REQUESTS, time.monotonic() - begin
