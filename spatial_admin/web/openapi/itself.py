"""The description itself: as a document, and as a page."""

from __future__ import annotations

from spatial_admin.settings import Limits
from spatial_admin.web.openapi.description import Answer, Example, Route, Section
from spatial_admin.web.openapi.schema import members, text


def describe(_limits: Limits) -> Section:
    """The document and the page."""
    known = {"openapi": text("3.1.0"), "info": {"type": "object"}, "paths": {"type": "object"}}
    document = {**members(known, "An OpenAPI document."), "additionalProperties": True}
    return Section(
        "This description",
        "What you read, for machines and for people.",
        (
            Route(
                "get", "/api/openapi.json", "The description as OpenAPI 3.1",
                "Schemas are JSON Schema 2020-12. `x-requests` holds requests that can be sent as they stand: the "
                "project's tests send each of them.",
                [
                    Answer(200, "The document.", document, headers={"ETag": "strong: a digest of the bytes"}),
                    Answer(304, "It is still the one of `If-None-Match`."),
                ],
                problems=["bad_request"],
                examples=[Example("document", "Fetch it", "/api/openapi.json", 200)],
            ),
            Route(
                "get", "/api", "The description as a page",
                "For people. Who is not signed in is led to the sign-in page.",
                [
                    Answer(200, "The page.", text(), "text/html"),
                    Answer(302, "To the sign-in page.", headers={"Location": "where to sign in"}),
                ],
                examples=[Example("page", "Fetch it", "/api", 200)],
            ),
        ),
    )  # fmt: skip
