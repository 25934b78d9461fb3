"""Seeded faults in the ledger, in the order of judging, in groups and rows, and in people's decisions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from tests.sync.house import House
from tests.sync.mutants import Patches, awaited, mutant
from wegwijs.foundation.database import Transaction
from wegwijs.sync import decisions, groups, judge, ledger, overlay, push, write
from wegwijs.sync.core.merge import Merged, merge_field
from wegwijs.sync.entity import Surroundings
from wegwijs.sync.history import History
from wegwijs.sync.letterbox import service

# -- the ledger -------------------------------------------------------------------------------------------------------


@mutant("save a1; sync a1; delete a1 contact; send a1 late@1; undelete a1; sync a1; deliver")
def no_ledger_look_up(house: House) -> Patches:
    """What comes a second time is judged a second time."""
    insert = ledger._insert

    async def all_new(tx: Any, actor: Any, first: Any, now: Any) -> Any:
        await insert(tx, actor, first, now)
        return set(first)

    return [patch.object(ledger, "_insert", all_new)]


@mutant("save a1; sync a1; hostile a1 reuse")
def id_reuse_overwritten(house: House) -> Patches:
    """A known id with another content is taken for new."""
    return [patch.object(ledger, "_lacked_a_session", lambda item, stored: stored["hash"] != item.hash)]


@mutant("save a1; sync a1; delete a1 contact; box a1 late@0; undelete a1; sync a1; deliver")
def letterbox_applied_twice(house: House) -> Patches:
    """What comes sealed is judged each time it comes."""
    return [
        patch.object(service, "_is_known", lambda one, known: False),
        patch.object(ledger, "_lacked_a_session", lambda item, stored: item.origin.via == "letterbox"),
    ]


@mutant("bad a1 request; sync a1")
def refused_without_payload(house: House) -> Patches:
    """The ledger notes that something was refused and keeps nothing of it."""
    return [patch.object(ledger, "WITH_PAYLOAD", frozenset({"held", "handed_over"}))]


@mutant("save a1; sync a1")
def results_not_written(house: House) -> Patches:
    """The ledger knows that a mutation came and never what became of it."""
    return [patch.object(ledger, "settle", awaited(None))]


@mutant("save a1; edit a1 duration; sync a1 413@1 413@2; sync a1")
def outcome_not_written(house: House) -> Patches:
    """A verdict that changes later is told to nobody."""
    return [patch.object(ledger, "tells", lambda item: False)]


# -- order ------------------------------------------------------------------------------------------------------------


@mutant("save a1; edit a1 duration; sync a1 413@1 413@2; sync a1")
def held_for_ever(house: House) -> Patches:
    """What waits is never judged again."""
    return [patch.object(ledger, "released", awaited([])), patch.object(push, "freed", lambda *_: [])]


@mutant("save a1; sync a1; edit a1 duration; skew a1 -90; edit a1 duration; sync a1")
def client_clock_decides(house: House) -> Patches:
    """Mutations are judged in the order in which the device's clock says they were made."""
    plain = groups.grouped

    def by_clock(items: Any) -> Any:
        return sorted(plain(items), key=lambda group: group[0].mutation.occurred_at)

    return [patch.object(push, "grouped", by_clock)]


@mutant("skew a1 -5256000; save a1; sync a1")
def wrong_clock_counts(house: House) -> Patches:
    """The day of a device whose clock is years off is counted as it says."""
    return [patch.object(Surroundings, "clock_skewed", property(lambda self: False))]


@mutant("old a1; sync a1")
def old_apps_not_read(house: House) -> Patches:
    """What an old app handed in is read as if a present one had made it."""
    return [patch.object(History, "upcast", lambda self, mutation, schema: mutation)]


# -- groups and rows --------------------------------------------------------------------------------------------------


@mutant("bad a1 request; sync a1")
def group_applied_in_part(house: House) -> Patches:
    """Of a refused group, what was judged before the culprit stays."""
    return [patch.object(overlay.Overlay, "drop", lambda self: None)]


