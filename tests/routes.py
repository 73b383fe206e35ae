"""What Werkzeug compiles for each route, kept from one application to the next.

Every test has an application of its own, with the same 140 routes; compiling the two functions of each was half of making it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
_builders: dict[tuple[Any, ...], Builder] = {}


class RememberedRule(Rule):
    """A route whose builders are compiled once a process: plain functions of its text alone, where it has no defaults."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


def remember_routes() -> None:
    """Let every application that is made from now on do so."""
    Flask.url_rule_class = RememberedRule
