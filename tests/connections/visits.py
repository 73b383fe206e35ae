"""Every door of the application, to be knocked at."""

from __future__ import annotations

from flask import Flask

ARGUMENTS = {"parcel_id": "a", "version": 1, "edit_id": 1, "record_id": 1, "number": 1, "job_id": 1, "filename": "x",
             "suffix": "csv"}  # fmt: skip


def routes(app: Flask) -> list[tuple[str, str]]:
    """Every (method, URL) of the application; ids that nothing has are an answer too."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: ARGUMENTS.get(name, 1) for name in rule.arguments}
            path = app.url_map.bind("localhost").build(rule.endpoint, values) if rule.arguments else rule.rule
            found += [(method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(set(found))
