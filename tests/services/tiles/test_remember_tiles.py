"""The memory of tiles: what is due, what is dropped, and that nothing older is kept behind an invalidation."""

from __future__ import annotations

import os

import pytest

from spatial_admin.cadastre.tile_grid import Tile
from spatial_admin.errors import BadRequest
from spatial_admin.services.tiles.read_tile_changes import Change, Changes, checked, sees_all_of
from spatial_admin.services.tiles.remember_tiles import Kept, OwnWrite, TileMemory, touched

HERE, THERE = Tile(14, 8297, 5636), Tile(14, 8400, 5636)
PLACE = Change(HERE.box(), 14)


class Clock:
    """Time that stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> TileMemory:
    """A memory that was polled just now, at a mark."""
    memory = TileMemory(100_000, clock)
    memory.advance(memory.look(HERE, None), Changes("10:10:"), None, HERE)
    return memory


def keep(memory: TileMemory, tile: Tile, mark: str = "10:10:") -> bool:
    return memory.keep(tile, Kept.of(b"x" * 1000), memory.look(tile, None), mark)


def test_an_empty_memory_asks_first() -> None:
    assert TileMemory(1000).look(HERE, None).is_due


def test_what_is_kept_is_found_until_a_poll_is_due(memory: TileMemory, clock: Clock) -> None:
    assert keep(memory, HERE)
    assert memory.look(HERE, None).kept is not None
    clock.now += 1.01
    assert memory.look(HERE, None).is_due
    assert memory.look(HERE, None).kept is not None, "one asks for all"
    clock.now += 5
    assert memory.look(HERE, None).is_due
    assert memory.look(THERE, None).is_due, "nobody is answered while the poll does not come back"


def test_what_is_at_hand_is_what_a_look_would_give_and_takes_nobodys_turn_to_poll(
    memory: TileMemory, clock: Clock
) -> None:
    keep(memory, HERE)
    assert memory.at_hand(HERE, None) is not None
    assert memory.at_hand(HERE, OwnWrite(1, "0/FF")) is None
    clock.now += 1.1
    assert memory.at_hand(HERE, None) is None
    assert memory.look(HERE, None).is_due, "whoever looks next polls"
    assert memory.at_hand(HERE, None) is not None, "while one polls the others go on"


def test_whoever_was_told_of_more_than_the_memory_saw_makes_it_ask(memory: TileMemory) -> None:
    keep(memory, HERE)
    assert memory.look(HERE, None, "10:10:").kept is not None
    assert memory.look(HERE, None, "9:9:").kept is not None
    assert memory.look(HERE, None, "11:11:").is_due
    assert memory.look(HERE, None, "11:11:").is_due, "each of them, until a poll has come back"
    memory.advance(memory.look(HERE, None, "11:11:"), Changes("12:12:"), None, HERE)
    assert memory.look(HERE, None, "11:11:").kept is not None


def test_a_change_drops_the_tiles_that_it_touches_and_no_others(memory: TileMemory) -> None:
    keep(memory, HERE)
    keep(memory, THERE)
    low = Tile(8, HERE.x >> 6, HERE.y >> 6)
    keep(memory, low)
    memory.advance(memory.look(HERE, None), Changes("10:12:", (PLACE,)), None, HERE)
    assert memory.look(HERE, None).kept is None
    assert memory.look(THERE, None).kept is not None
    assert memory.look(low, None).kept is not None, "no count below zoom 14 changed"


def test_everything_is_dropped_where_too_much_changed(memory: TileMemory) -> None:
    keep(memory, THERE)
    memory.advance(memory.look(HERE, None), Changes("10:12:", is_everything=True), None, HERE)
    assert len(memory) == 0


@pytest.mark.parametrize(
    ("poll", "drawn_from", "is_kept", "why"),
    [
        (Changes("10:12:", (PLACE,)), "10:11:", False, "it was dropped while it was drawn"),
        (Changes("10:12:", (PLACE,)), "10:12:", False, "it may be of after, but that is not known"),
        (Changes("10:12:", (Change(THERE.box(), 14),)), "10:11:", True, "what changed lies elsewhere"),
        (Changes("10:12:", is_everything=True), "10:11:", False, "everything was dropped"),
        (None, "10:10:", True, "nobody polled"),
        (None, "9:9:", False, "a replica that lags behind the mark"),
    ],
)
def test_a_tile_drawn_through_a_poll_is_kept_only_if_it_is_as_new(
    memory: TileMemory, poll: Changes | None, drawn_from: str, is_kept: bool, why: str
) -> None:
    ticket = memory.look(HERE, None)
    if poll is not None:
        memory.advance(memory.look(HERE, None), poll, None, THERE)
    assert memory.keep(HERE, Kept.of(b"x"), ticket, drawn_from) is is_kept, why


def test_more_polls_than_are_remembered_are_not_drawn_through(memory: TileMemory) -> None:
    ticket = memory.look(HERE, None)
    for number in range(600):
        memory.advance(memory.look(THERE, None), Changes(f"10:{11 + number}:"), None, THERE)
    assert not memory.keep(HERE, Kept.of(b"x"), ticket, "10:2000:")


def test_ones_own_write_asks_at_once_and_only_once(memory: TileMemory) -> None:
    own = OwnWrite(7, "0/16B3748")
    keep(memory, HERE)
    assert memory.look(HERE, own).is_due
    memory.advance(memory.look(HERE, own), Changes("10:12:"), own, HERE)
    assert not memory.look(HERE, own).is_due
    assert not memory.look(HERE, OwnWrite(8, "0/16B3747")).is_due, "an older one was seen as well"
    assert memory.look(HERE, OwnWrite(8, "0/16B3748")).is_due, "the same position may have become visible later"
    assert memory.look(HERE, OwnWrite(7, "1/0")).is_due


def test_a_poll_on_a_replica_that_lags_forgets_what_writers_were_sure_of(memory: TileMemory) -> None:
    own = OwnWrite(7, "0/16B3748")
    memory.advance(memory.look(HERE, own), Changes("12:12:"), own, HERE)
    memory.advance(memory.look(HERE, None), Changes("11:11:"), None, HERE)
    assert memory.look(HERE, own).is_due


def test_who_polled_beside_another_draws_for_themselves(memory: TileMemory) -> None:
    own = OwnWrite(7, "0/16B3748")
    keep(memory, HERE)
    mine = memory.look(HERE, own)
    memory.advance(memory.look(THERE, None), Changes("10:11:"), None, THERE)
    assert memory.advance(mine, Changes("10:12:"), own, HERE).kept is None
    assert memory.look(HERE, own).is_due


def test_it_holds_no_more_bytes_than_it_may(memory: TileMemory) -> None:
    for x in range(200):
        keep(memory, Tile(14, x, 0))
    assert 10 < len(memory) < 60
    assert memory.look(Tile(14, 199, 0), None).kept is not None, "the newest stay"
    assert not len(TileMemory(0)), "0 keeps nothing"


def test_a_forked_child_begins_with_nothing(memory: TileMemory) -> None:
    keep(memory, HERE)
    with memory._lock:  # held by a thread that the child does not have
        child = os.fork()
        if child == 0:
            os._exit(0 if len(memory) == 0 and memory.look(HERE, None).is_due else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(memory) == 1


def test_a_change_touches_what_is_drawn_beyond_a_tiles_side() -> None:
    west, south, _, north = HERE.box()
    width = 360 / 2**14
    for part, is_touched in ((0.010, True), (0.02, False)):
        beside = Change((west - 0.5 * width, south, west - part * width, north), 0)
        assert bool(touched([HERE], [beside])) is is_touched


@pytest.mark.parametrize(
    ("newer", "older", "sees"),
    [
        ("5:9:5,7", "5:8:5,7", True),
        ("5:9:5,7", "5:8:5", False),  # 7 was finished for the older one
        ("9:9:", "5:9:5,7", True),
        ("5:8:5", "5:9:5", False),  # 8 was finished
        ("5:8:5", "5:9:5,8", True),  # 8 was running
        ("7:7:", "9:9:", False),  # a replica that lags
    ],
)
def test_a_snapshot_that_sees_all_of_another(newer: str, older: str, sees: bool) -> None:
    assert sees_all_of(newer, older) is sees


@pytest.mark.parametrize(
    "mark", ["", "x", "1:2", "3:2:", "1:2:3", "1:5:4,3", "0:0:", "1:2:" + "1," * 3000, "9" * 20 + ":1:"]
)
def test_what_is_no_mark_is_refused(mark: str) -> None:
    with pytest.raises(BadRequest):
        checked(mark)


def test_compression_is_left_where_it_does_not_pay() -> None:
    assert Kept.of(b"x" * 10).packed() is None
    assert Kept.of(os.urandom(5000)).packed() is None
    packed = Kept.of(b"x" * 5000).packed()
    assert packed is not None
    assert len(packed) < 100
