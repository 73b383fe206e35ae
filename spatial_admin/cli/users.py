"""`flask users`: accounts and the tokens of their clients."""

from __future__ import annotations

import click

from spatial_admin.cli.command_group import CommandGroup
from spatial_admin.models import ROLES
from spatial_admin.services.accounts.manage_accounts import create_account, issue_token

group = CommandGroup("users", help="Accounts and tokens.")


@group.command("create")
@click.argument("email")
@click.option("--role", "roles", multiple=True, type=click.Choice(list(ROLES)), required=True, help="May be repeated.")
@click.option("--password", help="Seen by others in the list of processes; leave it out to be asked or given one.")
@click.option("--ask", is_flag=True, help="Ask for the password instead of making one.")
def create(email: str, roles: tuple[str, ...], password: str | None, *, ask: bool) -> None:
    """Create the account EMAIL; a password that was made is shown once."""
    if ask:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    _, stored = create_account(email, roles, password)
    click.echo(f"Created {email} ({', '.join(roles)}).")
    if not password:
        click.echo(f"Password, shown only now: {stored}")


@group.command("token")
@click.argument("email")
@click.option("--days", type=int, help="Valid for so many days; without it the token does not expire.")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
def token(email: str, days: int | None, name: str) -> None:
    """Make a token for a client of EMAIL. It stands alone on the last line and is shown only now."""
    made = issue_token(email, name, days)
    click.echo("Send it as `Authorization: Bearer …`. It is not kept anywhere; for another, run this again.", err=True)
    click.echo(made)
