"""Names for statements that took long: the constant that holds the text, else the function that ran it."""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from spatial_admin.connections.measurements import note_time

# Frames of these run statements for others; whose statement it is stands further up.
FOR_OTHERS: Final = ("spatial_admin.connections", "spatial_admin.transaction", "spatial_admin.edit_transaction",
                     "spatial_admin.read_transaction", "spatial_admin.models",
                     "spatial_admin.services.shared.run_sql")  # fmt: skip
BEGAN: Final = "spatial_admin.began"


def watch_statements(engine: Engine, slow_ms: float) -> None:
    """Tally, by name, the statements of an engine that take at least `slow_ms`; also those that were cancelled."""
    slow_s = slow_ms / 1000

    def begin(connection: Connection, *_: Any) -> None:
        connection.info[BEGAN] = time.perf_counter()

    def end(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        seconds = time.perf_counter() - connection.info[BEGAN]
        if seconds >= slow_s:
            note_time("slow_query", name_of(statement), seconds)

    def end_in_error(context: Any) -> None:
        connection = context.connection
        if connection is None or context.statement is None or connection.closed or connection.invalidated:
            return
        end(connection, None, context.statement)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", end_in_error)


def name_of(statement: str) -> str:
    """`module.CONSTANT` or `module.function` of who runs a statement now."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 (inspect.stack() reads every source file)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("spatial_admin.") and not module.startswith(FOR_OTHERS):
            short = module.removeprefix("spatial_admin.")
            named = (name for name, value in frame.f_globals.items() if isinstance(value, str) and value == statement)
            return f"{short}.{next(named, frame.f_code.co_name)}"
        frame = frame.f_back
    return "other"
