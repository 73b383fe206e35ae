"""The session of a request (`db.session`): read where transaction.py says, within the bounds of the request."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import SessionTransaction

HOOKS: Final = "spatial_admin.request_session"  # of the application: (engine to read, statement that bounds it)


class RequestSession(Session):
    """Chooses a server when a transaction begins, and stays with it until that ends."""

    _server: Engine | None = None

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any) -> Engine | Connection:
        """The server of this transaction."""
        hooks = current_app.extensions.get(HOOKS)
        if bind is not None or hooks is None:
            return super().get_bind(mapper=mapper, clause=clause, bind=bind, **kwargs)
        if self._server is None:
            self._server = hooks[0]()
        return self._server


@event.listens_for(RequestSession, "after_begin")
def _bound(_session: RequestSession, _transaction: SessionTransaction, connection: Connection) -> None:
    hooks = current_app.extensions.get(HOOKS)
    statement = hooks[1]() if hooks else ""
    if statement:
        connection.exec_driver_sql(statement)


@event.listens_for(RequestSession, "after_transaction_end")
def _ended(session: RequestSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session._server = None  # noqa: SLF001 (its own)
