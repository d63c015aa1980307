"""What the program that calls every operation (tests/fuzzing) may let stand: what has a reason beside it."""

from __future__ import annotations

import json

from openapi_reading import operations

from tests.fuzzing.exclusions import KNOWN, REJECTED, known

OPERATIONS = {operation.name: operation.value for operation in operations()}


def refused(*codes: str) -> str:
    return json.dumps({"code": "validation_failed", "errors": [{"code": code} for code in codes]})


def test_every_exclusion_is_of_operations_that_there_are_and_says_why() -> None:
    for each in KNOWN:
        assert len(each.reason) > 10, each
        assert each.operations <= OPERATIONS.keys(), each.operations - OPERATIONS.keys()
        assert bool(each.operations) != bool(each.parameter), each
        assert any(each.is_for(operation) for operation in OPERATIONS.values()), each


def test_no_exclusion_is_of_everything() -> None:
    for operation in OPERATIONS.values():
        for check, status, body in (
            ("ServerError", 500, "{}"),
            ("UndefinedStatusCode", 418, "{}"),
            ("JsonSchemaError", 200, "{}"),
            ("IgnoredAuth", 200, "{}"),
            (REJECTED, 422, refused("string_too_long")),
            (REJECTED, 422, refused("missing", "time_zone_unknown", "invalid_cursor")),
            (REJECTED, 400, refused("invalid_cursor")),
            (REJECTED, 422, "no JSON"),
        ):
            assert known(check, operation, status, body) is None, (operation["operationId"], check)


def test_every_fault_of_an_answer_has_to_be_known_of_its_operation() -> None:
    roster, report = OPERATIONS["createRoster"], OPERATIONS["createReport"]
    assert known(REJECTED, roster, 422, refused("time_zone_unknown", "rotation_or_versions"))
    assert known(REJECTED, report, 422, refused("time_zone_unknown")) is None
    assert known(REJECTED, roster, 422, refused("time_zone_unknown", "extra_forbidden")) is None
    assert known("AcceptedNegativeData", roster, 422, refused("time_zone_unknown")) is None
