"""Runs a schedule against the real application and lets the invariants judge what is left.

A *promise* is a mutation whose save the worker saw confirmed: from then on it has to be somewhere.
"""

import asyncio
import copy
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.helpers import enrol, invite
from tests.sync import invariants
from tests.sync.acts import Acts, new_id
from tests.sync.device import Device, Failed, reopened
from tests.sync.disk import Killed, StoreFull, Trouble
from tests.sync.house import House, enrolled
from tests.sync.network import Network, NoAnswer
from tests.sync.schedules import DEVICES, Schedule, Step
from tests.sync.server import BEGIN, HISTORY, deterministic
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.journal import Journal
from wegwijs.operation.backup import make_backup
from wegwijs.operation.highwater import Highwater
from wegwijs.operation.nightly import tidy_up
from wegwijs.operation.service import erase_contact
from wegwijs.people.service import end_device
from wegwijs.sync.core.queue import Json
from wegwijs.sync.core.replay import Replayed

FAULTS = (NoAnswer, Failed, Killed, StoreFull)
"""What may go wrong in a run without being anybody's fault."""
POINTS = {
    "rows": re.compile(r"(INSERT INTO|UPDATE) (contact|help_request|note) "),
    "counter": re.compile(r"UPDATE sync_clock"),
    "commit": re.compile(r"COMMIT"),
}
"""Where a transaction can be made to stand still: before it writes rows, before the counter, before the commit."""
UNSEEN = frozenset({"save", "add", "edit", "chain", "delete", "undelete", "bad", "odd", "rough", "old", "skew", "wait"})
"""Steps that reach no server and no cursor."""
ROUNDS = 12
"""So many quiet rounds, at most, until every device has everything."""


@dataclass
class Promise:
    """A confirmed mutation, and on which device."""

    mutation: Json
    device: str
    membership: str


