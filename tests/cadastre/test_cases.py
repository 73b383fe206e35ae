"""The shared cases (tests/cases/*.json), which the JavaScript suite can run as well: see tests/cases/README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from spatial_admin.cadastre.coverage import Parcel
from spatial_admin.cadastre.precision import Ground
from spatial_admin.cadastre.shapes import shape_of_rings
from spatial_admin.errors import EditRejected, InvalidOperation, UnknownPoint, Violation
from tests.cadastre.fabric import DEGREES, METRIC, PROPERTIES, Fabric, Outcome, parcel_of, rings_of

CASES = Path(__file__).parent.parent / "cases"
GROUNDS = {"metric": METRIC, "degrees": DEGREES}
ERRORS = {"invalid_operation": InvalidOperation, "unknown_point": UnknownPoint}
EXPECTATIONS = {"parcels", "lineage", "found", "gone", "violations", "refused"}
Case = dict[str, Any]


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


def fabric_of(case: Case) -> Fabric:
    ground = GROUNDS[case.get("ground", "metric")]
    if "node_within_m" in case:
        ground = type(ground)(
            **{**{n: getattr(ground, n) for n in ground.__slots__}, "node_within_m": case["node_within_m"]}
        )
    parcels = parcels_of(ground, case["parcels"])
    retired = parcels_of(ground, case.get("retired", {}), first_key=1001)
    pasts: dict[tuple[str, int], Parcel] = {}
    for name, versions in case.get("pasts", {}).items():
        for number, given in versions.items():
            pasts[name, int(number)] = parcels_of(ground, {name: given})[name]
    return Fabric(ground, parcels, retired, pasts)


def parcels_of(ground: Ground, given: dict[str, Any], first_key: int = 1) -> dict[str, Parcel]:
    found = {}
    for key, (name, values) in enumerate(given.items(), start=first_key):
        properties = {**values.get("properties", {}), "level": values.get("level", "parcels")}
        found[name] = parcel_of(ground, key, name, shape_of_rings(values["parts"]), **properties)
    return found


@pytest.mark.parametrize("case", cases())
def test_shared_case(case: Case) -> None:
    expect = case["expect"]
    assert set(expect) <= EXPECTATIONS
    fabric = fabric_of(case)
    transformed = {(lon, lat): (x, y) for lon, lat, x, y in case.get("transformed", [])}
    assert case["parcels"].keys().isdisjoint(case.get("retired", {}))
    if "refused" in expect:
        error = ERRORS[expect["refused"]["error"]]
        with pytest.raises(error) as refusal:
            fabric.edit(case["operations"], transformed)
        assert getattr(refusal.value, "index") == expect["refused"]["operation"]  # noqa: B009 (both classes have it)
        assert [word for word in expect["refused"]["says"] if word not in str(refusal.value)] == []
        return
    outcome, violations = edited(fabric, case["operations"], transformed)
    assert [{"rule": v.rule, "parcels": list(v.parcels)} for v in violations] == expect.get("violations", [])
    if outcome is not None and not violations:
        check_parcels(fabric, outcome, expect["parcels"])
        steps = [{"parent": d.parent, "child": d.child, "kind": d.kind} for d in outcome.coverage.descents]
        assert steps == expect.get("lineage", [])
        check_findings(outcome, expect)


def edited(
    fabric: Fabric, operations: list[Case], transformed: dict[tuple[float, float], tuple[float, float]]
) -> tuple[Outcome | None, Sequence[Violation]]:
    try:
        outcome = fabric.edit(operations, transformed)
    except EditRejected as rejected:  # by an operation, before the rules are asked
        return None, rejected.violations
    return outcome, outcome.violations


def check_parcels(fabric: Fabric, outcome: Outcome, expected: Case) -> None:
    for change in outcome.changes:
        assert change.before is fabric.parcels.get(change.parcel_id, fabric.retired.get(change.parcel_id))
    changed = {change.parcel_id: change for change in outcome.changes}
    assert {name: change.change for name, change in changed.items()} == {n: e["change"] for n, e in expected.items()}
    for name, expectation in expected.items():
        change = changed[name]
        before = fabric.parcels.get(name, fabric.retired.get(name))
        parts = expectation["parts"] if before is None else expectation.get("parts", rings_of(before.shape))
        assert rings_of(change.shape) == parts
        # What follows without being named (a unit whose lot is merged) is no more compared than what is noded.
        assert change.is_operated == (change.change != "noded" and not expectation.get("follows", False))
        unchanged = before.properties if before else {}
        assert change.properties == {**PROPERTIES, **unchanged, **expectation.get("properties", {})}


def check_findings(outcome: Outcome, expect: Case) -> None:
    found = [(found.rule, list(found.parcels)) for found in outcome.verdict.found]
    assert found == [(f["rule"], f["parcels"]) for f in expect.get("found", [])]
    for finding, expected in zip(outcome.verdict.found, expect.get("found", []), strict=True):
        if "measure" in expected:
            assert finding.measure == pytest.approx(expected["measure"], rel=1e-6)
    gone = [{"rule": rule, "parcels": list(parcels)} for rule, parcels in outcome.verdict.gone]
    assert gone == expect.get("gone", [])
