"""Every kind of step of a schedule, one short function each. Its name is the word that stands in the schedule."""

import asyncio
import random

from tests.sync.acts import FIELD_OF, new_id
from tests.sync.device import Device, Failed, cloned, renewed
from tests.sync.disk import Killed, StoreFull
from tests.sync.network import NoAnswer, post
from tests.sync.schedules import Step
from tests.sync.simulation import Simulation, doing, enrolled_again
from wegwijs.sync.core.queue import Json

# -- what workers do --------------------------------------------------------------------------------------------------


@doing
async def save(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves a contact with its help requests."""
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
    if (row := sim.pick(device, draw, draw.choice(("contact", "contact", "note")))) is not None:
        sim.put_down(device, [sim.acts.act(device, draw, row, "delete")])


@doing
async def undelete(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker takes that back, while the device still shows it as taken away."""
    if (row := sim.pick(device, draw, "contact", removed=True)) is not None:
        sim.put_down(device, [sim.acts.act(device, draw, row, "undelete")])


@doing
async def bad(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker saves what the server cannot accept: a code that never existed."""
    made = sim.acts.save(device, draw)
    culprit = draw.choice([one for one in made if one["entity"] != "note"])
    name = "setting" if culprit["entity"] == "contact" else "outcome"
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
    refused = [one for one in device.queue if one.state == "look" and (one.result or {}).get("status") == "rejected"]
    replaced = {one.mutation.get("replaces") for one in device.queue}
    refused = [one for one in refused if one.id not in replaced]
    if refused:
        first = draw.choice(refused)
        whole = [one for one in refused if one is first or one.mutation.get("group", 1) == first.mutation.get("group")]
        group = {"group": new_id(draw)} if len(whole) > 1 else {}
        right: Json = {"setting": "street", "outcome": None, "position": 1}
        sim.put_down(device, [
            renewed(one, new_id(draw, 7), {name: right[name] for name in right if name in one.mutation["set"]}) | group
            for one in whole
        ])  # fmt: skip


@doing
async def drop(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """The worker decides to discard what was refused."""
    refused = [one for one in device.queue if one.state == "look"]
    if refused:
        first = draw.choice(refused)
        ids = [one.id for one in refused if one is first or one.mutation.get("group", 1) == first.mutation.get("group")]
        device.discard(ids)
        sim.discarded |= dict.fromkeys(ids, device.name)


@doing
async def old(sim: Simulation, device: Device, step: Step, draw: random.Random) -> None:
    """A save of the oldest app that is still in use: no groups, no dependencies."""
    made = sim.acts.save(device, draw)
    plain = [{name: value for name, value in one.items() if name not in {"group", "depends_on"}} for one in made]
    sim.put_down(device, plain[:1])


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
    await sim.sql("UPDATE session SET ended_at = ? WHERE device = ?", sim.server.clock.now, device.device_id)


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
    """The phone's own backup was restored on a second phone: two devices with one identity."""
    sim.retired.append(cloned(device, f"{device.name}-clone"))


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
    body = {"device_id": device.device_id, "schema": 1, "client_time": device.time, "mutations": wanted}
    request = post("/api/sync/v1/push", body)
    request.cookie = device.cookie
    if wanted:
        await sim.network.carry(request)
