"""The invariants, one function each. They look at committed rows and at the devices' disks, and believe no answer.

I1 no loss · I2 exactly once · I3 convergence · I4 scope · I5 purge · I6 resume · I7 clocks · I8 upgrade
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.clock import local_day
from wegwijs.people.service import server_secret
from wegwijs.sync.core.canonical import digest
from wegwijs.sync.core.digest import scope_digest
from wegwijs.sync.core.queue import Queued
from wegwijs.sync.cursor import unseal

if TYPE_CHECKING:
    from tests.sync.device import Device
    from tests.sync.schedules import Schedule
    from tests.sync.simulation import Promise, Simulation

Row = dict[str, Any]
APPLIED = frozenset({"applied", "merged", "duplicate"})
WITH_PAYLOAD = frozenset({"held", "rejected", "handed_over"})
RECORDS = ("contact", "help_request", "note")
UNIQUE = frozenset({"duration", "group_size", "text"})


class Violation(AssertionError):
    """A promise was broken."""

    schedule: "Schedule" = ()

    def __init__(self, rule: str, what: str) -> None:
        self.rule, self.what = rule, what
        super().__init__(rule, what)

    def __str__(self) -> str:
        steps = "; ".join(map(str, self.schedule))
        return f"{self.rule}: {self.what}" + (f"\n  schedule: {steps}" if steps else "")


@dataclass
class Look:
    """Every row of every table at one moment."""

    tables: dict[str, list[Row]]

    @classmethod
    async def at(cls, sim: "Simulation") -> "Look":
        """Read the database in one snapshot."""
        async with sim.server.db.read() as tx:
            if tx.kind == "sqlite":
                names = await tx.fetch(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                )
            else:
                names = await tx.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
            return cls({row["name"]: await tx.fetch(f"SELECT * FROM {row['name']}") for row in names})

    def by(self, table: str, column: str) -> dict[str, Row]:
        """Rows of a table by a column that is unique in one schedule."""
        return {str(row[column]): row for row in self.tables[table]}

    def purged(self, organisation: str) -> set[str]:
        """Digests of the ids that were erased."""
        return {row["digest"] for row in self.tables["purged_id"] if str(row["organisation"]) == organisation}


async def check_always(sim: "Simulation") -> None:
    """What holds after every single step, whatever failed in it."""
    look = await Look.at(sim)
    i6_resume(sim, look)
    i6_groups(sim, look)


async def check(sim: "Simulation") -> None:
    """Everything, after the devices have come to rest. Raises Violation."""
    look = await Look.at(sim)
    i1_no_loss(sim, look)
    i2_exactly_once(sim, look)
    i2_nothing_overwritten(sim, look)
    i2_settled_once(sim, look)
    i2_deletions(sim, look)
    i3_convergence(sim, look)
    i3_windows(sim, look)
    i4_scope(sim, look)
    i5_purge(sim, look)
    i6_resume(sim, look)
    i6_groups(sim, look)
    i7_clocks(sim, look)
    i7_order(sim, look)


# -- I1 ---------------------------------------------------------------------------------------------------------------


def i1_no_loss(sim: "Simulation", look: Look) -> None:
    """Every confirmed save is in exactly one place: waiting, applied, held, in conflict, refused, discarded, purged."""
    ledger = look.by("sync_ledger", "mutation_id")
    successors = {str(one.mutation["replaces"]) for one in sim.promises.values() if one.mutation.get("replaces")}
    for identity, promise in sim.promises.items():
        if _is_purged(sim, promise):
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


def _is_purged(sim: "Simulation", promise: "Promise") -> bool:
    mutation = promise.mutation
    return mutation["entity_id"] in sim.erased or mutation["set"].get("contact_id") in sim.erased


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


# -- I2 ---------------------------------------------------------------------------------------------------------------


def _histories(look: Look) -> dict[tuple[str, str], list[Row]]:
    """Every version that a field of a row ever had, by row and field, in their order."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(look.tables["sim_history"], key=lambda row: row["pos"]):
        if row["kind"] == "conflict":
            continue
        found[str(row["id"]), row["field"]].append(row)
    return found


