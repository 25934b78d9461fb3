"""I2: every effect happens once, and nobody's value is overwritten by somebody who never saw it."""

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from tests.sync.look import APPLIED, RECORDS, UNIQUE, Look, Row, Violation
from wegwijs.sync.core.canonical import digest

if TYPE_CHECKING:
    from tests.sync.simulation import Promise, Simulation


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
        # What went as plainly as can be keeps no result: it made the first version, or changed nothing of it.
        version = msgspec.json.decode(ledger["result"])["version"] if ledger["result"] else 1
        if found[1]["deleted_by"] is not None and found[1]["version"] == version:
            raise Violation("I2 deletions", f"{found[0]} {found[1]['id']} is deleted in the version an update made")
