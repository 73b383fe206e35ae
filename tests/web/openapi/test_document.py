"""The document is valid OpenAPI, and says neither less nor more than the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from spatial_admin.cadastre.operations.property_syntax import KINDS, TEXT_LENGTHS
from spatial_admin.cadastre.operations.syntax import SYNTAX
from spatial_admin.services.drafts import parse_draft
from spatial_admin.services.editing import parse_edit
from spatial_admin.services.records import parse_record
from spatial_admin.settings import Limits
from spatial_admin.web.openapi import build_document
from spatial_admin.web.openapi.description import VARIABLE
from spatial_admin.web.openapi.document import SECTIONS, VERSION
from spatial_admin.web.openapi.operations import OPERATIONS, PROPERTIES
from spatial_admin.web.openapi.problems import ADVICE, MEMBERS, STATUS
from spatial_admin.web.problems import JSON_PATHS, TABLE, TYPE_PREFIX, problem_of
from spatial_admin.web.request_guard import PUBLIC
from tests.accounts import People
from tests.answers import json_of
from tests.web.openapi.validation import DOCUMENT, METHODS, faults, operations
from tests.web.test_problems import EXAMPLES

ROOT = Path(__file__).resolve().parents[3]
# Words that no route of today gives, though an error of the product or HTTP itself may.
OF_NO_ROUTE = {
    "method_not_allowed",
    "job_given_up",
    "maintenance_running",
    "backup_refused",
    "backup_failed",
}

# Answers that no example gets, because they need more than two lots and an editor.
OF_NO_EXAMPLE = {
    ("/api/edits/{edit_id}/revert", "202"),  # an import, and an administrator
    ("/api/findings/{finding_id}", "200"),  # a finding, here and below
    ("/api/findings/{finding_id}/fixes", "200"),
    ("/api/findings/{finding_id}/accept", "200"),
    ("/api/findings/{finding_id}/declare", "200"),
    ("/api/findings/{finding_id}/assign", "200"),
    ("/api/findings/{finding_id}/reopen", "200"),
    ("/api/findings/propose", "201"),  # tests/services/drafts/test_propose_acceptance.py has them
    ("/api/findings/accept", "200"),  # a reviewer, here and below
    ("/api/findings/declare", "200"),
    ("/api/findings/reopen", "200"),
    ("/api/disputes", "201"),
    ("/api/disputes/{dispute_id}", "200"),
    ("/api/disputes/{dispute_id}/end", "200"),
    ("/api/exports/{job_id}/file", "200"),  # a worker; tests/jobs/test_export.py has them
    ("/api/exports/{job_id}/file", "206"),
    # A second person; test_four_eyes.py has them.
    ("/api/drafts/{draft_id}/approve", "201"),
    ("/api/drafts/{draft_id}/approve", "200"),
    ("/api/drafts/{draft_id}/return", "204"),
    # A dirty file that a worker has imported: tests/services/importing/test_quarantine.py holds these answers to the document.
    ("/api/imports/{import_id}/resume", "202"),
    ("/api/imports/{import_id}/quarantine/{row}", "200"),
    ("/api/imports/{import_id}/quarantine/{row}/repair", "200"),
    ("/api/imports/{import_id}/quarantine/{row}/admit", "200"),
    ("/api/imports/{import_id}/quarantine/{row}/admit", "201"),
    ("/api/imports/{import_id}/quarantine/{row}/propose", "201"),
    ("/api/imports/{import_id}/quarantine/{row}/reject", "200"),
}


def served(app: Flask) -> dict[tuple[str, str], str]:
    """Path as OpenAPI writes it and method, of every rule that is not a page; with the endpoint."""
    return {
        (VARIABLE.sub(r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(JSON_PATHS) or rule.rule == "/api"
        for method in rule.methods or ()
        if method.lower() in METHODS
    }


def described() -> set[tuple[str, str]]:
    return {(path, method) for path, method, _ in operations()}


def test_document_is_valid_openapi() -> None:
    document: Any = DOCUMENT
    errors = [f"{list(error.path)}: {error.message[:200]}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_schemas_are_valid_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_is_described(app: Flask) -> None:
    undescribed = sorted(set(served(app)) - described())
    assert undescribed == [], f"add a Route in spatial_admin/web/openapi/ for each of {undescribed}"


def test_nothing_is_described_that_is_not_served(app: Flask) -> None:
    assert sorted(described() - set(served(app))) == []


def test_variables_of_a_path_are_its_parameters() -> None:
    for path, method, operation in operations():
        declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert declared == set(re.findall(r"{([^}]+)}", path)), (method, path)


def test_routes_for_everybody_are_those_of_the_guard(app: Flask) -> None:
    endpoints = served(app)
    public = {endpoints[path, method] for path, method, operation in operations() if operation.get("security") == []}
    assert public == set(endpoints.values()) & PUBLIC


def test_every_parameter_that_a_route_knows_is_described(client: FlaskClient, accounts: People) -> None:
    for path, method, operation in operations():
        if not path.startswith("/api/"):
            continue
        address = re.sub(r"{[^}]+}", "1", path) + "?no-such-parameter=1"
        answer = client.open(address, method=method.upper(), json={}, headers=accounts.administrator.bearer)
        problem = json_of(answer)
        assert problem.get("where") == "no-such-parameter", f"{method} {path} does not refuse unknown parameters"
        known = set(problem["detail"].partition("known are ")[2].split(", ")) - {"none"}
        names = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"}
        assert known == names, f"{method} {path} describes other parameters"


def test_a_role_that_is_named_is_asked_for_and_no_other(client: FlaskClient, accounts: People) -> None:
    for path, method, operation in operations():
        if operation.get("security") == []:
            continue
        address = re.sub(r"{[^}]+}", "1", path)
        answer = client.open(address, method=method.upper(), json={}, headers=accounts.viewer.bearer)
        if "x-role" in operation:
            assert answer.status_code == 403, (method, path)
            assert f"the role {operation['x-role']}" in json_of(answer)["detail"]
        else:
            assert answer.status_code != 403, (method, path)


def test_every_operation_of_an_edit_is_described() -> None:
    undescribed = sorted(set(SYNTAX) - set(OPERATIONS))
    assert undescribed == [], f"add an entry in spatial_admin/web/openapi/operations.py for each of {undescribed}"
    assert sorted(set(OPERATIONS) - set(SYNTAX)) == []


@pytest.mark.parametrize("name", sorted(set(SYNTAX) & set(OPERATIONS)))
def test_fields_of_an_operation_are_those_that_the_parser_reads(name: str) -> None:
    assert set(OPERATIONS[name].required) == SYNTAX[name].required
    assert set(OPERATIONS[name].optional) == SYNTAX[name].optional


def test_properties_of_an_update_are_those_that_the_parser_reads() -> None:
    assert set(PROPERTIES) == {*TEXT_LENGTHS, "kind", "legal_area_m2", "attributes"}
    assert PROPERTIES["kind"]["enum"] == list(KINDS)
    assert {name: PROPERTIES[name]["maxLength"] for name in TEXT_LENGTHS} == TEXT_LENGTHS


def test_fields_of_an_edit_are_those_that_the_parser_reads() -> None:
    assert set(DOCUMENT["components"]["schemas"]["EditRequest"]["properties"]) == parse_edit.FIELDS
    assert set(DOCUMENT["components"]["schemas"]["RevertRequest"]["properties"]) == parse_edit.REVERT_FIELDS


def test_fields_of_a_record_are_those_that_the_parser_reads() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["RecordEntry"]["properties"]) == {*parse_record.FIELDS, "comment"}
    assert set(schemas["RecordChanges"]["properties"]) == {*parse_record.FIELDS, "comment", "version"}


def test_fields_of_a_draft_are_those_that_the_parser_reads() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["DraftEntry"]["properties"]) == {*parse_draft.STEPS_FIELDS, "key"}
    assert set(schemas["DraftChange"]["properties"]) == {*parse_draft.STEPS_FIELDS, "version"}


def test_every_word_of_the_table_of_errors_is_described() -> None:
    words = {row[1] for row in TABLE.values()}
    missing = sorted(words - set(ADVICE))
    assert missing == [], f"say what to do at {missing}, in spatial_admin/web/openapi/problems.py"
    assert set(ADVICE) == set(STATUS)
    assert set(MEMBERS) <= set(ADVICE)


def test_every_word_is_an_answer_of_some_route() -> None:
    text = str([operation["responses"] for _, _, operation in operations()])
    unused = {word for word in ADVICE if f"Problem_{word}'" not in text}
    assert unused == OF_NO_ROUTE


@pytest.mark.parametrize(("error", "status", "word", "members"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_members_of_a_problem_are_described(
    app: Flask, error: Exception, status: int, word: str, members: dict[str, object]
) -> None:
    with app.test_request_context("/api/x"):
        body = problem_of(error).body()
    if word in {"version_conflict", "record_changed", "draft_changed", "finding_changed"}:
        return  # a real one has more in its members: test_requests.py has a real one
    assert faults({"$ref": f"#/components/schemas/Problem_{word}"}, body) == []
    assert body["type"] == TYPE_PREFIX + word


def test_every_successful_answer_has_a_request_that_gets_it() -> None:
    for path, method, operation in operations():
        sent = {str(request["status"]) for request in operation["x-requests"]}
        successes = {s for s in operation["responses"] if s.startswith("2") and (path, s) not in OF_NO_EXAMPLE}
        assert successes <= sent, f"{method} {path} needs an Example for each of {sorted(successes - sent)}"


def test_names_are_given_once() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    schemas = [name for module in SECTIONS for name in module.describe(Limits()).schemas]
    assert len(schemas) == len(set(schemas))


def test_limits_of_the_deployment_are_told() -> None:
    document = build_document(Limits(operations_per_edit=17, json_depth=5))
    assert document["components"]["schemas"]["EditRequest"]["properties"]["operations"]["maxItems"] == 17
    assert "at most 5 deep" in document["info"]["description"]


def test_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
