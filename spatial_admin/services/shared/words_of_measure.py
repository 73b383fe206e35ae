"""Sizes, times and shares as people read them."""

from __future__ import annotations


def bytes_of(count: float) -> str:
    """1536 as `1.5 KiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(count) < 1024:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def duration(seconds: float | None) -> str:
    """3700 as `1 h 2 min`; what is not known as `an unknown time`."""
    if seconds is None:
        return "an unknown time"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h"
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def about(seconds: float) -> str:
    """An estimate, no finer than it can be: `about 5 min`, `about 20 s`."""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {duration(60 * round(seconds / 60)).removesuffix(' 0 s')}"


def ago(seconds: float) -> str:
    """As `duration`, in the past."""
    return f"{duration(seconds)} ago"


def share(value: float | None) -> str:
    """0.256 as `26 %`."""
    return "–" if value is None else f"{100 * value:.0f} %"
