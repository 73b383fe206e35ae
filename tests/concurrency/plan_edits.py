"""What an editor decides to do after looking at a block: appends to its lists, and now and then something to be refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from tests.concurrency.fabric import move, update
from tests.concurrency.lists_in_parcels import DEEP, LANE, LOT, SHALLOW, Block, Line, Lot, log_of, point

Operation = dict[str, Any]
Lots = Mapping[str, Lot]


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations, the versions they rest on, and the (list, element) pairs that they append."""

    operations: tuple[Operation, ...]
    seen: Mapping[str, int]
    appends: tuple[tuple[str, int], ...] = ()
    is_killed: bool = False  # its connection dies before the commit, and its author gives up

    def __add__(self, other: Plan) -> Plan:
        """Both in one edit."""
        return Plan(self.operations + other.operations, {**self.seen, **other.seen}, self.appends + other.appends)


def append_points(line: Line, lots: Lots, block: Block, elements: Sequence[int], depth: int = SHALLOW) -> Plan:
    """Append points to a boundary: each between the last one and the corner at the end."""
    owner = lots[line.lots[0]]
    spots = line.spots(owner.ring, block.corners[owner.lot])
    path = [line.start, *spots]
    operations = []
    for element in elements:
        path.append(line.spot(len(path) - 1, element, depth))
        between = [list(point(path[-2])), list(point(line.end))]
        operations.append({"op": "insert_point", "between": between, "at": list(point(path[-1]))})
    appends = tuple((line.key(lot), element) for element in elements for lot in line.lots)
    return Plan(tuple(operations), {lot: lots[lot].version for lot in line.lots}, appends)


def append_to_log(lot: Lot, elements: Sequence[int]) -> Plan:
    """Append to the log in a lot's attributes, by writing all of it."""
    operation = update(lot.lot, attributes={"log": [*lot.log, *elements]})
    return Plan((operation,), {lot.lot: lot.version}, tuple((log_of(lot.lot), element) for element in elements))


def rely_on(lot: Lot) -> Plan:
    """Have a lot compared with what was seen, and not changed: the edit rests on it."""
    return Plan((update(lot.lot, attributes={}),), {lot.lot: lot.version})


def push_across(block: Block) -> Operation:
    """Push a corner at the lane into the lots across: refused, whatever else the edit does."""
    x, y = block.fronts[0].end
    return move(point((x, y)), point((x + LANE + LOT // 2, y)))


def plan_edit(dice: Random, block: Block, lots: Lots, elements: Iterator[int]) -> Plan:
    """What comes to an editor's mind who has just looked at a block."""
    (kind,) = dice.choices([_points, _front, _log, _log_and_points], weights=[3, 4, 4, 2])
    plan = kind(dice, block, lots, elements)
    fate = dice.random()
    if fate < 0.05:
        everything_seen = {name: lot.version for name, lot in lots.items()}
        return Plan((*plan.operations, push_across(block)), everything_seen, plan.appends)
    if fate < 0.10:
        return Plan(plan.operations, {name: max(version - 1, 1) for name, version in plan.seen.items()}, plan.appends)
    return Plan(plan.operations, plan.seen, plan.appends, is_killed=fate < 0.13)


def _points(dice: Random, block: Block, lots: Lots, elements: Iterator[int]) -> Plan:
    line = dice.choice(block.shared)
    return append_points(line, lots, block, list(islice(elements, dice.randint(1, 2))))


def _front(dice: Random, block: Block, lots: Lots, elements: Iterator[int]) -> Plan:
    index = dice.randrange(len(block.fronts))
    depth = dice.choice((SHALLOW, DEEP))  # whether it fits is for the service to say
    plan = append_points(block.fronts[index], lots, block, [next(elements)], depth)
    (across,) = block.fronts[index ^ 1].lots
    return plan + rely_on(lots[across]) if dice.random() < 0.5 else plan


def _log(dice: Random, block: Block, lots: Lots, elements: Iterator[int]) -> Plan:
    lot, other = dice.sample(block.names, 2)
    return append_to_log(lots[lot], [next(elements)]) + rely_on(lots[other])


def _log_and_points(dice: Random, block: Block, lots: Lots, elements: Iterator[int]) -> Plan:
    lot = dice.choice(block.names)
    return append_to_log(lots[lot], list(islice(elements, 2))) + _points(dice, block, lots, elements)
