"""Several independent edits in one call: each under its own key, in its own transaction, answered in order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from flask import current_app

from spatial_admin.errors import SpatialAdminError
from spatial_admin.models import db
from spatial_admin.services.editing.edit_boundaries import Author, edit_boundaries
from spatial_admin.services.editing.parse_edit import EditRequest
from spatial_admin.settings import Limits
from spatial_admin.transaction import Outcome

MOST_THREADS: Final = 8  # connections that the pool keeps; more would be opened and closed all the time


def edit_batch(
    requests: Sequence[EditRequest], author: Author, limits: Limits | None = None, *, threads: int = 4
) -> list[Outcome | SpatialAdminError]:
    """Make the edits, up to `threads` at a time, over the application's one pool of connections.

    One that is refused is answered with its error and stops none of the others; in which order they are made is not
    said, so edits that build on each other belong into one edit. Whatever is no fact to tell is raised at the end.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 (documented way out of a proxy)

    def make(request: EditRequest) -> Outcome | SpatialAdminError:
        with app.app_context():
            try:
                return edit_boundaries(request, author, limits)
            except SpatialAdminError as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(max(1, min(threads, MOST_THREADS)), thread_name_prefix="edit_batch") as pool:
        return list(pool.map(make, requests))
