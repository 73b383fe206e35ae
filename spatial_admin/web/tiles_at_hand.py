"""Tiles in memory, answered before Flask begins, to whoever was recognized a moment ago.

A map asks for dozens of tiles at once, most of which are in memory; for each, finding the view, opening the session and
running every hook of the application took longer than all that is peculiar to a tile. Nothing is decided here: that
somebody may see tiles, and which write of theirs a tile must show, was found out by a request that went through Flask
with the very same credentials, and holds for as long as that account is taken for proven there. Where anything is not
as usual (a query, a mark or a position sent along, a poll that is due, a tile that is not here) Flask answers.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask import Flask, Request, session
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.services.accounts.recognize_account import LIFETIME_S, SIZE, LatelyProven
from spatial_admin.services.tiles.remember_tiles import Kept, OwnWrite
from spatial_admin.services.tiles.serve_tile import memory_of
from spatial_admin.web.authentication import by_header, by_session
from spatial_admin.web.request_metrics import METRICS
from spatial_admin.web.security_headers import headers_without_scripts

EXTENSION: Final = "spatial_admin.tiles_at_hand"
ENDPOINT: Final = "tiles.get_tile"
PATH: Final = re.compile(r"/tiles/parcels/([0-9]{1,2})/([0-9]{1,8})/([0-9]{1,8})\.mvt")
# What asks for a tile as new as something; the view knows what to do with it.
MARK_HEADER: Final = "Spatial-Admin-Tile-Mark"
AS_NEW_AS: Final = ("HTTP_SPATIAL_ADMIN_TILE_MARK", "HTTP_SPATIAL_ADMIN_POSITION")
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
# A proxy may keep the bodies (public), because a tile is the same for everybody who may see any. But it must ask before
# each use (no-cache), and asks with the credentials of whoever asks it: so nobody who is not signed in gets one, and
# nobody an old one. The answer to that is mostly 304, without a body and without the database. Vary keeps one person's
# entry apart from another's in a proxy that would reuse an answer without asking after an error.
CACHING: Final = [("Cache-Control", "public, no-cache"), ("Vary", "Cookie, Authorization, Accept-Encoding")]
STATUS: Final = {200: "200 OK", 304: "304 NOT MODIFIED"}

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asker:
    """What a browser's cookie said: the credential in it, the write its tiles must show, and until when that holds."""

    credential: str
    own: OwnWrite | None
    until: float


class TilesAtHand:
    """WSGI middleware in front of the application; safe for threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._application = app.wsgi_app
        self._lately: LatelyProven = app.extensions["spatial_admin.lately_proven"]
        self._always = headers_without_scripts(app.config["SETTINGS"])
        self._lock = threading.Lock()
        self._askers: OrderedDict[bytes, Asker] = OrderedDict()

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The tile, or whatever the application answers."""
        begun = time.perf_counter()
        kept = self._kept(environ)
        if kept is None:
            return self._application(environ, start_response)
        status, headers, body = described(kept, environ.get("HTTP_ACCEPT_ENCODING"), environ.get("HTTP_IF_NONE_MATCH"))
        if status == 200:
            headers += [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body)))]
        start_response(STATUS[status], headers + self._always)
        METRICS.note(ENDPOINT, "GET", status, time.perf_counter() - begun)
        return (body,) if body else ()

    def remember(self, asked: Request, own: OwnWrite | None) -> None:
        """Somebody with a session was given a tile by the application: the next ones may come from here."""
        if "Authorization" in asked.headers or session.modified or any(name in asked.environ for name in AS_NEW_AS):
            return  # credentials of a client are their own name; a session that is about to change is none to keep
        asker = Asker(by_session(str(session["_user_id"])), own, time.monotonic() + LIFETIME_S)
        key = self._key(asked.environ)
        with self._lock:
            self._askers[key] = asker
            self._askers.move_to_end(key)
            while len(self._askers) > SIZE:
                self._askers.popitem(last=False)

    def _kept(self, environ: Environ) -> Kept | None:
        path = PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING"):
            return None
        if any(name in environ for name in AS_NEW_AS):
            return None
        memory = memory_of(self._app)
        asker = self._asker(environ)
        if memory is None or asker is None or self._lately.known(asker.credential) is None:
            return None
        return memory.at_hand(Tile(*map(int, path.groups())), asker.own)

    def _asker(self, environ: Environ) -> Asker | None:
        header = environ.get("HTTP_AUTHORIZATION")
        if header is not None:
            return Asker(by_header(header), None, 0)
        if "HTTP_COOKIE" not in environ:
            return None
        with self._lock:
            asker = self._askers.get(self._key(environ))
        return None if asker is None or asker.until < time.monotonic() else asker

    def _key(self, environ: Environ) -> bytes:
        """All that Flask-Login looks at when it takes a session for somebody's."""
        names = "HTTP_COOKIE", "HTTP_USER_AGENT", "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"
        return self._lately.digest("\n".join([environ.get(name, "") for name in names]))


def described(kept: Kept, accepted: str | None, known: str | None) -> tuple[int, Headers, bytes]:
    """Status, headers and body of the answer to who takes the encodings `accepted` and has what If-None-Match names."""
    # Compressed bytes are other bytes, and so have another strong ETag (RFC 9110, 8.8.3.3).
    packed = kept.packed() if _takes_gzip(accepted) else None
    etag = kept.digest if packed is None else f"{kept.digest}-gzip"
    headers = [("ETag", f'"{etag}"'), *CACHING]
    if known is not None and parse_etags(known).contains(etag):
        return 304, headers, b""
    if packed is None:
        return 200, headers, kept.body
    return 200, [*headers, ("Content-Encoding", "gzip")], packed


@lru_cache(maxsize=256)
def _takes_gzip(accepted: str | None) -> bool:
    """Does a client take gzip, by its header? Clients are of few kinds, and each asks for tiles by the hundred."""
    return parse_accept_header(accepted, Accept)["gzip"] > 0


def init_app(app: Flask) -> None:
    """Stand in front of the application."""
    at_hand = TilesAtHand(app)
    app.extensions[EXTENSION] = at_hand
    app.wsgi_app = at_hand  # type: ignore[method-assign]  # how Flask documents it