def i2_exactly_once(sim: "Simulation", look: Look) -> None:
    """Each version of a row was written once, one after the other; no value that was used once came to be twice."""
    for (identity, field), rows in _histories(look).items():
        versions = [row["version"] for row in rows]
        # One push may change a row several times and writes it once: versions may leap, but never stand or go back.
        if any(after <= before for before, after in pairwise(versions)):
            raise Violation("I2 exactly once", f"{rows[0]['kind']} {identity} went through the versions {versions}")
        if field not in UNIQUE:
            continue
        settled = _choices(look, identity, field)
        became = [row["value"] for n, row in enumerate(rows) if n == 0 or rows[n - 1]["value"] != row["value"]]
        twice = {value for value in became if became.count(value) > 1 and value not in settled}
        if twice:
            raise Violation("I2 exactly once", f"{field} of {identity} became {sorted(twice)} more than once: {became}")
    _fell_once(look)
    _is_what_was_saved(sim, look)
    marks = [(str(row["organisation"]), str(row["mutation_id"])) for row in look.tables["sync_ledger"]]
    if len(marks) != len(set(marks)):
        raise Violation("I2 exactly once", "a mutation stands in the ledger twice")


def _fell_once(look: Look) -> None:
    """No deletion felled a record a second time after it had come back."""
    for (identity, _), rows in _histories(look).items():
        felled = [
            row["deleted_by"] for n, row in enumerate(rows)
            if row["deleted_by"] is not None and (n == 0 or rows[n - 1]["deleted_by"] != row["deleted_by"])
        ]  # fmt: skip
        if len(felled) != len(set(felled)):
            raise Violation("I2 exactly once", f"{identity} was deleted twice by one deletion")


def _is_what_was_saved(sim: "Simulation", look: Look) -> None:
    """What the server judged under an id is what the worker saved under it."""
    ledger = look.by("sync_ledger", "mutation_id")
    for identity, promise in sim.promises.items():
        if identity in ledger and ledger[identity]["hash"] != digest(promise.mutation):
            raise Violation("I2 exactly once", f"mutation {identity} was judged with another content")
    for row in look.tables["sync_conflict"]:
        promise_of = sim.promises.get(str(row["mutation_id"]))
        if promise_of is not None and row["field"] not in promise_of.mutation["set"]:
            raise Violation(
                "I2 exactly once", f"conflict on {row['field']}, which mutation {row['mutation_id']} never set"
            )


def i2_settled_once(sim: "Simulation", look: Look) -> None:
    """A conflict is settled by one person, whose first choice stands until that person changes their mind."""
    who: dict[str, set[str]] = defaultdict(set)
    for row in look.tables["sim_history"]:
        if row["field"] == "choice" and row["value"] is not None:
            who[str(row["id"])].add(str(row["device"]))
    for identity, people in who.items():
        if len(people) > 1:
            raise Violation("I2 settled once", f"conflict {identity} was settled by {len(people)} people")


def i2_nothing_overwritten(sim: "Simulation", look: Look) -> None:
    """Whoever changed a field had seen the value that went, or somebody chose; whoever deleted had seen the row."""
    by_value = {
        (promise.mutation["entity_id"], field, str(value)): promise
        for promise in sim.promises.values()
        for field, value in promise.mutation["set"].items()
        if field in UNIQUE
    }
    for (identity, field), rows in _histories(look).items():
        for before, after in pairwise(rows):
            _deleter_had_seen(sim, identity, before, after, rows)
            if field not in UNIQUE or before["value"] == after["value"]:
                continue
            promise = by_value.get((identity, field, str(after["value"])))
            if promise is None:
                if str(after["value"]) in _choices(look, identity, field):
                    continue
                raise Violation("I2 nothing overwritten", f"{field} of {identity} became {after['value']}: by nobody")
            if not _had_seen(promise, field, before["value"], by_value) and not _choices(look, identity, field):
                raise Violation(
                    "I2 nothing overwritten",
                    f"{field} of {identity} became {after['value']} instead of {before['value']}, which the author "
                    f"never saw (but {promise.mutation['base'].get(field)})",
                )


