"""Tiles that this process drew lately, and how it knows that they are still true.

Everything kept is at least as new as one snapshot of the database, the mark. A poll asks what came after the mark,
drops the tiles of those places and moves the mark on. What makes a race: a tile may be drawn from an older snapshot
than a poll that ends while it is drawn. So whoever draws takes a ticket first (mark and generation), and the tile is
kept only if its snapshot sees all that the ticket's mark saw, and nothing that was dropped since the ticket lies in it.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
import weakref
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from spatial_admin.cadastre.tile_grid import BUFFER, EXTENT, Tile, column_of, row_of
from spatial_admin.services.tiles.pack_tile import packed_where_it_pays
from spatial_admin.services.tiles.read_tile_changes import Change, Changes, sees_all_of

POLL_S: Final = 1.0  # others' changes are seen after so long at most
UNPOLLED_S: Final = 5.0  # a tile is not answered while the last poll is longer ago
OVERHEAD_BYTES: Final = 500  # of Python's objects around a body
POSITIONS: Final = 1_024
LOG: Final = 512  # invalidations that a tile may be drawn through
MARGIN: Final = BUFFER / EXTENT


@dataclass(frozen=True, slots=True)
class OwnWrite:
    """Somebody's last write: whose, and its position in the write-ahead log (such as 0/16B3748)."""

    account_id: int
    position: str

    @property
    def number(self) -> int:
        """The position as a number; 0 for what is none, which every poll has seen."""
        high, _, low = self.position.partition("/")
        try:
            return (int(high, 16) << 32) + int(low, 16)
        except ValueError:
            return 0


