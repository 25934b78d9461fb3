"""I1: no confirmed save is lost. I5: of what was erased nothing is left. I8: what old apps save is accepted."""

from typing import TYPE_CHECKING

from tests.sync.look import APPLIED, RECORDS, WITH_PAYLOAD, Look, Row, Violation, is_purged
from wegwijs.sync.core.queue import Queued

if TYPE_CHECKING:
    from tests.sync.device import Device
    from tests.sync.simulation import Promise, Simulation


def i1_no_loss(sim: "Simulation", look: Look) -> None:
    """Every confirmed save is in exactly one place: waiting, applied, held, in conflict, refused, discarded, purged."""
    ledger = look.by("sync_ledger", "mutation_id")
    successors = {str(one.mutation["replaces"]) for one in sim.promises.values() if one.mutation.get("replaces")}
    for identity, promise in sim.promises.items():
        if is_purged(sim, promise):
            continue
        queued = _on_a_device(sim, identity)
        row = ledger.get(identity)
        place = _place(sim, promise, row, identity in successors)
        waiting = queued is not None and queued.unsettled
        told = f"{promise.mutation['op']} {promise.mutation['entity']} of {promise.device}, mutation {identity}"
        if place is None and not waiting:
            where = f"the device believes it is {queued.state}" if queued else "the device has forgotten it"
            raise Violation("I1 no loss", f"{told}: the server has nothing of it, and {where}")
        if place == "applied" and waiting and _is_used(sim, promise.device):
            raise Violation("I1 no loss", f"{told}: applied, but the device still counts it as unsent")
        if place == "rejected" and queued is None and identity not in successors and _is_used(sim, promise.device):
            raise Violation("I1 no loss", f"{told}: refused, and the device has thrown it away")
        if row is not None and place == "held" and not _waits_for_something(row, ledger):
            raise Violation("I1 no loss", f"{told}: held, though nothing keeps it from being judged")
        if place == "applied":
            _effect_exists(look, promise, told)
            if queued is not None and queued.state in {"held", "look", "handed_over"} and _is_used(sim, promise.device):
                raise Violation("I1 no loss", f"{told}: applied, but the device still shows it as {queued.state}")
        if place == "rejected":
            _has_no_effect(sim, look, promise, told)


def _waits_for_something(row: Row, ledger: dict[str, Row]) -> bool:
    """Whether what a held mutation (or its group) waits for has not come yet, or waits itself."""
    other = ledger.get(str(row["waits_for"]))
    return other is None or other["status"] == "held"


def _place(sim: "Simulation", promise: "Promise", row: Row | None, replaced: bool) -> str | None:
    """Where the server has a mutation. Raises Violation where it says so and has lost what it should keep."""
    if row is None:
        return None
    status = row["status"]
    if status in WITH_PAYLOAD and row["payload"] is None:
        raise Violation("I1 no loss", f"mutation {promise.mutation['id']} is {status}, but its payload was not kept")
    if status == "replaced" and not replaced:
        raise Violation("I1 no loss", f"mutation {promise.mutation['id']} is called replaced, but nothing replaces it")
    if status in APPLIED or status == "conflict":
        return "applied"
    if status in {*WITH_PAYLOAD, "replaced", "discarded", "gone"}:
        return str(status)
    raise Violation("I1 no loss", f"mutation {promise.mutation['id']} is left {status}")


def _effect_exists(look: Look, promise: "Promise", told: str) -> None:
    mutation = promise.mutation
    if mutation["op"] != "create":
        return
    if mutation["entity_id"] not in look.by(mutation["entity"], "id"):
        raise Violation("I1 no loss", f"{told}: the ledger calls it applied, but there is no such row")


def _has_no_effect(sim: "Simulation", look: Look, promise: "Promise", told: str) -> None:
    """A refused creation made no row, unless another mutation made the record."""
    mutation = promise.mutation
    if mutation["op"] != "create" or mutation["entity_id"] not in look.by(mutation["entity"], "id"):
        return
    ledger = look.by("sync_ledger", "mutation_id")
    others = [
        one for one, other in sim.promises.items()
        if other.mutation["entity_id"] == mutation["entity_id"] and other.mutation["op"] == "create"
        and one in ledger and ledger[one]["status"] in APPLIED
    ]  # fmt: skip
    made_here = str(look.by(mutation["entity"], "id")[mutation["entity_id"]]["author"]) == promise.membership
    if not others and made_here:
        raise Violation("I1 no loss", f"{told}: refused, and the record is there all the same")


def _on_a_device(sim: "Simulation", identity: str) -> Queued | None:
    found = [one.disk.stores.outbox[identity] for one in sim.all_devices if identity in one.disk.stores.outbox]
    return next((one for one in found if not one.unsettled), found[0] if found else None)


def _is_used(sim: "Simulation", name: str) -> bool:
    """Whether the device has had its chance to learn: not switched off, not in a drawer."""
    return not any(one.name.startswith(name) for one in sim.retired) and sim.devices[name].off is None


def i5_purge(sim: "Simulation", look: Look) -> None:
    """Of a record that was erased no text is left: in no column of no table, in no file, on no device in use."""
    if not sim.purged:
        return
    canaries = {
        str(promise.mutation["set"]["text"]): identity
        for identity, promise in sim.promises.items()
        if "text" in promise.mutation["set"] and is_purged(sim, promise)
    }
    for table, rows in look.tables.items():
        if table == "sim_history":
            continue
        for row in rows:
            text = " ".join(value for value in row.values() if isinstance(value, str))
            found = [canary for canary in canaries if canary in text]
            if found:
                raise Violation("I5 purge", f"{found} of an erased record still stands in {table}: {text[:300]}")
    for table in RECORDS:
        left = sim.erased & look.by(table, "id").keys()
        if left:
            raise Violation("I5 purge", f"{table} {sorted(left)} was erased and is there")
    for device in sim.devices.values():
        if device.off is None:
            _device_forgot(sim, device)


def _device_forgot(sim: "Simulation", device: "Device") -> None:
    stores = device.disk.stores
    for key in stores.rows:
        if key[1] in sim.erased:
            raise Violation("I5 purge", f"{device.name} still holds {key}, which was erased")
    for queued in stores.outbox.values():
        about = {queued.mutation["entity_id"], queued.mutation["set"].get("contact_id")}
        if queued.mutation["set"] and about & sim.erased:
            raise Violation(
                "I5 purge", f"{device.name} keeps a mutation on {sorted(map(str, about))}, which was erased"
            )


def i8_upgrade(sim: "Simulation", look: Look) -> None:
    """No save of an app that is four versions old is refused for its age, and it reads as a present one would."""
    ledger = look.by("sync_ledger", "mutation_id")
    for identity in sim.old_saves:
        row = ledger.get(identity)
        age = ("malformed", "unknown_code", "unknown_entity", "required")
        if row is not None and row["status"] == "rejected" and any(code in row["result"] for code in age):
            raise Violation("I8 upgrade", f"the save {identity} of an old app was refused: {row['result']}")
        if row is None or row["status"] == "rejected":
            continue  # somebody else's record may stand under the same id: the save is refused, and kept
        contact = look.by("contact", "id").get(sim.promises[identity].mutation["entity_id"])
        if contact is not None and (contact["duration"] is None or contact["setting"] != "street"):
            raise Violation("I8 upgrade", f"the save {identity} of an old app lost fields on the way: {contact}")
