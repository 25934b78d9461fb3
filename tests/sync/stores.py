"""What a simulated device writes into its store: verdicts, pages of the feed, purges. Each runs in one transaction."""

from typing import Literal

from tests.sync.disk import Copy, Stores
from wegwijs.sync.core.queue import Json, settle
from wegwijs.sync.core.receive import Copy as CopyState
from wegwijs.sync.core.receive import receive


def take_verdicts(stores: Stores, what: Literal["answered", "outcome"], results: list[Json], epoch: str) -> None:
    """Take in what the server said of mutations, by the answer of a push or by the feed."""
    changed, gone = settle(stores.outbox.values(), what, results, epoch)
    stores.outbox.update({one.id: one for one in changed})
    for identity in gone:
        del stores.outbox[identity]


def store_page(stores: Stores, page: Json, lost: list[str], anew: bool) -> None:
    """Rows and cursor in one transaction: no cursor is ever ahead of its rows.

    `anew` clears the old copies first; `lost` are scopes that go off every row first. The outbox is never touched.
    """
    if anew:
        stores.rows.clear()
    for key, copy in list(stores.rows.items()):
        scopes = tuple(scope for scope in copy.scopes if scope not in lost)
        if scopes:
            stores.rows[key] = copy._replace(scopes=scopes)
        else:
            del stores.rows[key]
    for change in page["changes"]:
        take_change(stores, change)
    stores.meta.update(cursor=page["cursor"], epoch=page["epoch"])
    if page["last"]:
        stores.meta["digest"] = page["digest"]
    outcomes = [
        {**change["data"], "id": change["id"]}
        for change in page["changes"]
        if change["entity"] == "mutation_outcome" and change["kind"] == "put"
    ]
    take_verdicts(stores, "outcome", outcomes, page["epoch"])


def take_change(stores: Stores, change: Json) -> None:
    """One change of the feed."""
    key = (change["entity"], change["id"])
    before = stores.rows.get(key)
    after = receive(CopyState(before.scopes, before.version) if before else None, change)
    if after is None:
        stores.rows.pop(key, None)
    elif after.replace:
        stores.rows[key] = Copy(after.scopes, after.version, change["data"])
    elif before is not None:
        stores.rows[key] = before._replace(scopes=after.scopes)
    if change["reason"] == "purged":
        forget(stores, change["id"])


def forget(stores: Stores, identity: str) -> None:
    """A purge takes what waits in the outbox, too; nothing else that is pulled ever touches it.

    What was refused never made a row: its outcome is what is purged then, which has the mutation's id.
    """
    for queued in list(stores.outbox.values()):
        if identity in {queued.id, queued.mutation["entity_id"], queued.mutation["set"].get("contact_id")}:
            del stores.outbox[queued.id]


def drop_copies(stores: Stores, epoch: str, durable_seq: int) -> None:
    """Drop sent copies that a finished, verified backup of the server holds. Epochs cannot be compared."""
    for queued in list(stores.outbox.values()):
        seq = (queued.result or {}).get("seq")
        if queued.state == "kept" and queued.epoch == epoch and seq is not None and seq <= durable_seq:
            del stores.outbox[queued.id]
