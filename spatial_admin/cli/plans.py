"""`flask database plans`: the plan of every named query on this very database."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import text

from spatial_admin.services.database.explain_queries import Explanation, explain_queries
from spatial_admin.transaction import snapshot


@click.command("plans")
@click.option("--analyze", is_flag=True, help="Run those that only read, too, and show rows and times as they were.")
@click.option("--wrong", "only_wrong", is_flag=True, help="Show only plans that are wrong.")
@with_appcontext
def plans(*, analyze: bool, only_wrong: bool) -> None:
    """Explain every named query; ends with status 1 where a plan reads a growing table whole. Nothing is written."""
    many = wrong = 0
    with snapshot() as session:
        session.execute(text("SET LOCAL statement_timeout = '60s'"))
        for explanation in explain_queries(session, is_analyzed=analyze):
            many += 1
            wrong += bool(explanation.wrong)
            if explanation.wrong or not only_wrong:
                _show(explanation)
    if wrong:
        raise click.ClickException(f"{wrong} of {many} plans are wrong.")
    click.echo(f"All {many} plans find their rows by index.")


def _show(explanation: Explanation) -> None:
    query = explanation.query
    mark = click.style("WRONG", fg="red") if explanation.wrong else click.style("ok   ", fg="green")
    time = "" if explanation.time_ms is None else f"  {explanation.time_ms:.1f} ms"
    click.echo(f"{mark}  {query.name}: {query.sentence}{time}")
    for step in explanation.steps:
        rows = f"{step.rows:,} rows" if step.actual_rows is None else f"{step.actual_rows:,} of {step.rows:,} rows"
        click.echo(f"         {step.node}{f' by {step.index}' if step.index else ''} of {step.table}: {rows}")
    for why in explanation.wrong:
        click.secho(f"         {why}", fg="red")
    if query.whole:
        click.echo(f"         on purpose: {query.whole}")
