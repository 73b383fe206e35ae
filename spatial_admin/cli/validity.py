"""`flask validity`: what the rules say of the whole coverage, and how they are set."""

from __future__ import annotations

import json
import time

import click

from spatial_admin.cadastre.rules import RULES
from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.cli.progress_line import ProgressLine
from spatial_admin.services.findings.load_rules import rule_book
from spatial_admin.services.findings.scan_coverage import PROCESSES, scan_coverage

group = CommandGroup("validity", help="Scan the coverage by all rules; show how these are set.")


@group.command("scan")
@click.option("--processes", type=click.IntRange(1, 64), default=PROCESSES, show_default=True, help="At a time.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on stdout.")
def scan(*, processes: int, as_json: bool) -> None:
    """Look at every parcel; findings follow. Nobody waits for it, and one that was killed is gone on with."""
    began = time.monotonic()
    with ProgressLine() as line:

        def told(stage: str, done: int, total: int | None = None) -> None:
            passed = time.monotonic() - began
            rate = done / passed if passed else 0.0
            left = (total - done) / rate if total and rate else None
            line.show(stage, done, total, rate, left)

        result = scan_coverage(told, processes=processes)
    if as_json:
        click.echo(json.dumps(result))
        return
    click.echo(
        f"Scan {result['scan_id']}: {result['parcels']:,} parcels, {result['defects']:,} defects. Findings: "
        f"{result['opened']:,} opened, {result['reopened']:,} opened again, {result['changed']:,} changed, "
        f"{result['fixed']:,} fixed, {result['skipped']:,} left to the next scan."
    )


@group.command("rules")
def rules() -> None:
    """Every rule: how bad it is, whether it blocks an edit, and its numbers."""
    book = rule_book()
    for name, rule in RULES.items():
        setting = book.settings[name]
        state = "off" if not setting.is_on else "blocks" if setting.blocks else "advisory"
        numbers = ", ".join(f"{p.name} = {setting.numbers[p.name]:g}" for p in rule.parameters)
        click.echo(f"{name:<17} {setting.severity:<8} {state:<9} {numbers}".rstrip())
