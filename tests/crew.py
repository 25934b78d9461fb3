"""A small team and what came of what it handed in: who acts in the tests of the synchronisation."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from litestar import Litestar

from tests.helpers import Json, SignedIn, contact_mutations, make_organisation, mutation, pull_all, push, sign_in
from wegwijs.foundation.database import Database
from wegwijs.people.organisations import MadeOrganisation


def statuses(results: list[Json]) -> list[str]:
    return [result["status"] for result in results]


def codes(results: list[Json]) -> list[str | None]:
    return [result["error"]["code"] if result["error"] else None for result in results]


@dataclass
class Crew:
    """One organisation, whose people are signed in as the tests ask for them."""

    app: Litestar
    organisation: MadeOrganisation

    async def member(self, role: str = "worker", team: UUID | None = None) -> SignedIn:
        """Somebody new."""
        return await sign_in(self.app, role, self.organisation, team)

    async def another_phone(self, of: SignedIn) -> SignedIn:
        """A second device of the same membership."""
        return await sign_in(self.app, organisation=self.organisation, membership=UUID(of.membership_id))


async def make_crew(app: Litestar) -> Crew:
    return Crew(app, await make_organisation(app))


async def stored(db: Database, table: str, identity: str, key: str = "id") -> Json:
    """A row as it stands in the database."""
    async with db.read() as tx:
        row = await tx.fetch_one(f"SELECT * FROM {table} WHERE {key} = ?", UUID(identity))
    assert row is not None, f"{identity} is not in {table}"
    return row


async def ledger(db: Database, identity: str) -> Json:
    """What the ledger knows of a mutation."""
    return await stored(db, "sync_ledger", identity, "mutation_id")


async def rows_of(who: SignedIn, entity: str) -> dict[str, Json]:
    """What a fresh device of this person sees of one kind, by id."""
    pulled = await pull_all(who)
    return {c["id"]: c["data"] for c in pulled.changes if c["entity"] == entity and c["kind"] == "put"}


async def outcome(who: SignedIn, identity: str) -> Json:
    """What a person is told of a mutation."""
    return (await rows_of(who, "mutation_outcome"))[identity]


def change(sent: Json, fields: Json, **more: Any) -> Json:
    """An update of what was created, by somebody who saw it as it was created."""
    base = {name: sent["set"].get(name) for name in fields}
    return mutation(sent["entity"], sent["entity_id"], "update", fields, base=base, base_version=1, **more)


def refused(**more: Any) -> Json:
    """A creation that every server refuses: a setting that never existed."""
    return mutation("contact", str(uuid4()), "create", {"setting": "moon", "date_precision": "none"}, **more)


def right(wrong: Json, **more: Any) -> Json:
    """The same with a setting that exists, in place of the other."""
    fields = {**wrong["set"], "setting": "school"}
    return mutation("contact", wrong["entity_id"], "create", fields, replaces=wrong["id"], **more)


def discard(target: Json) -> Json:
    return mutation(target["entity"], target["entity_id"], "discard", replaces=target["id"])


def hand_over(target: Json) -> Json:
    return mutation(target["entity"], target["entity_id"], "hand_over", replaces=target["id"])


def pass_on(entity_id: str, to: str, **more: Any) -> Json:
    return mutation("contact", entity_id, "hand_over", {"to": to}, **more)


def resolve(conflict: str, choice: str) -> Json:
    return mutation("conflict", conflict, "resolve", {"choice": choice})


async def two_values(one: SignedIn, two: SignedIn, **fields: Any) -> tuple[Json, str]:
    """A help request whose outcome is `referred` while the second phone's `solved` lost: the request, the conflict."""
    sent = contact_mutations([{"outcome": "waiting", **fields}])
    await push(one, sent)
    await push(one, [change(sent[1], {"outcome": "referred"})])
    assert statuses(await push(two, [change(sent[1], {"outcome": "solved"})])) == ["conflict"]
    found = [i for i, data in (await rows_of(two, "conflict")).items() if data["entity_id"] == sent[1]["entity_id"]]
    return sent[1], found[0]
