"""Database: what needs attention and the action that helps; below, what PostgreSQL tells of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError

from spatial_admin.admin.administrator_view import AdministratorView
from spatial_admin.admin.database_tables import tables_of, tables_of_process
from spatial_admin.database_errors import is_connection_loss
from spatial_admin.errors import BadRequest, NotFound
from spatial_admin.models import db
from spatial_admin.services.accounts.end_session import cancel_statement, end_idle_session
from spatial_admin.services.database.describe_backups import describe_backups
from spatial_admin.services.database.describe_connections import describe_connections
from spatial_admin.services.database.describe_server import describe_server
from spatial_admin.services.database.describe_sessions import describe_sessions
from spatial_admin.services.database.describe_upkeep import describe_upkeep
from spatial_admin.services.database.judge_database import judge_database
from spatial_admin.services.database.judge_replicas import judge_lost_primary
from spatial_admin.services.database.queue_backup import queue_backup
from spatial_admin.services.database.queue_maintenance import queue_maintenance
from spatial_admin.services.shared.authorize import ADMINISTRATOR, require_role
from spatial_admin.transaction import short

BIGGEST_PID = 2**31 - 1
PATIENCE_MS = 5_000


class DatabaseView(AdministratorView):
    """How the database is, read anew each time it is opened and never by itself."""

    @expose("/")  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def index(self) -> Any:
        """Render the page; a replica is never asked, for it would tell of itself."""
        try:
            with short(statement_timeout_ms=PATIENCE_MS) as session:
                connection = session.connection()
                sessions, upkeep = describe_sessions(connection), describe_upkeep(connection)
                server = describe_server(connection)
                backups = describe_backups(connection, current_app.config["SETTINGS"].upkeep)
        except DBAPIError as error:
            if not is_connection_loss(error):
                raise
            return self._lost(error)
        own = describe_connections()
        return self.render(
            "admin/database.html",
            attention=judge_database(sessions, upkeep, server, backups, own.replicas),
            tables=tables_of(sessions, upkeep, server, backups, own),
            sessions=sessions,
            upkeep=upkeep,
            backups=backups,
            now=datetime.now(UTC),
        )

    def _lost(self, error: DBAPIError) -> Any:
        """What this process knows while the primary is out of reach, when the page is needed most."""
        own = describe_connections()
        is_alone = "," not in str(db.engine.url.query.get("host", db.engine.url.host or ""))
        attention = judge_lost_primary(" ".join(f"{error.orig}".split()), own.replicas, is_alone=is_alone)
        page = self.render(
            "admin/database.html", attention=attention, tables=tables_of_process(own), now=datetime.now(UTC)
        )
        return page, HTTPStatus.SERVICE_UNAVAILABLE

    @expose("/end", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def end(self) -> Any:
        """End a session that is idle in a transaction."""
        pid = _pid()
        return self._done(
            end_idle_session, f"The session of process {pid} is ended.", pid, request.form.get("started", "")
        )

    @expose("/cancel", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def cancel(self) -> Any:
        """Cancel a statement that runs."""
        pid, form = _pid(), request.form
        said = f"The statement of process {pid} is cancelled."
        return self._done(cancel_statement, said, pid, form.get("started", ""), form.get("asked", ""))

    @expose("/maintain", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def maintain(self) -> Any:
        """Queue maintenance and show its job."""
        number = queue_maintenance(require_role(ADMINISTRATOR).id)
        flash(Markup("Maintenance is asked for; job {} does it.").format(number), "success")
        return redirect(url_for("job.details_view", id=number), code=303)

    @expose("/back-up", methods=("POST",))  # type: ignore[untyped-decorator]  # Flask-Admin ships no types
    def back_up(self) -> Any:
        """Queue a backup and show its job."""
        number = queue_backup(require_role(ADMINISTRATOR).id)
        flash(Markup("A backup is asked for; job {} makes it.").format(number), "success")
        return redirect(url_for("job.details_view", id=number), code=303)

    def _done(self, act: Any, said: str, *arguments: Any) -> Any:
        try:
            act(*arguments)
        except NotFound:
            flash("It has ended, or gone on to something else, meanwhile; nothing was done.", "info")
        else:
            flash(said, "success")
        return redirect(self.get_url(".index"), code=303)


def _pid() -> int:
    text = request.form.get("pid", "")
    if not (text.isdecimal() and text.isascii() and int(text) <= BIGGEST_PID):
        raise BadRequest("pid", "it is the number of a process")
    return int(text)
