"""Every answer that the API's tests get is held to its description, whatever else they look at."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from spatial_admin.web.openapi.description import VARIABLE
from tests.web.openapi.validation import DOCUMENT, check_answer


class DescribedClient(FlaskClient):
    """A client that fails where an answer is not as described; of routes without description it says nothing."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        method = answer.request.method
        try:
            adapter = self.application.url_map.bind("localhost")
            rule, _ = adapter.match(answer.request.path, method, return_rule=True)
        except HTTPException:
            return answer
        path = VARIABLE.sub(r"{\1}", rule.rule)
        if method.lower() in DOCUMENT["paths"].get(path, ()):
            check_answer(path, method.lower(), answer)
        return answer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """As everywhere, with the description held against what it is answered."""
    app.test_client_class = DescribedClient
    return app.test_client()