@dataclass
class Simulation:
    """One schedule on one house, from its beginning to the judgement."""

    house: House
    seed: int = 0
    devices: dict[str, Device] = field(default_factory=dict)
    retired: list[Device] = field(default_factory=list)
    """Devices that are used no more, whose disks still count: clones, switched-off ones."""
    promises: dict[str, Promise] = field(default_factory=dict)
    discarded: dict[str, str] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    """Contacts that were erased."""
    revoked: set[str] = field(default_factory=set)
    backup: Path | None = None
    restored: bool = False
    old_saves: set[str] = field(default_factory=set)
    """Mutations that an app of an old schema version handed in."""
    trace: list[str] = field(default_factory=list)
    acts: Acts = field(default_factory=Acts)

    def __post_init__(self) -> None:
        self.server = self.house.server
        self.network = Network(self.server)
        self._drawn: Counter[str] = Counter()
        self._hostile = 0
        self._source = random.Random(f"server {self.seed}")

    @property
    def erased(self) -> set[str]:
        """Ids of all records that were erased, with what hung on them."""
        hanging = {
            promise.mutation["entity_id"]
            for promise in self.promises.values()
            if promise.mutation["set"].get("contact_id") in self.purged
        }
        return self.purged | hanging

    @property
    def all_devices(self) -> list[Device]:
        return [*self.devices.values(), *self.retired]

    async def run(self, schedule: Schedule) -> None:
        """Run a schedule, then drive to quiet and check everything. Raises Violation, with the schedule in it."""
        try:
            await self.begin()
            for step in schedule:
                await self.step(step)
            await self.end()
        except invariants.Violation as violation:
            violation.schedule = schedule
            raise

    async def begin(self) -> None:
        """Put the house back to what it was when it was built."""
        self.server.clock.now = BEGIN
        self.server.forget_the_past()
        await self.server.go_back("house")
        for name, one in self.house.devices.items():
            self.devices[name] = Device(name, self.network, self.server.clock, one.me, one.key)
            self.devices[name].cookie = one.cookie

    async def end(self) -> None:
        """Drive to quiet and judge. Raises Violation."""
        with deterministic(self.server.clock, self._source):
            await self.quiet()
            await invariants.check(self)

    async def step(self, step: Step) -> None:
        """One step. Faults end a run on a device, never the schedule. Raises Violation."""
        with deterministic(self.server.clock, self._source):
            await self._step(step)

    async def _step(self, step: Step) -> None:
        self._drawn[str(step)] += 1
        draw = random.Random(f"{step} {self._drawn[str(step)]}")
        device = self.devices.get(step.who) or self.devices[DEVICES[0]]
        self.server.clock.advance(seconds=1)
        outcome = "done"
        try:
            await STEPS[step.do](self, device, step, draw)
        except FAULTS as fault:
            outcome = f"{type(fault).__name__} {fault}".strip()
        self.server.statements.arm(None)
        current = self.devices[device.name]
        if current is device and (outcome == "Killed" or step.do == "reopen"):
            current = self.devices[device.name] = reopened(device)
        current.faults, current.disk.trouble = {}, Trouble()
        self.trace.append(f"{step} -> {outcome}")
        if step.do not in UNSEEN:
            await invariants.check_always(self)

    async def quiet(self) -> None:
        """No more faults: every device syncs until nobody has anything left to say."""
        await self.network.deliver()
        for _ in range(ROUNDS):
            before = self._state()
            for name in list(self.devices):
                self.devices[name] = reopened(self.devices[name])
                self.devices[name].skew *= 0
                await self._calm(self.devices[name])
            if self._state() == before:
                return
        raise invariants.Violation("quiet", f"after {ROUNDS} quiet rounds the devices still change")

    async def _calm(self, device: Device) -> None:
        if device.off == "device_cloned":
            await device.hand_in_sealed()  # the letterbox stays open
        if device.off is not None:
            return
        try:
            if not await device.is_up_to_date():
                await device.exchange()
        except Failed as failed:
            if device.off is None:
                raise invariants.Violation("quiet", f"{device.name} without any fault: {failed}") from failed
        except NoAnswer as fault:
            raise invariants.Violation("quiet", f"{device.name} without any fault: no answer") from fault

    def _state(self) -> Any:
        return [
            (one.name, one.off, {i: (q.state, q.result) for i, q in one.disk.stores.outbox.items()},
             dict(one.disk.stores.rows), one.disk.stores.meta.get("epoch"))
            for one in self.devices.values()
        ]  # fmt: skip

    # -- what devices do ---------------------------------------------------------------------------------------------

    def put_down(self, device: Device, mutations: list[Json], schema: int = HISTORY.schema) -> None:
        """Save on the device; what was confirmed is promised."""
        for mutation in device.append(mutations, schema):
            self.promises[mutation["id"]] = Promise(copy.deepcopy(mutation), device.name, device.membership_id)

    def pick(self, device: Device, draw: random.Random, entity: str, *, removed: bool = False) -> Replayed | None:
        """A record that the worker sees. (One that an older app left behind must come back from the server.)"""
        left = {one.mutation["entity_id"] for one in device.queue if one.id in self.old_saves and one.state != "kept"}
        rows = [row for row in device.view().values() if row.entity == entity and row.removed == removed]
        rows = [row for row in rows if row.id not in left]
        return draw.choice(sorted(rows, key=lambda row: row.id)) if rows else None

    def troubled(self, device: Device, words: tuple[str, ...]) -> None:
        """Prepare the faults of one run: `kind@number` each."""
        trouble: dict[str, int] = {}
        for word in words:
            kind, _, number = word.partition("@")
            if kind == "cut":
                self.server.statements.arm(int(number))
            elif kind in {"kill", "full", "closed"}:
                trouble[kind] = int(number)
            else:
                device.faults[int(number or 0)] = kind
        device.disk.trouble = Trouble(**trouble)

    async def attention(self, device: Device) -> Any:
        """What waits for the supervisor who sits at this device."""
        return await device.fetch("/api/review/attention", lambda found: "handed_over" in found)

    async def overlap(self, first: Device, second: Device, point: str) -> None:
        """Let `first` hand in, and the whole run of `second` fall in at a point of that transaction.

        By force, not by luck: the first stands still until the second is through, or is seen to wait for it.
        """
        reached, on = asyncio.Event(), asyncio.Event()
        pushing = asyncio.create_task(first.exchange(pulling=False))

        async def before(_: Any, sql: str) -> None:
            if asyncio.current_task() is pushing and not reached.is_set() and POINTS[point].match(sql):
                reached.set()
                await on.wait()

        self.server.statements.before = before
        standing = asyncio.create_task(reached.wait())
        await asyncio.wait({pushing, standing}, return_when=asyncio.FIRST_COMPLETED)
        running = asyncio.create_task(second.exchange())
        await self.server.until_done_or_waiting(running)
        on.set()
        for result in await asyncio.gather(pushing, running, return_exceptions=True):
            if result is not None and not isinstance(result, FAULTS):
                raise result
        standing.cancel()
        self.server.statements.before = None

    # -- what happens to the server ----------------------------------------------------------------------------------

    @staticmethod
    def minutes(text: str) -> timedelta:
        """A length of time in a schedule."""
        return timedelta(minutes=int(text))

    async def sql(self, sql: str, *values: Any) -> None:
        """Change the database behind the application's back, as an administrator's request would have."""
        async with self.server.db.write() as tx:
            await tx.execute(sql, *values)

    async def back_up(self) -> None:
        """Make a verified backup, and put a copy of the database's files away beside it."""
        made = await make_backup(self.server.db, self.server.settings, self.server.backups)
        self.backup = made.path
        await self.server.keep("copy")

    async def restore(self, how: str) -> None:
        """Put the last backup in the place of the database: `archive` as the operator does, `files` as a hoster."""
        if self.backup is None:
            return
        await Highwater(self.server.settings.journal_dir).note(self.server.db)  # as a server does when it ends
        if how == "archive":
            await self.server.restore(self.backup)
        else:
            await self.server.go_back("copy")
        await self.server.start_again()
        self.restored = True

    async def purge(self, contact: str, organisation: str) -> None:
        """Erase a contact and all that hangs on it, as the operator does."""
        journal = Journal(self.server.settings.journal_dir)
        args = (REGISTRY, journal, UUID(organisation), UUID(contact))
        await self.server.db.run_write(lambda tx: erase_contact(tx, *args))
        await self.server.db.scrub()
        self.purged.add(contact)

    async def night(self) -> None:
        """A night passes: weeks are counted, old rows leave devices, the feed and the ledger are pruned."""
        self.server.clock.advance(days=1)
        await tidy_up(self.server.db, self.server.settings, REGISTRY, self.server.clock.now)

    async def revoke(self, device: Device) -> None:
        """Switch a device off, journalled first."""
        organisation = UUID(device.me["organisation"]["id"])
        Journal(self.server.settings.journal_dir).append("device_revoked", organisation, [device.device_id])
        async with self.server.db.write() as tx:
            await end_device(tx, organisation, UUID(device.device_id))
        self.revoked.add(device.device_id)

    def hostile_mutations(
        self, kind: str, device: Device, draw: random.Random, others: list[Json], own: list[Json]
    ) -> list[Json]:
        """Mutations that nobody promised anything about: they must change nothing that is not the sender's."""
        self._hostile += 1000
        no = 1_000_000 + self._hostile  # never the same twice: that would be a cloned device
        if kind == "foreign" and others:
            target = draw.choice(others)
            wanted: list[Json] = [
                {"op": "update", "set": {"duration": 7}}, {"op": "delete"}, {"op": "undelete"},
                {"op": "create", "set": {"date_precision": "none"}},
            ]  # fmt: skip
            plain = {**target, "base": {}, "set": {}, "depends_on": [], "group": None}
            return [{**plain, "id": new_id(draw, 7), "no": no + n, **one} for n, one in enumerate(wanted)]
        if kind == "reuse" and (known := [one for one in own if self._arrived(one["id"])]):
            target = draw.choice(known)
            return [{**target, "set": {**target["set"], "heavy": True}, "group": None}]
        if kind == "forged":
            saved = self.acts.save(device, draw)
            forged = {"author": new_id(draw), "organisation": new_id(draw)}
            return [
                {**one, "no": 2_000_000 + self._hostile + n, "set": {**one["set"], **forged}}
                for n, one in enumerate(saved)
            ]
        if kind == "ring":
            saved = self.acts.save(device, draw)[:1] + self.acts.save(device, draw)[:1]
            return [{**one, "no": no + n, "group": None, "depends_on": [saved[1 - n]["id"]]}
                    for n, one in enumerate(saved)]  # fmt: skip
        return []

    def _arrived(self, identity: str) -> bool:
        held = [one.disk.stores.outbox[identity] for one in self.all_devices if identity in one.disk.stores.outbox]
        return any(not one.unsettled for one in held)


Doing = Callable[[Simulation, Device, Step, random.Random], Awaitable[None]]
STEPS: dict[str, Doing] = {}


def doing(step: Doing) -> Doing:
    """Register a kind of step under its function's name."""
    STEPS[step.__name__.rstrip("_")] = step
    return step


async def enrolled_again(sim: Simulation, device: Device) -> Device:
    """The same membership on a new device with a new key."""
    one = sim.house.devices[device.name]
    code = await invite(sim.server.app, one.organisation, UUID(device.membership_id))
    person = await enrol(sim.server.app, code)
    await person.client.aclose()
    fresh = Device(device.name, sim.network, sim.server.clock, person.me, person.key)
    fresh.cookie = enrolled(person, one.organisation).cookie
    return fresh