def _had_seen(promise: "Promise", field: str, value: str, by_value: dict[tuple[str, str, str], "Promise"]) -> bool:
    """Whether the author saw this value, or made the change upon earlier ones of this device that began with it."""
    while (seen := str(promise.mutation["base"].get(field))) != str(value):
        earlier = by_value.get((promise.mutation["entity_id"], field, seen))
        if earlier is None or earlier.device != promise.device or earlier.mutation["no"] >= promise.mutation["no"]:
            return False
        promise = earlier
    return True


def _choices(look: Look, identity: str, field: str) -> set[str]:
    """Values that somebody chose between in a conflict."""
    return {
        str(msgspec.json.decode(row[side]))
        for row in look.tables["sync_conflict"]
        for side in ("mine", "theirs")
        if str(row["entity_id"]) == identity and row["field"] == field and row["settled_at"] is not None
    }


def _deleter_had_seen(sim: "Simulation", identity: str, before: Row, after: Row, rows: list[Row]) -> None:
    if after["deleted_by"] is None or before["deleted_by"] is not None:
        return
    promise = sim.promises.get(str(after["deleted_by"]))
    if promise is None or promise.mutation["entity_id"] != identity:
        return  # it went along with its contact
    seen = promise.mutation.get("base_version")
    unseen = [row for row in rows if seen is not None and seen < row["version"] < after["version"]]
    if any(str(row["device"]) != str(after["device"]) for row in unseen):
        raise Violation("I2 nothing overwritten", f"{identity} was deleted in a version its deleter never saw")


def i2_deletions(sim: "Simulation", look: Look) -> None:
    """What an applied update changed is not deleted by what came before it, and what returns brings its own along."""
    rows = {str(row["id"]): (table, row) for table in RECORDS for row in look.tables[table]}
    for _, row in rows.values():
        promise = sim.promises.get(str(row["deleted_by"]))
        if promise is None:
            continue
        target = rows.get(promise.mutation["entity_id"])
        if target is not None and target[1]["deleted_by"] is None:
            raise Violation(
                "I2 deletions", f"{row['id']} stayed deleted by {row['deleted_by']}, whose record came back"
            )
    for identity, promise in sim.promises.items():
        ledger = look.by("sync_ledger", "mutation_id").get(identity)
        found = rows.get(promise.mutation["entity_id"])
        if ledger is None or found is None or promise.mutation["op"] != "update" or ledger["status"] not in APPLIED:
            continue
        version = msgspec.json.decode(ledger["result"])["version"]
        if found[1]["deleted_by"] is not None and found[1]["version"] == version:
            raise Violation("I2 deletions", f"{found[0]} {found[1]['id']} is deleted in the version an update made")


# -- I3, I4 -----------------------------------------------------------------------------------------------------------


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


# -- I5 ---------------------------------------------------------------------------------------------------------------


