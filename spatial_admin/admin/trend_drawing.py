"""The charts of the overview: how many findings were open on each day, and what was opened and fixed in each week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

WIDTH: Final = 560
HEIGHT: Final = 120
LEFT, RIGHT, TOP, BOTTOM = 38, 8, 10, 18
DAYS_OF_BAR: Final = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """What was opened and fixed in seven days, as two bars from the same ground."""

    first: str
    last: str
    opened: int
    fixed: int
    x: float
    width: float
    opened_y: float
    opened_height: float
    fixed_height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A number on the axis at the left, or a day below."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Two drawings of one width; `ground` is where the bars of the second stand: opened above, fixed below."""

    width: int
    height: int
    line: str
    area: str
    scale: tuple[Mark, ...]
    days: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    ground: float
    most_opened: int
    most_fixed: int
    first_open: int
    last_open: int


def draw_trend(days: Sequence[dict[str, Any]]) -> Trend | None:
    """The charts of some days in their order; None where nothing was ever open in them."""
    open_ = [int(day["open"]) for day in days]
    top = _rounded_up(max(open_, default=0))
    weeks = [days[max(0, end - DAYS_OF_BAR) : end] for end in range(len(days), 0, -DAYS_OF_BAR)][::-1]
    if top == 0 and not any(day["opened"] or day["fixed"] for day in days):
        return None
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days) - 1)
    high = HEIGHT - TOP - BOTTOM
    points = [(LEFT + n * step, TOP + high * (1 - value / max(1, top))) for n, value in enumerate(open_)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = HEIGHT - BOTTOM
    marked = {0: days[0], len(days) // 2: days[len(days) // 2], len(days) - 1: days[-1]}
    opened = [sum(day["opened"] for day in week) for week in weeks]
    fixed = [sum(day["fixed"] for day in week) for week in weeks]
    ground, unit = _ground(opened, fixed, high)
    return Trend(
        WIDTH,
        HEIGHT,
        line,
        f"{points[0][0]:.1f},{floor} {line} {points[-1][0]:.1f},{floor}",
        tuple(
            Mark(TOP + high * (1 - share), f"{top * share:,.0f}".replace(",", "\u202f")) for share in (0.0, 0.5, 1.0)
        ),
        tuple(Mark(LEFT + n * step, _day(day["day"])) for n, day in marked.items()),
        tuple(_bar(n, week, (opened[n], fixed[n]), len(weeks), (ground, unit)) for n, week in enumerate(weeks)),
        ground,
        max(opened),
        max(fixed),
        open_[0],
        open_[-1],
    )


def _ground(opened: Sequence[int], fixed: Sequence[int], high: float) -> tuple[float, float]:
    """Where bars stand, and how high one finding is: up and down to one scale."""
    both = max(1, max(opened) + max(fixed))
    return TOP + high * max(opened) / both, high / both


def _bar(
    number: int, week: Sequence[dict[str, Any]], counts: tuple[int, int], many: int, scale: tuple[float, float]
) -> Bar:
    ground, unit = scale
    width = (WIDTH - LEFT - RIGHT) / many
    opened, fixed = counts
    return Bar(
        week[0]["day"], week[-1]["day"], opened, fixed, round(LEFT + number * width + 2, 1), round(width - 4, 1),
        round(ground - opened * unit, 1), round(opened * unit, 1), round(fixed * unit, 1),
    )  # fmt: skip


def _rounded_up(value: int) -> int:
    """To 1, 2 or 5 times a power of ten, even, so that its half is a whole number."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if value <= factor * step:
                return factor * step if value else 0
        step *= 10


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b}"
