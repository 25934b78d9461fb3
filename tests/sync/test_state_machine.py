"""The same simulation, driven by Hypothesis: where something breaks it finds the shortest way there by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.conftest import LONG
from tests.sync.house import House
from tests.sync.mutants import MUTANTS
from tests.sync.network import FAULTS
from tests.sync.rooms import sqlite_house
from tests.sync.schedules import FIELDS, Step
from tests.sync.simulation import Simulation

DEVICES = st.sampled_from(("a1", "a2", "b1", "s1"))
SALTS = st.integers(0, 3)
TROUBLE = st.one_of(
    st.builds("{}@{}".format, st.sampled_from(FAULTS), st.integers(0, 3)),
    st.builds("kill@{}".format, st.integers(0, 20)),
    st.builds("cut@{}".format, st.integers(0, 40)),
)


class World:
    """A house on a loop of its own, which Hypothesis' plain functions can wait for."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self.house: House = self.run(self._stack.enter_async_context(sqlite_house()))

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self.loop.close()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def machine(world: World) -> type[RuleBasedStateMachine]:
    """A machine on this world: each rule is a step of a schedule; the invariants hold after each and at the end."""

    class Devices(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.simulation = Simulation(world.house)
            world.run(self.simulation.begin())

        def step(self, do: str, who: str, salt: int = 0, *how: str) -> None:
            world.run(self.simulation.step(Step(do, who, how, salt)))

        @rule(who=DEVICES, what=st.sampled_from(("save", "rough", "add", "chain", "old", "odd")), salt=SALTS)
        def save(self, who: str, what: str, salt: int) -> None:
            self.step(what, who, salt)

        @rule(who=DEVICES, field=st.sampled_from(FIELDS), salt=SALTS)
        def edit(self, who: str, field: str, salt: int) -> None:
            self.step("edit", who, salt, field)

        @rule(who=DEVICES, salt=SALTS, kind=st.sampled_from(("contact", "note")))
        def delete(self, who: str, kind: str, salt: int) -> None:
            self.step("delete", who, salt, kind)

        @rule(who=DEVICES, salt=SALTS)
        def undelete(self, who: str, salt: int) -> None:
            self.step("undelete", who, salt)

        @rule(who=DEVICES, salt=SALTS, kind=st.sampled_from(("contact", "request")))
        def bad(self, who: str, kind: str, salt: int) -> None:
            self.step("bad", who, salt, kind)

        @rule(who=DEVICES, what=st.sampled_from(("mend", "drop", "pass_on")), salt=SALTS)
        def answer(self, who: str, what: str, salt: int) -> None:
            self.step(what, who, salt)

        @rule(who=DEVICES, what=st.sampled_from(("sync", "send", "fetch", "box")), how=st.lists(TROUBLE, max_size=2))
        def travel(self, who: str, what: str, how: list[str]) -> None:
            self.step(what, who, 0, *how)

        @rule(who=DEVICES, side=st.sampled_from(("mine", "theirs")), salt=SALTS)
        def choose(self, who: str, side: str, salt: int) -> None:
            self.step("choose", who, salt, side)

        @rule(salt=SALTS, how=st.sampled_from(("right", "discard")))
        def settle(self, salt: int, how: str) -> None:
            self.step("settle", "s1", salt, how)

        @rule(who=DEVICES, to=DEVICES, salt=SALTS)
        def give(self, who: str, to: str, salt: int) -> None:
            self.step("give", who, salt, to)

        @rule(what=st.sampled_from(("backup", "deliver", "night")))
        def happen(self, what: str) -> None:
            self.step(what, "a1")

        @rule(how=st.sampled_from(("archive", "files")))
        def restore(self, how: str) -> None:
            self.step("restore", "a1", 0, how)

        @rule(who=DEVICES, what=st.sampled_from(("purge", "end", "enrol")), salt=SALTS)
        def change(self, who: str, what: str, salt: int) -> None:
            self.step(what, who, salt)

        def teardown(self) -> None:
            world.run(self.simulation.end())

    return Devices


def test_no_way_leads_to_a_loss(world: World) -> None:
    run_state_machine_as_test(
        machine(world), settings=settings(max_examples=400 if LONG else 25, stateful_step_count=30 if LONG else 15)
    )


def test_hypothesis_finds_a_seeded_fault_by_itself(world: World) -> None:
    (fault,) = [one for one in MUTANTS if one.name == "device throws refused away"]
    with ExitStack() as stack:
        for made in fault.patches(world.house):
            stack.enter_context(made)
        with pytest.raises(BaseException, match="I1 no loss"):
            run_state_machine_as_test(
                machine(world), settings=settings(max_examples=300, stateful_step_count=10, phases=(Phase.generate,))
            )
