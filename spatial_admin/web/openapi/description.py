"""What a description is made of: sections of routes, and the schemas they speak of. Texts may hold `code`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = dict[str, Any]
JSON: Final = "application/json"
# A variable of a rule of Flask: <name>, <int:name>, <int(max=9):name>.
VARIABLE: Final = re.compile(r"<(?:[^:<>()]+(?:\([^()]*\))?:)?([^<>]+)>")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route."""

    name: str
    schema: Json
    text: str
    place: Literal["query", "path", "header"] = "query"


@dataclass(frozen=True, slots=True)
class Example:
    """A request as somebody would send it, and the status that answers it; a test sends each and holds it to that.

    `after` names the example that is sent first; `answer` is what comes back, as a reader would see it.
    `file` (name, media_type, content) goes as the field `file` of a form.
    """

    name: str
    summary: str
    path: str
    status: int
    body: Json | None = None
    after: str | None = None
    answer: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Json | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One successful answer: its status, what it means, the schema of its body, headers of its own by name."""

    status: int
    text: str
    schema: Json | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one rule (as Flask writes it); `problems` are the words that only this route's refusals have.

    What every route may answer (401, 500, 503, and for unsafe methods 411 and 413) is added by document.py. `role` is
    what the caller must have, None for any account, "" for nobody at all.
    """

    method: str
    rule: str
    summary: str
    text: str
    answers: Sequence[Answer]
    parameters: Sequence[Parameter] = ()
    body: Json | None = None
    problems: Sequence[str] = ()
    examples: Sequence[Example] = ()
    role: str | None = None
    body_type: str = JSON

    @property
    def path(self) -> str:
        """The rule as OpenAPI writes it."""
        return VARIABLE.sub(r"{\1}", self.rule)


@dataclass(frozen=True, slots=True)
class Section:
    """Routes and schemas of one resource, in reading order."""

    title: str
    text: str
    routes: Sequence[Route] = ()
    schemas: Mapping[str, Json] = field(default_factory=dict)
