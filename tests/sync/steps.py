"""Every kind of step of a schedule, one short function each. Its name is the word that stands in the schedule."""

import asyncio
import random
from uuid import UUID

from tests.sync.acts import FIELD_OF, new_id
from tests.sync.device import Device, Failed, cloned, renewed
from tests.sync.disk import Killed, StoreFull, Trouble
from tests.sync.network import NoAnswer, post
from tests.sync.schedules import Step
from tests.sync.server import HISTORY
from tests.sync.simulation import Simulation, doing, enrolled_again
from wegwijs.sync.core.queue import Json, Queued

# -- what workers do --------------------------------------------------------------------------------------------------


@doing
async def save(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves a contact with its help requests."""
    sim.put_down(device, sim.acts.save(device, draw))


@doing
async def fill(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves, and the store has no room."""
    device.disk.trouble = Trouble(full=0)
    sim.put_down(device, sim.acts.save(device, draw))


@doing
async def add(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker adds a note to a contact."""
    if (row := sim.pick(device, draw, "contact")) is not None:
        sim.put_down(device, sim.acts.add(device, draw, row.id))


@doing
async def edit(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker changes one field of a record."""
    (field,) = step.how
    if (row := sim.pick(device, draw, FIELD_OF[field])) is not None:
        sim.put_down(device, sim.acts.edit(device, draw, row, field))


@doing
async def chain(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """Several changes of one record, each of which waits for the one before."""
    if (row := sim.pick(device, draw, "contact")) is not None:
        for field in ("duration", "group_size", "duration"):
            sim.put_down(device, sim.acts.edit(device, draw, device.view()[row.id], field))


@doing
async def delete(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker takes a record away."""
    if (row := sim.pick(device, draw, step.how[0])) is not None:
        sim.put_down(device, [sim.acts.act(device, draw, row, "delete")])


@doing
async def undelete(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker takes that back, while the device still shows it as taken away."""
    if (row := sim.pick(device, draw, "contact", removed=True)) is not None:
        sim.put_down(device, [sim.acts.act(device, draw, row, "undelete")])


@doing
async def rough(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves a contact that is not finished."""
    sim.put_down(device, sim.acts.save(device, draw, incomplete=True))


@doing
async def bad(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves what the server cannot accept: a code that never existed."""
    entity, name = {"contact": ("contact", "setting"), "request": ("help_request", "outcome")}[step.how[0]]
    made = sim.acts.save(device, draw, requests=1)
    (culprit,) = [one for one in made if one["entity"] == entity]
    sim.put_down(
        device, [{**one, "set": {**one["set"], name: "never-a-code"}} if one is culprit else one for one in made]
    )


@doing
async def odd(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves what the rules allow and the store refuses, from the second time on."""
    made = sim.acts.save(device, draw, requests=1)
    sim.put_down(device, [
        {**one, "set": {**one["set"], "position": 98}} if one["entity"] == "help_request" else one for one in made
    ])  # fmt: skip


@doing
async def mend(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker puts right what was refused; the whole group is handed in anew."""
    whole = _refused(device, draw)
    group = {"group": new_id(draw)} if len(whole) > 1 else {}
    sim.put_down(device, [renewed(one, new_id(draw, 7), corrections(one.mutation)) | group for one in whole])


def corrections(mutation: Json) -> Json:
    """What makes a refused mutation acceptable."""
    right: Json = {"setting": "street", "outcome": None, "position": 1}
    return {name: value for name, value in right.items() if name in mutation["set"]}


def _refused(device: Device, draw: random.Random) -> list[Queued]:
    """A refused mutation that nobody has answered yet, with those that were refused with it."""
    answered = {one.mutation.get("replaces") for one in device.queue}
    refused = [one for one in device.queue if one.state in {"look", "held"} and one.id not in answered]
    refused = [one for one in refused if not one.is_answer and one.mutation["op"] != "resolve"]
    if not refused:
        return []
    first = draw.choice(refused)
    return [one for one in refused if one is first or one.mutation.get("group", 1) == first.mutation.get("group")]


def _answer(sim: Simulation, device: Device, draw: random.Random, op: str) -> None:
    """One answer for each of a refused group."""
    sim.put_down(device, [
        {"id": new_id(draw, 7), "entity": one.mutation["entity"], "entity_id": one.mutation["entity_id"], "op": op,
         "base": {}, "set": {}, "occurred_at": device.time, "depends_on": [], "replaces": one.id}
        for one in _refused(device, draw)
    ])  # fmt: skip


@doing
async def drop(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker decides to discard what was refused or waits."""
    _answer(sim, device, draw, "discard")


@doing
async def pass_on(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker hands over to the supervisors what was refused or waits."""
    _answer(sim, device, draw, "hand_over")


@doing
async def give(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker gives a contact to a colleague: it moves from one scope to another."""
    (other,) = step.how
    if (row := sim.pick(device, draw, "contact")) is not None:
        act = sim.acts.act(device, draw, row, "hand_over")
        sim.put_down(device, [{**act, "set": {"to": sim.devices[other].membership_id}}])


@doing
async def choose(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """Somebody chooses between two values: the author on the device, or the supervisor in the team's list."""
    told = await sim.attention(device) if step.who == "s1" else {"conflicts": []}
    ids = [one["id"] for one in told["conflicts"]] + [key[1] for key in device.disk.stores.rows if key[0] == "conflict"]
    if ids:
        sim.put_down(device, [
            {"id": new_id(draw, 7), "entity": "conflict", "entity_id": draw.choice(sorted(set(ids))), "op": "resolve",
             "base": {}, "set": {"choice": step.how[0]}, "occurred_at": device.time, "depends_on": []}
        ])  # fmt: skip


@doing
async def settle(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The supervisor puts right, or discards, what a worker handed over."""
    waiting = (await sim.attention(device))["handed_over"] if step.who == "s1" else []
    if waiting:
        one = Queued("look", draw.choice(waiting)["mutation"])
        right = renewed(one, new_id(draw, 7), corrections(one.mutation))
        sim.put_down(device, [right if step.how[0] == "right" else {**right, "op": "discard", "set": {}, "base": {}}])


@doing
async def old(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A save of the oldest app that is still taken in: it names and codes things as they were four versions ago."""
    (made, *_) = sim.acts.save(device, draw, requests=0)
    fields = {name: value for name, value in made["set"].items() if name != "duration"}
    then = {"minutes": made["set"]["duration"], "setting": "on_the_street"}
    saved = {name: value for name, value in made.items() if name not in {"group", "depends_on"}}
    sim.put_down(device, [{**saved, "set": {**fields, **then}}], schema=1)
    sim.old_saves.add(made["id"])


# -- runs -------------------------------------------------------------------------------------------------------------


@doing
async def sync(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A whole run: hand in, then pull."""
    sim.troubled(device, step.how)
    await device.exchange()


@doing
async def send(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """Hand in only: the run ended before it pulled."""
    sim.troubled(device, step.how)
    await device.exchange(pulling=False)


@doing
async def fetch(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """Pull only."""
    sim.troubled(device, step.how)
    await device.exchange(pushing=False)


@doing
async def both(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """Two devices at once."""
    (other,) = step.how
    pair = {device.name: device, other: sim.devices[other]}
    found = await asyncio.gather(*(one.exchange() for one in pair.values()), return_exceptions=True)
    for fault in found:
        if fault is not None and not isinstance(fault, NoAnswer | Failed | Killed | StoreFull):
            raise fault


@doing
async def overlap(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The second device's run falls into the middle of the first's push, which stands still at a point."""
    other, point = step.how
    if other != device.name:
        await sim.overlap(device, sim.devices[other], point)


@doing
async def box(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker has forgotten the passphrase: what waits is handed in sealed, without a session."""
    sim.troubled(device, step.how)
    await device.hand_in_sealed()


@doing
async def deliver(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """What the network delayed arrives now."""
    await sim.network.deliver()


@doing
async def reopen(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The app is ended and started between two runs."""


@doing
async def skew(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The device's clock is set wrong, by so many minutes."""
    device.skew = sim.minutes(step.how[0])


@doing
async def wait(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """So many minutes pass."""
    sim.server.clock.now += sim.minutes(step.how[0])


# -- what happens to the server ---------------------------------------------------------------------------------------


@doing
async def end(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The device's session ends."""
    await sim.sql("UPDATE session SET ended_at = ? WHERE device = ?", sim.server.clock.now, UUID(device.device_id))


@doing
async def backup(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A backup is made and verified, and devices learn what it covers."""
    await sim.back_up()


@doing
async def restore(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The last backup takes the place of the database."""
    await sim.restore(step.how[0])


@doing
async def purge(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A contact is erased for good: one that arrived, or one that is still on a phone only."""
    made = [one.mutation["entity_id"] for one in sim.promises.values()
            if one.mutation["entity"] == "contact" and one.mutation["op"] == "create"
            and one.membership == device.membership_id]  # fmt: skip
    if made:
        await sim.purge(draw.choice(made), str(device.me["organisation"]["id"]))


@doing
async def night(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The jobs of the night run."""
    await sim.night()


@doing
async def clone(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The phone's own backup was restored on a second phone: two devices count with one identity."""
    twin = cloned(device, f"{device.name}-clone{len(sim.retired)}")
    sim.retired.append(twin)
    sim.put_down(twin, sim.acts.save(twin, draw))
    await twin.exchange(pulling=False)


@doing
async def revoke(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """An administrator switches the device off."""
    await sim.revoke(device)


@doing
async def enrol(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker gets a new phone; the old one lies in a drawer with all that it holds."""
    fresh = await enrolled_again(sim, device)
    device.off = device.off or "replaced"
    sim.retired.append(device)
    sim.devices[device.name] = fresh


@doing
async def hostile(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A broken or malicious client: it writes what is not its own. Nothing of it was ever promised to a worker."""
    others = [promise.mutation for promise in sim.promises.values() if promise.membership != device.membership_id]
    own = [promise.mutation for promise in sim.promises.values() if promise.device == device.name]
    wanted = sim.hostile_mutations(step.how[0], device, draw, others, own)
    body = {"device_id": device.device_id, "schema": HISTORY.schema, "client_time": device.time, "mutations": wanted}
    request = post("/api/sync/v1/push", body)
    request.cookie = device.cookie
    if wanted:
        await sim.network.carry(request)