@mutant("odd a1; sync a1; odd a1 #1; sync a1")
def no_savepoint(house: House) -> Patches:
    """What was written before the store refused a row of the same group stays."""

    @asynccontextmanager
    async def nothing(self: Any) -> AsyncIterator[None]:
        yield

    return [patch.object(Transaction, "savepoint", nothing)]


@mutant("save a1; sync a1; sync a2; edit a1 duration; edit a2 duration; overlap a1 a2 rows", ("postgresql",))
def no_entity_lock(house: House) -> Patches:
    """Rows are read without a lock: two at once write upon the same version."""
    return [patch.object(Transaction, "for_update", property(lambda self: ""))]


@mutant("save a1; sync a1; sync a2; edit a1 duration; edit a2 duration; sync a1; sync a2")
def merge_that_takes_mine(house: House) -> Patches:
    """Who comes last overwrites what they never saw."""
    merge = merge_field

    def takes_mine(policy: Any, base: Any, current: Any, mine: Any) -> Merged:
        return Merged(mine) if merge(policy, base, current, mine).conflict else merge(policy, base, current, mine)

    return [patch.object(judge, "merge_field", takes_mine)]


@mutant("save a1; sync a1; sync a2; edit a2 duration; sync a2; delete a1 contact; sync a1")
def delete_beats_update(house: House) -> Patches:
    """A deletion takes a version along that its author never saw."""
    delete = judge.Judge._delete

    def blind(self: Any, step: Any) -> Any:
        step.mutation.base_version = None
        return delete(self, step)

    return [patch.object(judge.Judge, "_delete", blind)]


@mutant("save a1; sync a1; delete a1 contact; send a1; undelete a1; sync a1")
def undelete_forgets_children(house: House) -> Patches:
    """A contact comes back without its help requests and notes."""
    return [patch.object(judge.Judge, "_bring_along", lambda *_: None)]


@mutant("save a1; sync a1; hostile x1 foreign")
def anybody_may_write(house: House) -> Patches:
    """Whose a record is, is not looked at."""
    return [patch.object(judge.Judge, "_owned", lambda self, entity, row: row is not None)]


# -- decisions --------------------------------------------------------------------------------------------------------


@mutant(
    "save a1; sync a1; sync a2; edit a1 duration; edit a2 duration; sync a1; sync a2; sync a1; choose a2 mine; "
    "choose s1 theirs; sync a2; sync s1"
)
def conflict_settled_twice(house: House) -> Patches:
    """The second choice overrules the first."""
    resolve = decisions.Decisions.resolve

    def any_choice(self: Any, step: Any) -> Any:
        conflict = self._overlay.find(overlay.CONFLICT, step.mutation.entity_id)
        if conflict is not None:
            conflict["settled_by"] = step.around.by
        return resolve(self, step)

    return [patch.object(decisions.Decisions, "resolve", any_choice)]


@mutant("save a1; edit a1 duration; edit a1 duration; sync a1 413@1 413@2 413@3; drop a1; sync a1")
def discard_leaves_dependents_held(house: House) -> Patches:
    """What waited for a mutation that was discarded goes on waiting."""
    released = ledger.released

    async def without_decided(tx: Any, organisation: Any, settled: Any) -> Any:
        gone = await ledger.targets(tx, organisation, list(settled))
        decided = {row["id"] for row in gone if row["status"] in {"discarded", "replaced"}}
        return await released(tx, organisation, [one for one in settled if one not in decided])

    return [patch.object(ledger, "released", without_decided)]


@mutant("save a1; sync a1; give a1 b1; sync a1")
def scope_move_without_remove(house: House) -> Patches:
    """Who gave a record away is not told that it left."""
    return [patch.object(write, "_moved", lambda rows, key, before, scopes: write.entries(rows, key, scopes))]
