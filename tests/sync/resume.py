"""I6: no cursor is ahead of its rows, no group is half applied. I7: device clocks decide nothing."""

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from tests.sync.look import APPLIED, Look, Violation, is_purged
from wegwijs.foundation.clock import local_day
from wegwijs.people.service import server_secret
from wegwijs.sync.cursor import unseal

if TYPE_CHECKING:
    from tests.sync.simulation import Simulation


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
        if promise.mutation.get("group") and not is_purged(sim, promise):
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
