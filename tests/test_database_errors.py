"""What PostgreSQL's errors mean, judged by SQLSTATE."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Engine, exc, text

from spatial_admin.database_errors import is_connection_loss, is_retryable, sqlstate, translated
from spatial_admin.errors import BadRequest, EditRejected, LimitExceeded, TookTooLong


class Fault(Exception):
    """An error of the driver with a SQLSTATE."""

    def __init__(self, code: str | None, message: str = "", detail: str = "", constraint: str = "") -> None:
        super().__init__(message)
        self.pgcode = code
        self.diag = type(
            "Diagnostics", (), {"message_detail": detail, "message_primary": message, "constraint_name": constraint}
        )()


def error_of(fault: Fault, kind: type[exc.DBAPIError] = exc.OperationalError) -> exc.DBAPIError:
    return kind("SELECT 1", {}, fault)


@pytest.mark.parametrize(
    ("code", "again", "why"),
    [
        ("40001", True, "serialization failure: the others have won, the next attempt reads what they wrote"),
        ("40P01", True, "deadlock: PostgreSQL chose us to give way"),
        ("55P03", True, "lock timeout: somebody holds a cell for longer than we wait"),
        ("57P01", True, "the server process was ended"),
        ("57P03", True, "the server starts up"),
        ("08006", True, "the connection broke"),
        (None, True, "no word at all: lost or refused"),
        ("57014", False, "statement timeout: another attempt would take as long"),
        ("53100", False, "disk full"),
        ("53300", False, "too many connections"),
        ("22003", False, "a value out of range stays so"),
        ("23505", False, "a key that is taken stays taken"),
        ("42501", False, "a right that is missing"),
        ("SA010", False, "an overlap"),
        ("XX000", False, "an internal error"),
    ],
)
def test_only_what_another_attempt_can_cure_is_retried(code: str | None, again: bool, why: str) -> None:
    assert is_retryable(error_of(Fault(code))) is again, why


def test_the_class_of_the_error_does_not_matter() -> None:
    for kind in (exc.OperationalError, exc.DatabaseError, exc.InternalError, exc.DBAPIError):
        assert is_retryable(error_of(Fault("40001"), kind))


def test_a_programming_error_without_a_code_is_no_lost_connection() -> None:
    assert not is_connection_loss(error_of(Fault(None), exc.ProgrammingError))


def test_a_statement_that_takes_too_long_is_told_as_such(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(exc.DBAPIError) as caught:
        connection.execute(text("SET LOCAL statement_timeout = 50"))
        connection.execute(text("SELECT pg_sleep(5)"))
    assert sqlstate(caught.value) == "57014"
    assert isinstance(translated(caught.value), TookTooLong)


def test_geos_interrupted_late_is_told_as_too_long_as_well() -> None:
    assert isinstance(translated(error_of(Fault("XX000", "canceling statement: canceled"))), TookTooLong)
    other = error_of(Fault("XX000", "GEOS: side location conflict"))
    assert translated(other) is other


def test_an_overlap_becomes_a_refusal_with_its_place() -> None:
    place = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    detail = json.dumps({"rule": "overlap", "parcels": ["a", "b"], "measure": 0.5, "place": place})
    rejected = translated(error_of(Fault("SA010", "Parcels a and b would overlap by 0.500 m2", detail)))
    assert isinstance(rejected, EditRejected)
    (violation,) = rejected.violations
    assert (violation.rule, violation.parcels, violation.measure) == ("overlap", ("a", "b"), 0.5)
    assert violation.place == place


@pytest.mark.parametrize(
    ("code", "constraint", "rule"),
    [
        ("23505", "uq__parcel__parcel_id", "id_taken"),
        ("23514", "ck__parcel__geom_within_extent", "outside_extent"),
        ("23514", "ck__parcel__valid_geom", "invalid_geometry"),
    ],
)
def test_a_constraint_that_stands_for_a_rule_becomes_that_rule(code: str, constraint: str, rule: str) -> None:
    rejected = translated(error_of(Fault(code, constraint=constraint), exc.IntegrityError))
    assert isinstance(rejected, EditRejected)
    assert [violation.rule for violation in rejected.violations] == [rule]


def test_an_id_that_the_database_does_not_print_is_a_bad_request() -> None:
    error = error_of(Fault("23514", constraint="ck__parcel__printable_id"), exc.IntegrityError)
    assert isinstance(translated(error), BadRequest)


def test_a_check_that_no_input_breaks_stays_what_it_is() -> None:
    error = error_of(Fault("23514", constraint="ck__parcel__lifespan"), exc.IntegrityError)
    assert translated(error) is error


def test_too_many_cells_is_a_limit() -> None:
    assert isinstance(translated(error_of(Fault("SA012"))), LimitExceeded)


def test_any_other_error_stays_what_it_is() -> None:
    error = error_of(Fault("23505", constraint="uq__edit__key"), exc.IntegrityError)
    assert translated(error) is error
