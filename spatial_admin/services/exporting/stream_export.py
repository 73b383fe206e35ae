"""A text that goes out while PostgreSQL makes it: GeoJSON, GeoJSON lines, CSV. Memory holds a few blocks of it.

COPY pushes and a web server pulls, so a thread stands between them. It waits when nobody reads, until the time of the
export is over: then the snapshot is let go of, whatever the reader does.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import psycopg2
from sqlalchemy.orm import Session

from spatial_admin.errors import TookTooLong
from spatial_admin.services.shared.copy_out import Blocks, copy_out
from spatial_admin.transaction import raw_connection

WAITING_BLOCKS: Final = 4
LOOK_EVERY_S: Final = 0.2
logger = logging.getLogger(__name__)


class _AbandonedError(Exception):
    """Nobody reads any more."""


class ExportStream(Iterator[bytes]):
    """The blocks of a text between `head` and `tail`; `close` ends it at any time, and must be called.

    An error in its midst is raised where the next block is asked for, and the tail never comes: the web server breaks
    the connection off without the chunk that ends a whole answer.
    """

    def __init__(
        self, session: Session, statement: bytes, *, head: bytes = b"", tail: bytes = b"", is_json: bool, seconds: float
    ) -> None:
        self._session, self._statement, self._is_json = session, statement, is_json
        self._head, self._tail, self._seconds = head, tail, seconds
        self._until = time.monotonic() + seconds
        self._ready: queue.Queue[bytes | BaseException | None] = queue.Queue(WAITING_BLOCKS)
        self._is_abandoned = threading.Event()
        self._is_over = False
        self._cleanup = ExitStack()
        self._connection = raw_connection(session)
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()
        try:
            # What breaks before the first byte is answered as any error; of a small export that is all of it.
            early = [self._take(), self._take()]
        except BaseException:
            self.close()
            raise
        self._blocks = filter(None, self._whole(*early))  # a chunk without bytes is the last one

    def __next__(self) -> bytes:
        """The next block; after the last, nothing is held any more."""
        try:
            return next(self._blocks)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        """Stop copying, wherever it is, and give back what it holds. The connection goes where it is not at an end."""
        self._is_abandoned.set()
        if self._thread.is_alive():
            try:
                self._connection.cancel()
            except psycopg2.Error:
                logger.info("An export that nobody reads any more could not be cancelled; its connection is closed.")
        self._thread.join()
        if not self._is_over:
            self._session.invalidate()
        self._cleanup.close()

    def on_close(self, cleanup: ExitStack) -> None:
        """What is given back when it is closed: now, where PostgreSQL has said everything."""
        self._cleanup = cleanup.pop_all()
        if self._is_over:
            self.close()

    def _whole(self, first: bytes, second: bytes) -> Iterator[bytes]:
        # The comma between two features stands before each of them, and so before the first.
        yield self._head + first[1:] if self._head else first
        yield second
        while not self._is_over:
            yield self._take()
        yield self._tail

    def _take(self) -> bytes:
        """The next block, nothing at the end; raises what broke the copy."""
        item = None if self._is_over else self._ready.get()
        if isinstance(item, BaseException):
            raise item
        if item is None:
            self._is_over = True
            return b""
        return item

    def _copy(self) -> None:
        blocks = Blocks(self._put, is_json=self._is_json)
        try:
            copy_out(self._session, self._statement, blocks)
            blocks.flush()
            self._put(None)
        except _AbandonedError:
            return
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that reads)
            self._connection.close()  # or the snapshot would be kept for as long as the reader likes
            self._tell(error)

    def _put(self, item: bytes | None) -> None:
        while not self._is_abandoned.is_set():
            try:
                self._ready.put(item, timeout=LOOK_EVERY_S)
            except queue.Full:
                if time.monotonic() < self._until:
                    continue
                raise TookTooLong(
                    f"An export may take {self._seconds:,.0f} s, with its way to whoever reads it."
                ) from None
            return
        raise _AbandonedError

    def _tell(self, error: BaseException) -> None:
        while not self._is_abandoned.is_set():
            try:
                self._ready.put(error, timeout=LOOK_EVERY_S)
            except queue.Full:
                continue
            return
