"""Seeded faults in the feed, around commits, restores and purges, and on the device."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import asyncpg

from tests.sync import device as phone
from tests.sync.house import House
from tests.sync.mutants import Patches, awaited, mutant
from wegwijs.foundation.database import Database
from wegwijs.foundation.sqlite import SQLiteDatabase
from wegwijs.sync import digests, feed, gather, purge, push, restored, windows, write
from wegwijs.sync.core import queue

# -- the feed ---------------------------------------------------------------------------------------------------------


async def _visible_head(tx: Any, organisation: Any) -> Any:
    clock = await tx.fetch_one("SELECT epoch, durable_seq FROM sync_clock WHERE organisation = ?", organisation)
    head = await tx.fetch_one(
        "SELECT COALESCE(MAX(seq), 0) AS seq FROM sync_change WHERE organisation = ?", organisation
    )
    return {**clock, "seq": head["seq"]}


@mutant("save a1; save a2; overlap a1 a2 commit", ("postgresql",))
def serial_number_as_cursor(house: House) -> Patches:
    """Positions are serial numbers: a lower one may be seen after a higher one."""

    async def serial(tx: Any, organisation: Any, entries: Any) -> Any:
        numbers = [(await tx.fetch_one("SELECT nextval('sync_change_id_seq') AS n"))["n"] for _ in entries]
        values = [(organisation, e.scope, e.entity, e.entity_id, n, e.kind, e.reason, e.version)
                  for e, n in zip(entries, numbers, strict=True)]  # fmt: skip
        await tx.execute_many(feed._UPSERT, values)
        return (await _visible_head(tx, organisation))["epoch"], numbers[0]

    return [
        patch.object(push, "record_changes", serial),
        patch.object(push, "read_clock", _visible_head),
        patch.object(feed, "read_clock", _visible_head),
    ]


@mutant("save a1; overlap a1 a2 commit", ("postgresql",))
def clock_first(house: House) -> Patches:
    """The counter moves in a transaction of its own, before the rows are there."""

    async def apart(tx: Any, organisation: Any, entries: Any) -> Any:
        connection = await asyncpg.connect(house.server.storage.url)
        clock = await connection.fetchrow(
            "UPDATE sync_clock SET seq = seq + $1 WHERE organisation = $2 RETURNING seq, epoch",
            len(entries),
            organisation,
        )
        await connection.close()
        first = clock["seq"] - len(entries) + 1
        values = [(organisation, e.scope, e.entity, e.entity_id, first + n, e.kind, e.reason, e.version)
                  for n, e in enumerate(entries)]  # fmt: skip
        await tx.execute_many(feed._UPSERT, values)
        return clock["epoch"], first

    return [patch.object(push, "record_changes", apart)]


@mutant("save a1; save a1 #1; save a1 #2; save a1 #3; sync a1; sync a2")
def page_that_leaps_to_the_end(house: House) -> Patches:
    """A full page is taken for the last, and its cursor stands at the end."""
    after = feed._changes_after

    async def one_less(tx: Any, organisation: Any, start: Any, head: Any, limit: int) -> Any:
        return await after(tx, organisation, start, head, limit - 1)

    return [patch.object(feed, "_changes_after", one_less)]


@mutant("save a1; sync a1; sync a2; delete a1 contact; sync a1")
def delete_that_tells_nobody(house: House) -> Patches:
    """A deleted row stays on the other devices."""
    entries = write.entries

    def only_puts(*args: Any) -> Any:
        return [one for one in entries(*args) if one.kind == "put"]

    return [patch.object(write, "entries", only_puts)]


@mutant("save a1; sync a1; sync a2; edit a1 duration; sync a1; sync a2")
def digest_remembered_for_ever(house: House) -> Patches:
    """The digest of a scope is counted once, and told again when the scope has long changed."""

    async def never_changes(tx: Any, organisation: Any, scope: str) -> int:
        return 0

    return [patch.object(digests, "_last_change", never_changes)]


@mutant("save a1; sync a1; sync a2; night; delete a1 contact; sync a1; night; wait 144000; night; night")
def pruning_without_floor(house: House) -> Patches:
    """Removals are pruned from the feed, and who missed them is not told."""
    return [patch.object(feed, "_check_floors", lambda *_: None)]


@mutant("rough a1; sync a1; night; wait 50000; night")
def window_takes_incomplete_ones(house: House) -> Patches:
    """An unfinished contact leaves the device by its age."""
    return [patch.object(windows, "_trees", _trees_of_everything)]


async def _trees_of_everything(tx: Any, registry: Any, kind: Any, organisation: Any, ids: Any) -> Any:
    return {identity: [identity] for identity in ids}


# -- commits, restores, purges ----------------------------------------------------------------------------------------


@mutant("save a1; sync a1 cut@20", ("sqlite",))
def acknowledged_before_commit(house: House) -> Patches:
    """The answer goes out, and then the transaction is committed."""

    reading = SQLiteDatabase.read
    open_ones: list[tuple[asyncio.Event, asyncio.Task[None]]] = []

    async def run_write(self: Any, work: Any) -> Any:
        told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answered = asyncio.Event()

        async def whole() -> None:
            try:
                async with self.write() as tx:
                    told.set_result(await work(tx))
                    await answered.wait()
            except BaseException as error:
                if not told.done():
                    told.set_exception(error)

        open_ones.append((answered, asyncio.create_task(whole())))
        return await told

    @asynccontextmanager
    async def read(self: Any) -> AsyncIterator[Any]:
        while open_ones:
            answered, task = open_ones.pop()
            answered.set()
            await asyncio.wait({task})
        async with reading(self) as tx:
            yield tx

    return [patch.object(Database, "run_write", run_write), patch.object(SQLiteDatabase, "read", read)]


@mutant("save a1; backup; save a1 #1; sync a1; restore archive")
def restore_without_new_epoch(house: House) -> Patches:
    """A restored server goes on as if nothing had happened."""
    return [
        patch.object(restored, "new_epoch", awaited(None)),
        patch("wegwijs.operation.restore.new_epoch", awaited(None)),
    ]


@mutant("save a1; sync a1; backup; purge a1; restore files")
def restore_forgets_the_journal(house: House) -> Patches:
    """What was erased since the backup comes back with it."""
    return [
        patch("wegwijs.operation.nightly.replay", awaited(0)),
        patch("wegwijs.operation.restore.replay", awaited(0)),
        patch.object(restored, "replay", awaited(0)),
    ]


@mutant("bad a1 contact; sync a1; purge a1")
def purge_forgets_the_ledger(house: House) -> Patches:
    """The payload of what was refused stays in the ledger."""
    return [patch.object(purge, "_erase_ledger", awaited([]))]


@mutant("save a1; sync a1; sync a2; purge a1")
def purge_forgets_the_feed(house: House) -> Patches:
    """The devices are not told that a record was erased."""
    return [patch.object(purge, "_tell", awaited(None))]


@mutant("save a1; purge a1; sync a1")
def purge_forgets_late_arrivals(house: House) -> Patches:
    """No digest of an erased id is kept: what comes later makes the record anew."""
    return [patch.object(purge, "mark_digests", awaited(None)), patch.object(gather, "mark_digests", awaited(None))]


@mutant("save a1 #1; purge a1; sync a1")
def refused_text_of_the_erased(house: House) -> Patches:
    """What would have hung on an erased record is refused, and its text is kept."""
    return [patch.object(push, "forget_erased", awaited(None))]


# -- the device -------------------------------------------------------------------------------------------------------


@mutant("bad a1 request; sync a1")
def device_throws_refused_away(house: House) -> Patches:
    """The device drops what the server refused."""
    judged = queue._judged

    def dropped(queued: Any, result: Any, epoch: Any) -> Any:
        return None if result["status"] == "rejected" else judged(queued, result, epoch)

    return [patch.object(queue, "_judged", dropped)]


@mutant("save a1; sync a1 404@1")
def device_deletes_on_404(house: House) -> Patches:
    """The device takes the 404 of a proxy for the end of a record."""
    pushing = phone.Device._push

    async def push_and_drop(self: Any) -> Any:
        try:
            return await pushing(self)
        except phone.Failed as failed:
            if failed.status == 404:
                self.discard([one.id for one in self.unsettled])
            raise

    return [patch.object(phone.Device, "_push", push_and_drop)]


@mutant("save a1; backup; save a1 #1; sync a1; restore archive")
def copies_dropped_before_durable(house: House) -> Patches:
    """The device drops its copies as soon as the server has them, backup or not."""
    drop = phone.drop_copies
    return [patch.object(phone, "drop_copies", lambda stores, epoch, seq: drop(stores, epoch, 10**9))]


@mutant("save a1; sync a1; fetch a2 kill@6")
def cursor_before_rows(house: House) -> Patches:
    """The device writes down how far it has read, and then what it has read."""

    def cursor_first(self: Any, page: Any, lost: Any, anew: Any) -> None:
        self.disk.write(lambda stores: stores.meta.update(cursor=page["cursor"], epoch=page["epoch"]))
        self.disk.write(lambda stores: phone.store_page(stores, page, lost, anew))

    return [patch.object(phone.Device, "_store_page", cursor_first)]


@mutant("save a1; fetch a1")
def pull_clears_the_outbox(house: House) -> Patches:
    """Beginning to pull anew clears all that is on the device."""
    store = phone.store_page

    def clears(stores: Any, page: Any, lost: Any, anew: bool) -> None:
        if anew:
            stores.outbox.clear()
        store(stores, page, lost, anew)

    return [patch.object(phone, "store_page", clears)]


@mutant("fill a1")
def saved_before_it_is_stored(house: House) -> Patches:
    """ "Saved" is said although the store had no room."""
    append = phone.Device.append

    def always_fine(self: Any, mutations: Any, schema: int) -> Any:
        try:
            return append(self, mutations, schema)
        except phone.StoreFull:
            return [{**mutation, "no": 0} for mutation in mutations]

    return [patch.object(phone.Device, "append", always_fine)]


@mutant("save a1; sync a1 drop_request@1")
def unanswered_taken_for_sent(house: House) -> Patches:
    """What was handed in and never answered counts as arrived, whether it was or not."""
    return [patch.object(queue.Queued, "unsettled", property(lambda self: self.state == "here"))]