def i5_purge(sim: "Simulation", look: Look) -> None:
    """Of a record that was erased no text is left: in no column of no table, in no file, on no device in use."""
    if not sim.purged:
        return
    canaries = {
        str(promise.mutation["set"]["text"]): identity
        for identity, promise in sim.promises.items()
        if "text" in promise.mutation["set"] and _is_purged(sim, promise)
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


# -- I6, I7 -----------------------------------------------------------------------------------------------------------


def i6_resume(sim: "Simulation", look: Look) -> None:
    """No device's cursor is ahead of its rows: all that the feed holds up to its position is on the disk."""
    clocks = look.by("sync_clock", "organisation")
    secret = server_secret(sim.server.settings)
    for device in sim.all_devices:
        stores = device.disk.stores
        clock = clocks[device.me["organisation"]["id"]]
        if not stores.meta.get("cursor"):
            continue
        position = unseal(
            stores.meta["cursor"], secret, device=UUID(device.device_id), membership=UUID(device.membership_id)
        )
        if position.epoch != clock["epoch"] or any(at > clock["seq"] for at in position.scopes.values()):
            continue  # a restore of which the device has not heard yet
        for change in look.tables["sync_change"]:
            key = (change["entity"], str(change["entity_id"]))
            if change["seq"] > position.scopes.get(change["scope"], -1):
                continue
            copy = stores.rows.get(key)
            held = copy is not None and change["scope"] in copy.scopes
            if change["kind"] == "put" and not (copy is not None and held and copy.version >= change["version"]):
                raise Violation("I6 resume", f"{device.name} is past position {change['seq']} and lacks {key}")
            if change["kind"] == "remove" and held:
                raise Violation("I6 resume", f"{device.name} is past position {change['seq']} and still holds {key}")


def i6_groups(sim: "Simulation", look: Look) -> None:
    """Of no group is a part applied and a part not; of no save is a part on the disk."""
    ledger = look.by("sync_ledger", "mutation_id")
    groups: dict[str, list[str]] = defaultdict(list)
    for identity, promise in sim.promises.items():
        if promise.mutation.get("group") and not _is_purged(sim, promise):
            groups[promise.mutation["group"]].append(identity)
    for group, members in groups.items():
        done = [one for one in members if one in ledger and ledger[one]["status"] in {*APPLIED, "conflict"}]
        if done and len(done) != len(members):
            raise Violation("I6 groups", f"group {group}: {len(done)} of {len(members)} mutations are applied")
        for one in done:
            mutation = sim.promises[one].mutation
            if mutation["op"] == "create" and mutation["entity_id"] not in look.by(mutation["entity"], "id"):
                raise Violation("I6 groups", f"group {group} is applied, and {mutation['entity_id']} is not there")


def i7_clocks(sim: "Simulation", look: Look) -> None:
    """`occurred_at` is kept as given; the counted day follows the server's clock where the device's is far off."""
    contacts, ledger = look.by("contact", "id"), look.by("sync_ledger", "mutation_id")
    for identity, promise in sim.promises.items():
        row = contacts.get(promise.mutation["entity_id"])
        told = promise.mutation["set"].get("occurred_at")
        applied = identity in ledger and ledger[identity]["status"] in APPLIED
        if row is None or told is None or not applied or promise.mutation["op"] != "create" or row["version"] == 0:
            continue
        kept = row["occurred_at"].isoformat(timespec="milliseconds")
        if kept != told:
            raise Violation("I7 clocks", f"contact {row['id']} happened at {told} and was kept as {kept}")
        skews = set().union(*(one.tried.get(identity, set()) for one in sim.all_devices))
        far_off = {abs(skew) > timedelta(minutes=10) for skew in skews}
        if len(far_off) != 1 or row["day"] is None:
            continue  # handed in more than once, with different clocks
        (wrong,) = far_off
        # Set right, it may still lie in the future, where nobody was met yet.
        told_right = {
            min(row["occurred_at"] - skew, row["received_at"]) if wrong else row["occurred_at"] for skew in skews
        }
        days = {local_day(instant, "Europe/Brussels") for instant in told_right}
        if row["clock_skewed"] is not wrong or row["day"] not in {day.isoformat() for day in days}:
            raise Violation(
                "I7 clocks",
                f"contact {row['id']} is counted on {row['day']} (flagged: {row['clock_skewed']}); its device's "
                f"clock was off by {sorted(map(str, skews))}",
            )


def i7_order(sim: "Simulation", look: Look) -> None:
    """One device alone is never in conflict with itself, whatever its clock says."""
    unsure = {"rejected", "discarded", "replaced", "handed_over", "gone", "held"}
    ledger = look.by("sync_ledger", "mutation_id")
    for conflict in look.tables["sync_conflict"]:
        promise = sim.promises.get(str(conflict["mutation_id"]))
        if promise is None or sim.restored:
            continue
        about = [one for one in sim.promises.values() if one.mutation["entity_id"] == promise.mutation["entity_id"]]
        refused = [one for one in about if (row := ledger.get(one.mutation["id"])) is None or row["status"] in unsure]
        writers = {str(row["device"]) for row in look.tables["sim_history"] if row["id"] == conflict["entity_id"]}
        if len(writers) == 1 and len({one.device for one in about}) == 1 and not refused:
            raise Violation("I7 order", f"{promise.device} is in conflict with itself over {conflict['field']}")
