"""Reading a PDF as far as it takes to measure what was printed: its page, and the paths of its content."""

from __future__ import annotations

import re
import zlib
from typing import Final

MM_PER_POINT: Final = 25.4 / 72
STREAM: Final = re.compile(rb"<<(?P<dictionary>[^\x00]{0,2000}?)>>\s*stream\r?\n", re.DOTALL)
BOX: Final = re.compile(rb"/MediaBox\s*\[\s*([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)\s*\]")
TOKEN: Final = re.compile(rb"[-+]?\d*\.?\d+|/?[A-Za-z*'\"]+\d*|\S")

NUMBER: Final = re.compile(rb"[-+]?\d*\.?\d+")
PAINTED: Final = frozenset({b"S", b"s", b"f", b"f*", b"F", b"B", b"B*", b"b", b"b*"})

Matrix = tuple[float, float, float, float, float, float]
Path = list[tuple[float, float]]


def page_sizes_mm(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every page."""
    boxes = [tuple(map(float, found.groups())) for found in BOX.finditer(pdf)]
    return [((box[2] - box[0]) * MM_PER_POINT, (box[3] - box[1]) * MM_PER_POINT) for box in boxes]


def paths_mm(pdf: bytes) -> list[Path]:
    """Every path of straight lines that is painted, in millimetres of the page."""
    return [path for content in _contents(pdf) for path in _paths(content)]


def _contents(pdf: bytes) -> list[bytes]:
    """The streams that hold operators of a page."""
    found = []
    for match in STREAM.finditer(pdf):
        length = re.search(rb"/Length (\d+)(?! \d+ R)", match["dictionary"])
        body = pdf[match.end() : match.end() + int(length[1])] if length else b""
        if b"/FlateDecode" not in match["dictionary"] or b"/Subtype /Image" in match["dictionary"]:
            continue
        try:
            found.append(zlib.decompress(body))
        except zlib.error:
            continue
    return [content for content in found if content.isascii() and b"begincmap" not in content]


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _paths(content: bytes) -> list[Path]:
    drawing = _Drawing()
    numbers: list[float] = []
    for token in TOKEN.findall(content):
        if NUMBER.fullmatch(token):
            numbers.append(float(token))
            continue
        drawing.take(token, numbers)
        numbers = []
    return drawing.painted


class _Drawing:
    """What operators come to: the matrix, those kept by `q`, the path that is made, and those painted."""

    def __init__(self) -> None:
        self.matrix: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        self.kept: list[Matrix] = []
        self.made: list[Path] = []
        self.painted: list[Path] = []

    def take(self, operator: bytes, numbers: list[float]) -> None:
        """Carry out one operator; those that draw no straight lines do nothing."""
        if operator == b"q":
            self.kept.append(self.matrix)
        elif operator == b"Q":
            self.matrix = self.kept.pop()
        elif operator == b"cm":
            a, b, c, d, e, f = numbers[-6:]
            self.matrix = _times((a, b, c, d, e, f), self.matrix)
        elif operator in PAINTED or operator == b"n":
            self.painted += self.made if operator in PAINTED else []
            self.made = []
        else:
            self._draw(operator, numbers)

    def _draw(self, operator: bytes, numbers: list[float]) -> None:
        if operator == b"m":
            self.made.append([self._placed(*numbers[-2:])])
        elif operator == b"l":
            self.made[-1].append(self._placed(*numbers[-2:]))
        elif operator == b"re":
            x, y, w, h = numbers[-4:]
            corners = ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))
            self.made.append([self._placed(*corner) for corner in corners])

    def _placed(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.matrix
        return (a * x + c * y + e) * MM_PER_POINT, (b * x + d * y + f) * MM_PER_POINT
