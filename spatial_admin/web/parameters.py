"""Reading query parameters; every refusal names the parameter."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from spatial_admin.cadastre.precision import Box
from spatial_admin.errors import BadRequest
from spatial_admin.services.shared.parse_box import parse_box, parse_numbers

Arguments = MultiDict[str, str]


def only(arguments: Arguments, *known: str) -> None:
    """Refuse parameters that the route does not know or that stand twice, and characters that no text of ours holds."""
    for name in arguments:
        if name not in known:
            raise BadRequest(name[:60], f"no such parameter; known are {', '.join(known) or 'none'}")
        if len(arguments.getlist(name)) > 1:
            raise BadRequest(name, "it stands more than once")
        if "\x00" in arguments[name]:
            raise BadRequest(name, "it holds a null character")


def box(arguments: Arguments, name: str = "bbox") -> Box | None:
    """`west,south,east,north` in degrees."""
    return parse_box(arguments[name], name) if name in arguments else None


def numbers(arguments: Arguments, name: str, count: int) -> list[float]:
    """Exactly `count` finite numbers, separated by commas."""
    return parse_numbers(arguments[name], name, count)


def whole(arguments: Arguments, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    text = arguments.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or not 1 <= int(text) <= most:
        raise BadRequest(name, f"it takes a whole number from 1 to {most:,}")
    return int(text)


def choice(arguments: Arguments, name: str, choices: Sequence[str]) -> str | None:
    """One of these words; None where it is not given."""
    text = arguments.get(name)
    if text is not None and text not in choices:
        raise BadRequest(name, f"it is one of: {', '.join(choices)}")
    return text
