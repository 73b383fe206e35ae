"""A sliding window over a JSON text of any size: values are decoded one by one, and one bad value harms no other."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

CHUNK: Final = 1 << 20
LONGEST_EXPONENT_MARK: Final = 2
MAX_VALUE_CHARACTERS: Final = 256 * 1024 * 1024
BLANK: Final = re.compile(r"[ \t\n\r]*")
STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[{}\[\]]')
FEATURE_START: Final = re.compile(r',\s*\{\s*"type"\s*:\s*"Feature"')
AFTER_DEBRIS: Final = re.compile(r",(?=\s*\{)|(?=\])")


class NotJsonError(Exception):
    """The text is broken in a way that leaves no hope to tell its values apart; the message says where."""


class BadValueError(Exception):
    """One value is refused: `rule` and words; `text` is the value as it stands in the file."""

    def __init__(self, rule: str, reason: str, text: str) -> None:
        super().__init__(reason)
        self.rule, self.reason, self.text = rule, reason, text


class DuplicateKeyError(ValueError):
    """An object names one member twice; RFC 8259 leaves open which one counts, so neither does."""


class NonFiniteError(ValueError):
    """NaN and Infinity are no JSON numbers."""


@dataclass(frozen=True, slots=True)
class _Problem:
    rule: str
    reason: str
    stuck: int | None = None


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise DuplicateKeyError(f"the member «{name}» is given twice in one object")
            seen.add(name)
    return members


def _no_constant(name: str) -> float:
    raise NonFiniteError(f"{name} is not a JSON number")


_decode = json.JSONDecoder(object_pairs_hook=_unique_members, parse_constant=_no_constant).raw_decode


class JsonWindow:
    """The part of the file that is in memory, and the place in it; text before the place is dropped."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        # Bytes that are no UTF-8 become lone surrogates: the value that holds them is refused, not the file.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._text = ""
        self._at = 0
        self._dropped = 0
        self._ended = False
        self._more()
        self._at = 1 if self._text.startswith("\ufeff") else 0

    @property
    def position(self) -> int:
        """Characters of the file before the place."""
        return self._dropped + self._at

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end of the file."""
        while True:
            self._at = BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]  # the pattern matches nothing, too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> bool:
        """Step over the next character that is not blank when it is one of `expected`."""
        if self.peek() and self._text[self._at] in expected:
            self._at += 1
            return True
        return False

    def value(self) -> Any:
        """Decode the next value and step behind it; raises BadValueError (and is behind it), or NotJsonError."""
        self.peek()
        while True:
            decoded = self._decoded()
            if not isinstance(decoded, _Problem):
                value, end = decoded
                # A number at the very end of the window may go on in the next chunk (12|34, 0|.5, 1|e-7).
                if end + LONGEST_EXPONENT_MARK >= len(self._text) and type(value) in (int, float) and self._more():
                    continue
                self._at = end
                return value
            # Cut off by the window, or bad? A value whose brackets are balanced within the window is bad.
            bad_end = self._end_of_value(decoded.stuck)
            if bad_end is not None:
                text, self._at = self._text[self._at : bad_end], bad_end
                raise BadValueError(decoded.rule, decoded.reason, text)
            start = f"the value that begins at character {self.position:,}"
            if len(self._text) - self._at > MAX_VALUE_CHARACTERS:
                raise NotJsonError(f"{start} does not end")
            if not self._more():
                raise NotJsonError(f"the file ends inside {start} ({decoded.reason})")

    def _decoded(self) -> tuple[Any, int] | _Problem:
        try:
            return _decode(self._text, self._at)
        except DuplicateKeyError as error:
            return _Problem("duplicate_member", str(error))
        except NonFiniteError as error:
            return _Problem("not_finite", str(error))
        except RecursionError:
            return _Problem("too_deep", "values are nested far deeper than any feature needs")
        except ValueError as error:
            return _Problem("invalid_json", _words(error), getattr(error, "pos", None))

    def skip_debris(self) -> str:
        """Step over text that is no value, over the comma before the next object, or up to «]»; returns it."""
        while (match := AFTER_DEBRIS.search(self._text, self._at)) is None:
            if not self._more():
                raise NotJsonError(f"no feature and no «]» follows character {self.position:,}")
        text, self._at = self._text[self._at : match.start()], match.end()
        return text

    def line(self) -> str:
        """The rest of the line, stepping behind it."""
        while (end := self._text.find("\n", self._at)) < 0 and self._more():
            pass
        end = len(self._text) if end < 0 else end
        text, self._at = self._text[self._at : end], end
        return text

    def mark(self) -> int:
        """Remember the place for `back`; holds until more than this window was read."""
        return self.position

    def back(self, mark: int) -> bool:
        """Return to a remembered place; false when the window has moved past it."""
        if mark < self._dropped:
            return False
        self._at = mark - self._dropped
        return True

    def _end_of_value(self, stuck: int | None) -> int | None:
        """Where the value ends: by its brackets, or where the next feature begins, behind where decoding is `stuck`."""
        end = self._end_by_brackets()
        if stuck is not None:
            following = FEATURE_START.search(self._text, self._at + 1, len(self._text) if end is None else end)
            if following is not None and stuck <= following.end():
                return following.start()
        return end

    def _end_by_brackets(self) -> int | None:
        """A bracket closed by the wrong kind closes what it can; None when the window ends first."""
        if self._text[self._at : self._at + 1] not in ("{", "["):
            return self._end_of_scalar()
        open_brackets: list[str] = []
        for match in STRING_OR_BRACKET.finditer(self._text, self._at):
            bracket = match.group()
            if bracket in ("{", "["):
                open_brackets.append(bracket)
            elif bracket == "]" and open_brackets[-1] == "[":
                open_brackets.pop()
            elif bracket == "}" and "{" in open_brackets:
                while open_brackets.pop() != "{":
                    pass
            if not open_brackets:
                return match.end()
        return None

    def _end_of_scalar(self) -> int | None:
        if self._at == len(self._text):
            return None
        string = STRING_OR_BRACKET.match(self._text, self._at)
        end = string.end() if string and self._text[self._at] == '"' else self._at
        while end < len(self._text) and self._text[end] not in ",]}\n":
            end += 1
        return end if end < len(self._text) or self._ended else None

    def _more(self) -> bool:
        """Read another chunk, at least as long as the value at the place: a huge value is read in few steps."""
        if self._ended:
            return False
        size = max(CHUNK, len(self._text) - self._at)
        data = self._source.read(size)
        if not data:
            # Nothing moves: whoever asked may still hold places in the window.
            self._ended = True
            rest = self._decoder.decode(b"", final=True)
            self._text += rest
            return bool(rest)
        kept = self._text[self._at :]
        self._dropped += self._at
        self._at = 0
        self._text = kept + self._decoder.decode(data)
        return True


def _words(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    return f"it cannot be read: {str(error).split(';', maxsplit=1)[0]}"
