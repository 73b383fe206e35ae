"""The catalogue of rules: what each finds, how bad that is, whether it blocks an edit, and its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

ERROR, WARNING, NOTICE = "error", "warning", "notice"
SEVERITIES: Final = (ERROR, WARNING, NOTICE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a rule: its unit, its default, and what it may be."""

    name: str
    default: float
    unit: str
    least: float
    most: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as the catalogue describes it; `measure` says what the number of its findings is.

    `always_blocks`: the database itself refuses it, so nobody can make it advisory. `is_found`: it becomes a finding
    (invalid geometry never is one: no edit and no import stores any). `by_point`: a point tells its findings apart.
    """

    name: str
    severity: str
    sentence: str
    measure: str = ""
    parameters: tuple[Parameter, ...] = ()
    always_blocks: bool = False
    may_block: bool = False
    is_found: bool = True
    by_point: bool = False


def _catalogue() -> Sequence[Rule]:
    return (
        Rule("invalid_geometry", ERROR, "The outline crosses itself, or is no polygon.",
             always_blocks=True, is_found=False),
        Rule("outside_extent", ERROR, "It reaches beyond the extent of this database.",
             always_blocks=True, is_found=False),
        Rule("overlap", ERROR, "Two parcels of an exclusive level have land in common, or one contains the other.",
             "m²", (Parameter("tolerance_m2", 0.01, "m²", 1e-4, 0.01,
                              "A common area below it, or narrower than a millimetre on average, is a sliver."),),
             always_blocks=True),
        Rule("stack", ERROR, "Parcels of an exclusive level have one and the same geometry.", "m²", always_blocks=True),
        Rule("sliver", WARNING, "Two parcels have land in common, below the tolerance of overlaps.", "m²"),
        Rule("gap", WARNING, "Land between parcels that none of them covers, narrower than a width.", "m²",
             (Parameter("width_m", 0.5, "m", 0.001, 10.0, "Mean width below which open land is a gap."),),
             may_block=True),
        Rule("missing_point", WARNING, "A parcel's point lies on a neighbour's side, which has no point there.", "m",
             (Parameter("within_m", 0.01, "m", 1e-6, 0.1, "How far beside the side the point may be."),),
             by_point=True),
        Rule("repeated_point", NOTICE, "Two points in a row lie within a distance.", "m",
             (Parameter("within_m", 0.001, "m", 0.0, 0.1, "Distance up to which two points are one."),),
             may_block=True, by_point=True),
        Rule("spike", WARNING, "The outline goes to a point and nearly straight back.", "m",
             (Parameter("angle_deg", 1.0, "°", 0.01, 30.0, "Angle between the two sides, up to which it is a spike."),),
             may_block=True, by_point=True),
        Rule("tiny_parcel", NOTICE, "The parcel is smaller than an area.", "m²",
             (Parameter("area_m2", 1.0, "m²", 0.0, 10_000.0, "Area below which a parcel is tiny."),), may_block=True),
        Rule("thin_parcel", NOTICE, "The parcel is narrower on average (2A/perimeter) than a width.", "m",
             (Parameter("width_m", 0.5, "m", 0.0, 100.0, "Mean width below which a parcel is thin."),), may_block=True),
        Rule("self_touch", NOTICE, "Rings of the parcel touch each other in a point.", "touches", may_block=True),
        Rule("legal_area", WARNING, "Stated and computed area differ by more than a + b·√A.", "m²",
             (Parameter("a_m2", 20.0, "m²", 0.0, 1e6, "The a of a + b·√A."),
              Parameter("b_m", 2.0, "m", 0.0, 1e3, "The b of a + b·√A, A being the stated area in m²."))),
        Rule("duplicate_number", WARNING, "Parcels of one level have the same number.", "parcels"),
        Rule("missing_number", NOTICE, "A lot or unit has no number."),
        Rule("no_zone", NOTICE, "The parcel lies in no zoning district, though there are some.", ""),
        Rule("far_parts", NOTICE, "Parts of one parcel lie far from each other.", "m",
             (Parameter("distance_m", 500.0, "m", 1.0, 1e6, "Distance from which on parts are far apart."),),
             may_block=True),
    )  # fmt: skip


RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _catalogue()}
FOUND: Final = tuple(name for name, rule in RULES.items() if rule.is_found)
LARGEST_AREA_M2: Final = 1e15


@dataclass(frozen=True, slots=True)
class Setting:
    """How a deployment sets a rule."""

    severity: str
    blocks: bool
    is_on: bool = True
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every rule as it is set: the one thing that edits, imports and scans read."""

    settings: Mapping[str, Setting]

    def is_on(self, rule: str) -> bool:
        """Is the rule looked at?"""
        return self.settings[rule].is_on

    def severity(self, rule: str) -> str:
        """Of its findings."""
        return self.settings[rule].severity

    def blocks(self, rule: str) -> bool:
        """Does what it newly finds refuse an edit?"""
        return self.settings[rule].blocks

    def number(self, rule: str, name: str) -> float:
        """One of its numbers."""
        return self.settings[rule].numbers[name]

    def as_json(self) -> dict[str, Any]:
        """For another process; inverse: `book_of`."""
        return {
            name: {"severity": s.severity, "blocks": s.blocks, "is_on": s.is_on, "numbers": dict(s.numbers)}
            for name, s in self.settings.items()
        }


def default_book(gap_width_m: float = 0.5, node_within_m: float = 0.01) -> RuleBook:
    """The catalogue's defaults, the width of gaps and the distance of missing points as the settings say."""
    given = {("gap", "width_m"): gap_width_m, ("missing_point", "within_m"): min(node_within_m, 0.1)}
    return RuleBook(
        {
            name: Setting(
                rule.severity,
                rule.always_blocks,
                numbers={p.name: given.get((name, p.name), p.default) for p in rule.parameters},
            )
            for name, rule in RULES.items()
        }
    )


def book_of(stored: Mapping[str, Any], defaults: RuleBook) -> RuleBook:
    """The defaults under what is stored of some rules; what is stored of rules that are no more is left out."""
    return RuleBook({name: _overlaid(name, known, stored.get(name, {})) for name, known in defaults.settings.items()})


def _overlaid(name: str, known: Setting, stored: Mapping[str, Any]) -> Setting:
    rule = RULES[name]
    numbers = {p: stored.get("numbers", {}).get(p, value) for p, value in known.numbers.items()}
    return replace(
        known,
        severity=stored.get("severity") or known.severity,
        blocks=rule.always_blocks or (rule.may_block and bool(stored.get("blocks"))),
        is_on=rule.always_blocks or bool(stored.get("is_on", True)),
        numbers=numbers,
    )


def refusal_of(parameter: Parameter, value: float) -> str | None:
    """Why a number cannot be that of a parameter, or None."""
    if math.isfinite(value) and parameter.least <= value <= parameter.most:
        return None
    return f"it takes a number from {parameter.least:g} to {parameter.most:g} {parameter.unit}"


def fingerprint(rule: str, ids: Sequence[int], point: tuple[float, float] | None = None) -> str:
    """The same defect has the same fingerprint: its rule, the internal ids of its parcels ascending, and its point."""
    name = f"{rule}:{':'.join(map(str, sorted(ids)))}"
    return name if point is None else f"{name}@{point[0]!r},{point[1]!r}"
