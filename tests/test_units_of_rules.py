"""The browser's units of measures are those of the catalogue of rules."""

from __future__ import annotations

import re
from pathlib import Path

from spatial_admin.cadastre.rules import RULES

MODULE = Path(__file__).resolve().parent.parent / "static" / "editor" / "findings" / "measure.js"


def test_every_rule_that_measures_has_its_unit_in_the_browser() -> None:
    (table,) = re.findall(r"const UNITS = \{(.*?)\};", MODULE.read_text(), re.DOTALL)
    units = dict(re.findall(r"(\w+): '([^']+)'", table))
    assert units == {name: rule.measure for name, rule in RULES.items() if rule.measure}
