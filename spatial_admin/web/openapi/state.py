"""Health of the service: for load balancers and Prometheus."""

from __future__ import annotations

from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Route, Section
from spatial_admin.web.openapi.schema import constant, members, text

METRICS_TYPE = "text/plain"


def describe(_limits: Limits) -> Section:
    """Three routes, two of them for everybody."""
    alive = members({"status": constant("alive")})
    ready = members({"status": constant("ready"), "migration": text("revision of the tables")})
    not_ready = members({"status": constant("not ready"), "reason": text("what is missing, and what to do")})
    return Section(
        "State",
        "Is it alive, is it ready, and a few numbers.",
        (
            Route(
                "get", "/healthz", "Is the process alive?", "Nothing but the process is looked at.",
                [Answer(200, "It answers.", alive)],
                examples=[Example("healthz", "Ask", "/healthz", 200, answer={"status": "alive"})],
                role="",
            ),
            Route(
                "get", "/readyz", "Can it work?",
                "The database is reachable, and its tables are those of this version.",
                [Answer(200, "It is ready.", ready), Answer(503, "It is not.", not_ready)],
                examples=[Example("readyz", "Ask", "/readyz", 200)],
                role="",
            ),
            Route(
                "get", "/metrics", "Numbers for Prometheus",
                "Requests of this worker process, and the state of work in the database.",
                [Answer(200, "Prometheus text.", text(), METRICS_TYPE)],
                examples=[Example("metrics", "Ask", "/metrics", 200)],
            ),
        ),
    )  # fmt: skip