@dataclass(slots=True)
class Kept:
    """A tile's bytes, their digest, and the same compressed where that pays (made when it is first asked for)."""

    body: bytes
    digest: str
    _packed: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, body: bytes, compressed: bytes | None = None) -> Kept:
        """With the digest of the bytes; `compressed` where that is made already."""
        return cls(body, hashlib.sha256(body).hexdigest()[:32], compressed)

    def packed(self) -> bytes | None:
        """The body in gzip's format, None where it hardly gets smaller."""
        if self._packed is None:
            self._packed = packed_where_it_pays(self.body) or b""
        return self._packed or None

    @property
    def weight(self) -> int:
        """Bytes it takes, the compressed ones supposed."""
        return len(self.body) * 3 // 2 + OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was known when somebody looked: the tile if it can be answered, else whether to poll, and since when.

    `stored_to`: tiles of up to this zoom may be stored in the database.
    """

    kept: Kept | None
    is_due: bool
    mark: str | None
    generation: int
    at: float
    stored_to: int


class TileMemory:
    """Tiles by number, the least used leave first; safe for threads, empty again in a forked child."""

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._clock = clock
        self._begin()
        forget = weakref.WeakMethod(self._begin)
        os.register_at_fork(after_in_child=lambda: (again := forget()) is not None and again())

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._tiles: OrderedDict[Tile, Kept] = OrderedDict()
        self._bytes = 0
        self._mark: str | None = None
        self._stored_to = -1
        self._generation = 0
        self._polled_at = -math.inf
        self._asked_at = -math.inf
        self._log: deque[tuple[int, Changes]] = deque(maxlen=LOG)
        self._seen_to = 0  # every write below this position was there when a poll began
        self._seen: OrderedDict[OwnWrite, None] = OrderedDict()
        self.counts: Counter[str] = Counter()

    def look(self, tile: Tile, own: OwnWrite | None, told: str | None = None) -> Ticket:
        """The tile, if it is here and no poll is due; the asker must not miss `own` or what the mark `told` sees."""
        now = self._clock()
        with self._lock:
            is_due = self._is_due(now, own, told)
            kept = None if is_due else self._get(tile)
            return Ticket(kept, is_due, self._mark, self._generation, now, self._stored_to)

    def at_hand(self, tile: Tile, own: OwnWrite | None) -> Kept | None:
        """The tile, if `look` would give it. None leaves everything as it is: who then looks may be the one to poll."""
        with self._lock:
            kept = self._tiles.get(tile)
            if kept is None or self._must_see_more(own, None) or self._is_old(self._clock()):
                return None
            return self._get(tile)

    def advance(self, ticket: Ticket, changes: Changes, own: OwnWrite | None, tile: Tile) -> Ticket:
        """Drop what a poll says has changed and move the mark on; gives the ticket to go on with (perhaps the tile)."""
        with self._lock:
            is_first = ticket.generation == self._generation
            self._drop(changes)
            self._stored_to = changes.stored_to
            self._polled_at = max(self._polled_at, ticket.at)
            if is_first:
                self._move(changes.mark)
                if own is not None:
                    self._note(own)
            # Else somebody else's poll moved the mark on meanwhile, perhaps on a replica that lags: from there the next
            # poll is told all of this again, and whoever must not miss their own write draws for themselves.
            kept = self._get(tile) if is_first else None
            return Ticket(kept, False, self._mark, self._generation, ticket.at, changes.stored_to)

    def keep(self, tile: Tile, kept: Kept, ticket: Ticket, drawn_from: str) -> bool:
        """Keep a tile that was drawn from a snapshot of the mark `drawn_from`, unless it may be too old."""
        with self._lock:
            if ticket.mark is None or not sees_all_of(drawn_from, ticket.mark) or self._was_touched(tile, ticket):
                self.counts["too_old"] += 1
                return False
            self._forget(tile)
            if kept.weight <= self._most_bytes:
                self._tiles[tile] = kept
                self._bytes += kept.weight
            while self._bytes > self._most_bytes:
                self._forget(next(iter(self._tiles)))
            return True

    def __len__(self) -> int:
        return len(self._tiles)

    def _is_due(self, now: float, own: OwnWrite | None, told: str | None) -> bool:
        """Must whoever looks now poll? One does so for all, and is taken at its word."""
        if self._must_see_more(own, told):
            return True
        is_due = self._is_old(now)
        if is_due:
            self._asked_at = now
        return is_due

    def _must_see_more(self, own: OwnWrite | None, told: str | None) -> bool:
        if self._mark is None or (own is not None and own.number >= self._seen_to and own not in self._seen):
            return True
        return told is not None and not sees_all_of(self._mark, told)

    def _is_old(self, now: float) -> bool:
        age = now - self._polled_at
        # One asks for all; the others go on with what there is, unless it never comes back.
        return not (age < POLL_S or (now - self._asked_at < POLL_S and age < UNPOLLED_S))

    def _move(self, mark: str) -> None:
        if self._mark is not None and not sees_all_of(mark, self._mark):
            # On a replica that lags behind: what writers were sure to see may be missing in tiles from now on.
            self._seen_to = 0
            self._seen.clear()
        self._mark = mark

    def _note(self, own: OwnWrite) -> None:
        # Who wrote was told the position after the commit, so a poll that begins later sees the write. What others
        # wrote at the very same position may have become visible later: hence `>=` above, and the pair itself.
        self._seen_to = max(self._seen_to, own.number)
        self._seen[own] = None
        self._seen.move_to_end(own)
        while len(self._seen) > POSITIONS:
            self._seen.popitem(last=False)

    def _get(self, tile: Tile) -> Kept | None:
        kept = self._tiles.get(tile)
        self.counts["found" if kept else "missing"] += 1
        if kept is not None:
            self._tiles.move_to_end(tile)
        return kept

    def _forget(self, tile: Tile) -> None:
        kept = self._tiles.pop(tile, None)
        if kept is not None:
            self._bytes -= kept.weight

    def _drop(self, changes: Changes) -> None:
        self._generation += 1
        self._log.append((self._generation, changes))
        if changes.is_everything:
            self._tiles.clear()
            self._bytes = 0
        elif changes.places:
            for tile in touched(self._tiles, changes.places):
                self._forget(tile)

    def _was_touched(self, tile: Tile, ticket: Ticket) -> bool:
        since = self._generation - ticket.generation
        if since > len(self._log):
            return True
        later = (changes for generation, changes in self._log if generation > ticket.generation)
        return since > 0 and any(c.is_everything or touched((tile,), c.places) for c in later)


def touched(tiles: Iterable[Tile], places: Iterable[Change]) -> list[Tile]:
    """Those of the tiles that show, or draw beyond their side, something of one of the places."""
    spans: dict[int, list[tuple[float, float, float, float]]] = {}
    found = []
    places = tuple(places)
    for tile in tiles:
        if tile.z not in spans:
            spans[tile.z] = [_span(change, tile.z) for change in places if change.from_zoom <= tile.z]
        if any(w <= tile.x <= e and n <= tile.y <= s for w, s, e, n in spans[tile.z]):
            found.append(tile)
    return found


def _span(change: Change, z: int) -> tuple[float, float, float, float]:
    """First and last column and row (west, south, east, north) whose tiles a place touches."""
    west, south, east, north = change.box
    return (
        math.floor(column_of(west, z) - MARGIN),
        math.floor(row_of(south, z) + MARGIN),
        math.floor(column_of(east, z) + MARGIN),
        math.floor(row_of(north, z) - MARGIN),
    )
