"""The shared cases (tests/cases/*.json), which the JavaScript suite can run as well: see tests/cases/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spatial_admin.cadastre.coverage import Parcel
from spatial_admin.cadastre.shapes import shape_of_rings
from spatial_admin.errors import InvalidOperation, UnknownPoint
from tests.cadastre.fabric import DEGREES, METRIC, PROPERTIES, Fabric, Outcome, parcel_of, rings_of

CASES = Path(__file__).parent.parent / "cases"
GROUNDS = {"metric": METRIC, "degrees": DEGREES}
ERRORS = {"invalid_operation": InvalidOperation, "unknown_point": UnknownPoint}
EXPECTATIONS = {"parcels", "found", "gone", "violations", "refused"}
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
    parcels: dict[str, Parcel] = {}
    for key, (name, given) in enumerate(case["parcels"].items(), start=1):
        properties = {**given.get("properties", {}), "level": given.get("level", "parcels")}
        parcels[name] = parcel_of(ground, key, name, shape_of_rings(given["parts"]), **properties)
    return Fabric(ground, parcels)


@pytest.mark.parametrize("case", cases())
def test_shared_case(case: Case) -> None:
    expect = case["expect"]
    assert set(expect) <= EXPECTATIONS
    fabric = fabric_of(case)
    transformed = {(lon, lat): (x, y) for lon, lat, x, y in case.get("transformed", [])}
    if "refused" in expect:
        error = ERRORS[expect["refused"]["error"]]
        with pytest.raises(error) as refusal:
            fabric.edit(case["operations"], transformed)
        assert getattr(refusal.value, "index") == expect["refused"]["operation"]  # noqa: B009 (both classes have it)
        assert [word for word in expect["refused"]["says"] if word not in str(refusal.value)] == []
        return
    outcome = fabric.edit(case["operations"], transformed)
    violations = [{"rule": v.rule, "parcels": list(v.parcels)} for v in outcome.violations]
    assert violations == expect.get("violations", [])
    if not violations:
        check_parcels(fabric, outcome, expect["parcels"])
        check_findings(outcome, expect)


def check_parcels(fabric: Fabric, outcome: Outcome, expected: Case) -> None:
    for change in outcome.changes:
        assert change.before is fabric.parcels.get(change.parcel_id)
    changed = {change.parcel_id: change for change in outcome.changes}
    assert {name: change.change for name, change in changed.items()} == {n: e["change"] for n, e in expected.items()}
    for name, expectation in expected.items():
        before, change = fabric.parcels[name], changed[name]
        parts = expectation.get("parts", rings_of(before.shape))
        assert rings_of(change.shape) == parts
        assert change.is_operated == (change.change != "noded")
        level = {"level": before.level}
        assert change.properties == {**PROPERTIES, **level, **before.properties, **expectation.get("properties", {})}


def check_findings(outcome: Outcome, expect: Case) -> None:
    found = [(found.rule, list(found.parcels)) for found in outcome.verdict.found]
    assert found == [(f["rule"], f["parcels"]) for f in expect.get("found", [])]
    for finding, expected in zip(outcome.verdict.found, expect.get("found", []), strict=True):
        if "measure" in expected:
            assert finding.measure == pytest.approx(expected["measure"], rel=1e-6)
    gone = [{"rule": rule, "parcels": list(parcels)} for rule, parcels in outcome.verdict.gone]
    assert gone == expect.get("gone", [])
