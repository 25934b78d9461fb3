"""I3: every device has exactly what its scopes hold. I4: no device has anything else, and nobody wrote elsewhere."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from tests.sync.look import RECORDS, Look, Row, Violation
from wegwijs.contacts.entities import REGISTRY
from wegwijs.sync.core.digest import scope_digest

if TYPE_CHECKING:
    from tests.sync.device import Device
    from tests.sync.simulation import Simulation


def _visible(look: Look) -> dict[str, dict[tuple[str, str], Row]]:
    """What each scope holds by the tables themselves, not by the feed: {scope: {(entity, id): row}}."""
    rows = {
        (entity.name, row["id"]): {**row, **{name: msgspec.json.decode(row[name]) for name in entity.lists}}
        for entity in REGISTRY
        for row in look.tables[entity.table]
    }
    found: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)

    class Around:
        @staticmethod
        def find(name: str, identity: UUID) -> Row | None:
            return rows.get((name, identity))

    for (name, identity), row in rows.items():
        entity = REGISTRY.get(name)
        owner = entity.owner(row, Around)  # type: ignore[arg-type]
        if row["deleted_at"] is None and owner is not None:
            for scope in entity.scopes(owner):
                found[scope][name, str(identity)] = row
    return found


def i3_convergence(sim: "Simulation", look: Look) -> None:
    """Every device in use has exactly what its scopes hold, in the present version, and its digests agree."""
    visible = _visible(look)
    windowed = {
        (row["entity"], str(row["entity_id"])) for row in look.tables["sync_change"] if row["reason"] == "window"
    }
    for device in sim.devices.values():
        if device.off is not None:
            continue
        stores = device.disk.stores
        scope = f"member:{device.membership_id}"
        theirs = {key: _json(REGISTRY.get(key[0]).data(row)) for key, row in visible[scope].items()
                  if key not in windowed}  # fmt: skip
        mine = {key: copy.data for key, copy in stores.rows.items() if key[0] in RECORDS}
        for key in sorted(theirs.keys() | mine.keys()):
            if theirs.get(key) != mine.get(key):
                raise Violation(
                    "I3 convergence", f"{key} on {device.name} is {mine.get(key)}, on the server {theirs.get(key)}"
                )
        for one, told in (stores.meta.get("digest") or {}).items():
            rows = [(key[0], key[1], copy.version) for key, copy in stores.rows.items() if one in copy.scopes]
            if scope_digest(rows) != (told["count"], told["xor64"]):
                raise Violation(
                    "I3 convergence", f"digest of {one} on {device.name}: {scope_digest(rows)}, told {told}"
                )
        _view_is_the_servers(device, theirs)


def i3_windows(sim: "Simulation", look: Look) -> None:
    """What left the devices by its age asks for nothing: it is complete, in no open conflict, and nothing waits."""
    contacts = look.by("contact", "id")
    open_ones = {str(row["entity_id"]) for row in look.tables["sync_conflict"] if row["settled_at"] is None}
    for row in look.tables["sync_change"]:
        identity = str(row["entity_id"])
        if row["reason"] != "window":
            continue
        if row["entity"] == "contact" and contacts[identity]["incomplete"]:
            raise Violation("I3 windows", f"contact {identity} left the devices, and is incomplete")
        if identity in open_ones:
            raise Violation("I3 windows", f"{row['entity']} {identity} left the devices, and is in an open conflict")


def _view_is_the_servers(device: "Device", theirs: dict[tuple[str, str], Any]) -> None:
    """What the worker sees is what the server has, but for what waits or needs a look."""
    open_ones = [one for one in device.queue if one.state not in {"arrived", "kept"}]
    own = {one.mutation["entity_id"] for one in open_ones}
    own |= {one.mutation["set"].get("contact_id") for one in open_ones}
    for row in device.view().values():
        key = (row.entity, row.id)
        if row.id not in own and (row.removed or row.data != theirs.get(key)):
            raise Violation(
                "I3 convergence", f"{device.name} shows {key} as {row.data}, the server has {theirs.get(key)}"
            )


def _json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def i4_scope(sim: "Simulation", look: Look) -> None:
    """No device holds a row of a scope that is not its own; nobody wrote in another's organisation or name."""
    visible = _visible(look)
    memberships = look.by("membership", "id")
    devices = look.by("device", "id")
    for device in sim.all_devices:
        allowed = {f"member:{device.membership_id}", f"org:{device.me['organisation']['id']}"}
        for key, copy in device.disk.stores.rows.items():
            if not set(copy.scopes) <= allowed:
                raise Violation("I4 scope", f"{device.name} holds {key} by {copy.scopes}")
            row = visible[f"member:{device.membership_id}"].get(key)
            if row is None and device.off is None and device in sim.devices.values() and key[0] in RECORDS:
                raise Violation("I4 scope", f"{device.name} still holds {key}, which is in none of its scopes")
    for identity in sim.revoked & devices.keys():
        if devices[identity]["revoked_at"] is None:
            raise Violation("I4 scope", f"device {identity} was switched off, and is let in again")
    for row in look.tables["sim_history"]:
        if row["kind"] == "conflict":
            continue
        author, device_row = memberships[str(row["author"])], devices.get(str(row["device"]))
        if device_row is not None and device_row["organisation"] != row["organisation"]:
            raise Violation("I4 scope", f"{row['kind']} {row['id']} was written from another organisation")
        if author["organisation"] != row["organisation"]:
            raise Violation("I4 scope", f"{row['kind']} {row['id']} has an author of another organisation")
