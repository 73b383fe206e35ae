"""Requests of this worker process, counted by endpoint and status, with the time they took."""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from collections import Counter

from flask import Flask, Response, g
from flask.globals import request_ctx

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class RequestMetrics:
    """Counters of one process; Prometheus adds the workers up by their label."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def note(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self._answers[endpoint, method, status] += 1
            self._buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds += seconds

    def render(self) -> str:
        """The counters in Prometheus' text format."""
        with self._lock:
            answers, buckets, seconds = dict(self._answers), list(self._buckets), self._seconds
        worker = f'worker="{os.getpid()}"'
        lines = ["# TYPE spatial_admin_requests_total counter"]
        lines += [
            f'spatial_admin_requests_total{{{worker},endpoint="{name}",method="{method}",status="{status}"}} {count}'
            for (name, method, status), count in sorted(answers.items())
        ]
        lines.append("# TYPE spatial_admin_request_seconds histogram")
        total = 0
        for limit, count in zip([*BUCKETS_S, "+Inf"], buckets, strict=True):
            total += count
            lines.append(f'spatial_admin_request_seconds_bucket{{{worker},le="{limit}"}} {total}')
        lines.append(f"spatial_admin_request_seconds_sum{{{worker}}} {seconds:.6f}")
        lines.append(f"spatial_admin_request_seconds_count{{{worker}}} {total}")
        return "\n".join(lines) + "\n"


METRICS = RequestMetrics()


def render_requests() -> str:
    """Counters of this worker since it started."""
    return METRICS.render()


def init_app(app: Flask) -> None:
    """Count every request of the application."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("begun", time.perf_counter())
        # The endpoint, never the path: a name for every parcel would be a time series for every parcel.
        asked = request_ctx.request
        METRICS.note(asked.endpoint or "none", asked.method, response.status_code, seconds)
        return response
