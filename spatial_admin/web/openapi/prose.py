"""The little markup that descriptions have: `code`, and paragraphs that an empty line ends."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

CODE: Final = re.compile(r"`([^`]+)`")


def prose(text: str) -> Markup:
    """A description as HTML, escaped; a single paragraph has no element around it."""
    paragraphs = [_inline(paragraph) for paragraph in text.split("\n\n")]
    if len(paragraphs) == 1:
        return paragraphs[0]
    return Markup().join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)


def _inline(text: str) -> Markup:
    pieces = CODE.split(text)  # every second one was inside backticks
    return Markup().join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece) for index, piece in enumerate(pieces)
    )
