"""The state machine: somebody who edits at random, one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from spatial_admin.errors import EditRejected
from spatial_admin.services.parse_edit import RevertRequest
from spatial_admin.services.revert_edit import request_to_revert
from tests.machine.choices import Choices
from tests.machine.proposals import PROPOSALS, Proposal
from tests.machine.world import PATIENT, REFUSALS, World

BOOKS_EVERY = 20
SOME_STEPS_AGO = 12


def of_one(name: str) -> Any:
    """The rule of edits of one operation; the operations that the syntax does not know have none."""

    def propose(self: RandomEditor, data: st.DataObject) -> None:
        choose = self.choices(data)
        self.edit([PROPOSALS[name](choose)], choose)

    return precondition(lambda _: name in PROPOSALS)(rule(data=st.data())(propose))


class RandomEditor(RuleBasedStateMachine):
    """Each rule is an edit; what must hold is checked with every one (World), and of the whole now and then."""

    open_world: ClassVar[Callable[[int], World]]

    @initialize(seed=st.integers(0, 2**31))
    def begin(self, seed: int) -> None:
        """A coverage of its own."""
        self.world = type(self).open_world(seed)
        self.steps = 0

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

    @rule(data=st.data())
    def edits_several_at_once(self, data: st.DataObject) -> None:
        """Two or three operations; one may name a point by what an earlier one was given."""
        choose = self.choices(data)
        steps = [PROPOSALS[choose.of(sorted(PROPOSALS))](choose) for _ in range(choose.number(2, 3))]
        given = [step.get("to", step.get("at")) for step in steps if step["op"] in ("move_point", "insert_point")]
        if given and choose.one_in(2):
            at = choose.of(given)
            steps.append({"op": "move_point", "at": at, "to": list(choose.shifted((at[0], at[1])))})  # type: ignore[index]  # shapely and Hypothesis are typed loosely here
        self.edit(steps, choose)

    @rule(data=st.data())
    def edits_what_is_stale(self, data: st.DataObject) -> None:
        """Somebody who saw what was current some edits ago; the operation is one that makes sense today."""
        choose = self.choices(data)
        past = self.world.seen_before[-SOME_STEPS_AGO:]
        if not past:
            return
        step = PROPOSALS[choose.of(sorted(PROPOSALS))](choose)
        if_stale = choose.of(("reject", "rebase"))
        self.count_step()
        self.world.edit(self.world.ask([step], seen=choose.of(past), if_stale=if_stale), rehearsed=choose.one_in(3))

    @precondition(lambda self: bool(self.world.made))
    @rule(data=st.data())
    def undoes_an_edit(self, data: st.DataObject) -> None:
        """Mostly the newest."""
        choose = self.choices(data)
        edit = self.world.made[-1] if choose.one_in(2) else choose.of(self.world.made[-SOME_STEPS_AGO:])
        self.count_step()
        key = UUID(self.world.ask([])["key"])
        try:
            request = request_to_revert(edit, RevertRequest(key, "", choose.of(("reject", "rebase"))), PATIENT)
        except REFUSALS as refusal:
            self.world.counts[f"revert: {type(refusal).__name__} of its form"] += 1
            return
        self.world.make("revert", request, rehearsed=choose.one_in(4), repeated=choose.one_in(8))

    def choices(self, data: st.DataObject) -> Choices:
        """What is drawn from, as it is now."""
        return Choices(data, self.world.memory, self.world.near, self.world.keys)

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
        """Count, and read the books in between."""
        self.world.counts["steps"] += 1
        self.steps += 1
        if self.steps % BOOKS_EVERY == 0:
            self.world.check_books()

    def teardown(self) -> None:
        """Read the books at the end."""
        if hasattr(self, "world"):
            self.world.check_books()
