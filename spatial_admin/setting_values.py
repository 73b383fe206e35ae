"""One value from the environment: its text, from NAME or NAME_FILE, and what it must be; else SettingRefused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spatial_admin.errors import SettingRefused


def value_of(environ: Mapping[str, str], name: str) -> str | None:
    """The text of a setting, from NAME or from the file that NAME_FILE names; None when neither is given."""
    if environ.get(name):
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingRefused(f"{name}_FILE", path, f"the file cannot be read ({error.strerror})") from error


def integer(env: Mapping[str, str], name: str, default: int) -> int:
    """A whole number."""
    text = value_of(env, name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise SettingRefused(name, text, "it takes a whole number") from error


def megabytes(env: Mapping[str, str], name: str, default: int) -> int:
    """A number of megabytes, 0 for none."""
    number = integer(env, name, default)
    if not 0 <= number <= 1_048_576:
        raise SettingRefused(name, str(number), "it takes a whole number from 0 to 1048576")
    return number


def switch(env: Mapping[str, str], name: str, *, usual: bool = False) -> bool:
    """0 or 1."""
    return choice(env, name, ("1", "0") if usual else ("0", "1")) == "1"


def choice(env: Mapping[str, str], name: str, words: Sequence[str]) -> str:
    """One of some words, the first where none is given."""
    text = value_of(env, name) or words[0]
    if text not in words:
        raise SettingRefused(name, text, f"it takes {' or '.join(sorted(words))}")
    return text


def positive(env: Mapping[str, str], name: str) -> float | None:
    """A number above zero; None where it is not given."""
    text = value_of(env, name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise SettingRefused(name, text, "it takes a number") from error
    if not 0 < number < float("inf"):
        raise SettingRefused(name, text, "it takes a number above zero")
    return number


def pairs(
    env: Mapping[str, str], name: str, firsts: Sequence[str], seconds: Sequence[str]
) -> frozenset[tuple[str, str]]:
    """Pairs with commas between them, such as `editor:legal_event`; `editor` alone is with every second; 0 is none."""
    text = value_of(env, name) or "0"
    found: set[tuple[str, str]] = set()
    for part in text.split(",") if text != "0" else ():
        first, colon, second = part.strip().partition(":")
        if first not in firsts or (colon and second not in seconds):
            takes = f"it takes {', '.join(firsts)}, each alone or with one of {', '.join(seconds)} behind a colon"
            raise SettingRefused(name, text, f"{takes}; or 0")
        found |= {(first, one) for one in ([second] if colon else seconds)}
    return frozenset(found)
