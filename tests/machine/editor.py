"""The state machine: somebody who edits at random, one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, ClassVar
from unittest import SkipTest
from uuid import UUID

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from spatial_admin.errors import EditRejected
from spatial_admin.services.editing.parse_edit import RevertRequest
from spatial_admin.services.editing.revert_edit import request_to_revert
from tests.machine import proposals
from tests.machine.choices import Choices
from tests.machine.proposals import PROPOSALS, Proposal
from tests.machine.world import REFUSALS, World
from tests.waiting import PATIENT

BOOKS_EVERY = 20
SOME_STEPS_AGO = 12
NUMBERS = st.integers(0, 2**32 - 1)


def of_one(name: str) -> Any:
    """The rule of edits of one operation; the operations that the syntax does not know have none."""

    def propose(self: RandomEditor, number: int) -> None:
        choose = self.choices(number)
        self.edit([proposals.propose(name, choose)], choose)

    return precondition(lambda _: name in PROPOSALS)(rule(number=NUMBERS)(propose))


class RandomEditor(RuleBasedStateMachine):
    """Each rule is an edit; what must hold is checked with every one (World), and of the whole now and then."""

    open_world: ClassVar[Callable[[int], World]]
    budget: ClassVar[int]  # steps of all examples together

    @initialize(seed=st.integers(0, 2**31))
    def begin(self, seed: int) -> None:
        """A coverage of its own."""
        assume(seed)  # Hypothesis begins with the least of everything, again and again the same refused edit
        self.world = type(self).open_world(seed)
        self.number, self.steps = seed, 0

    moves = of_one("move_point")
    moves_again = of_one("move_point")
    inserts = of_one("insert_point")
    removes = of_one("remove_point")
    replaces = of_one("replace_boundary")
    updates = of_one("update")
    retires = of_one("retire")
    restores = of_one("restore")
    merges = of_one("merge")
    splits = of_one("split")
    splits_again = of_one("split")
    draws = of_one("draw")

    @rule(number=NUMBERS)
    def edits_several_at_once(self, number: int) -> None:
        """Two or three operations; one may name a point by what an earlier one was given."""
        choose = self.choices(number)
        steps = [proposals.propose(choose.of(sorted(PROPOSALS)), choose) for _ in range(choose.number(2, 3))]
        given = [step["to" if "to" in step else "at"] for step in steps if step["op"] in ("move_point", "insert_point")]
        if given and choose.one_in(2):
            at = choose.of(given)
            steps.append({"op": "move_point", "at": at, "to": list(choose.shifted((at[0], at[1])))})
        self.edit(steps, choose)

    @rule(number=NUMBERS)
    def edits_what_is_stale(self, number: int) -> None:
        """Somebody who saw what was current some edits ago; the operation is one that makes sense today."""
        choose = self.choices(number)
        past = self.world.seen_before[-SOME_STEPS_AGO:]
        if not past:
            return
        step = proposals.propose(choose.of(sorted(PROPOSALS)), choose)
        if_stale = choose.of(("reject", "rebase"))
        self.count_step()
        self.world.edit(self.world.ask([step], seen=choose.of(past), if_stale=if_stale), rehearsed=choose.one_in(3))

    @precondition(lambda self: bool(self.world.made))
    @rule(number=NUMBERS)
    def undoes_an_edit(self, number: int) -> None:
        """Mostly the newest."""
        choose = self.choices(number)
        edit = self.world.made[-1] if choose.one_in(2) else choose.of(self.world.made[-SOME_STEPS_AGO:])
        self.count_step()
        key = UUID(self.world.ask([])["key"])
        try:
            request = request_to_revert(edit, RevertRequest(key, "", choose.of(("reject", "rebase"))), PATIENT)
        except REFUSALS as refusal:
            self.world.counts[f"revert: {type(refusal).__name__} of its form"] += 1
            return
        self.world.make("revert", request, rehearsed=choose.one_in(4), repeated=choose.one_in(8))

    def choices(self, number: int) -> Choices:
        """What is drawn from, as it is now; equal numbers mean something else at each step and in each example.

        Hypothesis likes zeros, and repetitions: what it varies are the order of the rules and which of them there are.
        """
        return Choices(
            Random(f"{self.number} {self.steps} {number}"), self.world.memory, self.world.near, self.world.keys
        )

    def edit(self, steps: list[Proposal], choose: Choices) -> None:
        """Make an edit; where only overlaps refuse it, now and then a reviewer accepts them."""
        self.count_step()
        refused = self.world.edit(self.world.ask(steps), rehearsed=choose.one_in(4), repeated=choose.one_in(8))
        if (
            isinstance(refused, EditRejected)
            and {v.rule for v in refused.violations} == {"overlap"}
            and choose.one_in(8)
        ):
            pairs = {violation.parcels for violation in refused.violations}
            accept = [{"rule": "overlap", "parcels": list(pair), "reason": "a bay window"} for pair in sorted(pairs)]
            self.world.edit(self.world.ask(steps, accept=accept))

    def count_step(self) -> None:
        """Count, and read the books in between; raises SkipTest when there were enough, which ends the whole run."""
        if self.world.counts["steps"] >= self.budget and not self.world.counts["failures"]:
            raise SkipTest(f"{self.budget} steps")
        self.world.counts["steps"] += 1
        self.steps += 1
        if self.steps % BOOKS_EVERY == 0:
            self.world.check_books()

    def teardown(self) -> None:
        """Read the books at the end."""
        if hasattr(self, "world"):
            self.world.check_books()
