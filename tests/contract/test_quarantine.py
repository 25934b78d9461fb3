"""Quarantine: what a switched-off device hands in waits, sealed, for another supervisor than the one whose it is."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from tests.crew import outcome
from tests.helpers import Json, SignedIn, contact_mutations, make_organisation, make_team, mutation, push, sign_in
from tests.letterbox import QUARANTINE, deliver, hand_in, sealed, waiting
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.people.access import Actor, Role
from wegwijs.people.organisations import MadeOrganisation
from wegwijs.sync.letterbox.quarantine import KEEP_REJECTED, forget_settled, purge_envelopes, waiting_envelopes
from wegwijs.sync.purge import purge


@pytest.fixture
async def made(app: Litestar) -> MadeOrganisation:
    return await make_organisation(app)


@pytest.fixture
async def supervisor(app: Litestar, made: MadeOrganisation) -> SignedIn:
    return await sign_in(app, "supervisor", made)


@pytest.fixture
async def phone(app: Litestar, made: MadeOrganisation, supervisor: SignedIn) -> SignedIn:
    """A worker's phone that its supervisor has switched off."""
    phone = await sign_in(app, "worker", made)
    assert (await supervisor.client.post(f"/api/devices/{phone.device_id}/revoke")).status_code == 204
    return phone


async def decide(supervisor: SignedIn, what: str, *envelopes: Json) -> httpx.Response:
    return await supervisor.client.post(f"{QUARANTINE}/{what}", json={"ids": [one["id"] for one in envelopes]})


async def code_of(supervisor: SignedIn, what: str, *envelopes: Json) -> str:
    answer = await decide(supervisor, what, *envelopes)
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["code"])


async def contact_rows(db: Database, phone: SignedIn) -> list[Json]:
    async with db.read() as tx:
        return await tx.fetch("SELECT * FROM contact WHERE author = ?", UUID(phone.membership_id))


def actor_of(signed_in: SignedIn, role: Role) -> Actor:
    return Actor(
        organisation=UUID(signed_in.organisation_id),
        team=UUID(signed_in.team_id),
        membership=UUID(signed_in.membership_id),
        person=UUID(int=0),
        device=UUID(signed_in.device_id),
        session=None,
        role=role,
        country="BE",
        time_zone="Europe/Brussels",
        default_language="nl",
    )


async def test_a_switched_off_device_hands_in_and_a_supervisor_sees_that_it_did(
    phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    await hand_in(phone, contact_mutations([{}], note="kanarie-11f0"), contact_mutations())
    listed = await waiting(supervisor)
    assert [(one["display_name"], one["device_name"], one["reason"], one["state"]) for one in listed] == [
        (phone.me["display_name"], "telefoon", "device_revoked", "waiting")
    ] * 2
    assert sorted(one["mutations"] for one in listed) == [2, 3]
    assert "kanarie" not in str(listed)
    assert await contact_rows(db, phone) == []


async def test_what_arrived_before_the_device_was_switched_off_stays(
    app: Litestar, made: MadeOrganisation, supervisor: SignedIn, db: Database
) -> None:
    phone = await sign_in(app, "worker", made)
    early, late = contact_mutations(), contact_mutations()
    envelopes = sealed(phone, early, late)
    await deliver(phone, envelopes[:1])
    await supervisor.client.post(f"/api/devices/{phone.device_id}/revoke")
    await deliver(phone, envelopes)
    assert [str(row["id"]) for row in await contact_rows(db, phone)] == [early[0]["entity_id"]]
    assert len(await waiting(supervisor)) == 1


async def test_a_switched_off_membership_goes_to_quarantine(
    app: Litestar, made: MadeOrganisation, supervisor: SignedIn, db: Database
) -> None:
    phone = await sign_in(app, "worker", made)
    async with db.write() as tx:
        await tx.execute("UPDATE membership SET active = ? WHERE id = ?", False, UUID(phone.membership_id))
    await hand_in(phone, contact_mutations())
    assert [one["reason"] for one in await waiting(supervisor)] == ["membership_off"]


async def test_handed_in_again_or_sealed_anew_it_waits_once(phone: SignedIn, supervisor: SignedIn) -> None:
    save = contact_mutations()
    envelopes = await hand_in(phone, save)
    await deliver(phone, envelopes)
    await hand_in(phone, save)
    assert len(await waiting(supervisor)) == 1


async def test_accepted_it_is_taken_in_as_its_author_once(phone: SignedIn, supervisor: SignedIn, db: Database) -> None:
    save = contact_mutations([{}])
    envelopes = await hand_in(phone, save)
    [one] = await waiting(supervisor)
    for new in (1, 0):
        answer = await decide(supervisor, "accept", one)
        assert (answer.status_code, answer.json()) == (200, {"new": new, "duplicate": 1 - new})
    await deliver(phone, envelopes)
    [row] = await contact_rows(db, phone)
    assert (str(row["id"]), row["version"], str(row["device"])) == (save[0]["entity_id"], 1, phone.device_id)
    assert await waiting(supervisor) == []
    async with db.read() as tx:
        [kept] = await tx.fetch("SELECT state, envelope, settled_by FROM quarantine")
    assert (kept["state"], kept["envelope"], str(kept["settled_by"])) == ("accepted", None, supervisor.membership_id)


async def test_accepted_it_may_change_what_another_device_of_its_author_made(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    save = contact_mutations(heavy=False)
    await push(await sign_in(app, membership=UUID(phone.membership_id), organisation=made), save)
    await hand_in(phone, [mutation("contact", save[0]["entity_id"], "update", {"heavy": True}, base={"heavy": False})])
    assert (await decide(supervisor, "accept", *await waiting(supervisor))).status_code == 200
    assert [bool(row["heavy"]) for row in await contact_rows(db, phone)] == [True]


async def test_accepted_it_may_do_so_also_when_it_had_to_wait_first(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    save, late = contact_mutations(heavy=False), contact_mutations()
    other = await sign_in(app, membership=UUID(phone.membership_id), organisation=made)
    await push(other, save)
    waits = mutation("contact", save[0]["entity_id"], "update", {"heavy": True}, base={"heavy": False})
    await hand_in(phone, [waits | {"depends_on": [late[0]["id"]]}])
    assert (await decide(supervisor, "accept", *await waiting(supervisor))).status_code == 200
    await push(other, late)
    assert (await outcome(other, waits["id"])).items() >= {"status": "applied", "via": "letterbox"}.items()


async def test_rejected_it_can_be_accepted_until_its_content_is_erased(
    phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    for _ in range(2):
        await hand_in(phone, contact_mutations())
    one, other = await waiting(supervisor)
    assert (await decide(supervisor, "reject", one, other)).status_code == 204
    listed = await waiting(supervisor)
    assert [(entry["state"], entry["settled_by"]) for entry in listed] == [
        ("rejected", supervisor.me["display_name"])
    ] * 2
    assert all(entry["erased_at"] for entry in listed)
    assert (await decide(supervisor, "accept", one)).json() == {"new": 1, "duplicate": 0}
    async with db.write() as tx:
        assert await forget_settled(tx, now()) == 0
        long_ago = now() - KEEP_REJECTED - timedelta(minutes=1)
        await tx.execute("UPDATE quarantine SET settled_at = ? WHERE state = 'rejected'", long_ago)
        assert await forget_settled(tx, now()) == 1
        [kept] = await tx.fetch("SELECT envelope, settled_by, device FROM quarantine WHERE state = 'rejected'")
    assert kept["envelope"] is None
    assert str(kept["settled_by"]) == supervisor.membership_id
    assert await waiting(supervisor) == []
    assert await code_of(supervisor, "accept", other) == "envelope_settled"
    assert len(await contact_rows(db, phone)) == 1


async def test_an_accepted_one_cannot_be_rejected_any_more(phone: SignedIn, supervisor: SignedIn) -> None:
    await hand_in(phone, contact_mutations())
    [one] = await waiting(supervisor)
    await decide(supervisor, "accept", one)
    assert await code_of(supervisor, "reject", one) == "envelope_settled"


async def test_nobody_decides_on_what_came_under_the_own_name(
    app: Litestar, made: MadeOrganisation, supervisor: SignedIn
) -> None:
    lost = await sign_in(app, membership=UUID(supervisor.membership_id), organisation=made)
    await supervisor.client.post(f"/api/devices/{lost.device_id}/revoke")
    await hand_in(lost, contact_mutations())
    [own] = await waiting(supervisor)
    assert own["own"] is True
    for what in ("accept", "reject"):
        assert await code_of(supervisor, what, own) == "own_envelope"
    # A team may have one supervisor only: for a supervisor's envelopes, those of other teams may decide.
    other = await sign_in(app, "supervisor", made, team=await make_team(app, made))
    [theirs] = await waiting(other)
    assert (await decide(other, "accept", theirs)).json() == {"new": 1, "duplicate": 0}


async def test_another_teams_and_another_organisations_envelopes_do_not_exist(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn
) -> None:
    await hand_in(phone, contact_mutations())
    [one] = await waiting(supervisor)
    for other in (
        await sign_in(app, "supervisor", made, team=await make_team(app, made)),
        await sign_in(app, "supervisor"),
    ):
        assert await waiting(other) == []
        for what in ("accept", "reject"):
            assert await code_of(other, what, one) == "not_found"
    assert len(await waiting(supervisor)) == 1


async def test_all_of_a_decision_happens_or_none(phone: SignedIn, supervisor: SignedIn, db: Database) -> None:
    await hand_in(phone, contact_mutations())
    [good] = await waiting(supervisor)
    await deliver(phone, [{"box": "niets"}])
    closed = next(one for one in await waiting(supervisor) if one["reason"] == "malformed")
    assert await code_of(supervisor, "accept", good, closed) == "envelope_closed"
    assert await contact_rows(db, phone) == []
    assert (await decide(supervisor, "reject", closed)).status_code == 204


async def test_attention_counts_what_this_supervisor_has_to_decide(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    own = await sign_in(app, membership=UUID(supervisor.membership_id), organisation=made)
    await supervisor.client.post(f"/api/devices/{own.device_id}/revoke")
    await hand_in(phone, contact_mutations())
    await hand_in(phone, contact_mutations())
    await hand_in(own, contact_mutations())
    one = next(entry for entry in await waiting(supervisor) if not entry["own"])
    await decide(supervisor, "reject", one)
    async with db.read() as tx:
        assert await waiting_envelopes(tx, actor_of(supervisor, Role.SUPERVISOR)) == 1


async def test_enrolled_again_the_device_hands_the_same_in_by_itself(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    save = contact_mutations()
    await hand_in(phone, save)
    again = await sign_in(app, membership=UUID(phone.membership_id), organisation=made)
    assert (await push(again, save))[0]["status"] == "applied"
    assert await waiting(supervisor) == []
    async with db.write() as tx:
        assert await forget_settled(tx, now()) == 1
        [row] = await tx.fetch("SELECT state, envelope FROM quarantine")
    assert (row["state"], row["envelope"]) == ("arrived", None)


async def test_a_purge_takes_the_envelopes_that_hold_the_record(phone: SignedIn, db: Database) -> None:
    save, other = contact_mutations([{}]), contact_mutations()
    await hand_in(phone, save, other)
    async with db.write() as tx:
        organisation = UUID(phone.organisation_id)
        assert await purge_envelopes(tx, organisation, [UUID(save[1]["entity_id"])]) == 1
        assert [row["mutations"] for row in await tx.fetch("SELECT mutations FROM quarantine")] == [2]
        entities = {str(row["entity_id"]) for row in await tx.fetch("SELECT entity_id FROM quarantine_record")}
    assert entities == {one["entity_id"] for one in other}


async def test_what_comes_after_the_purge_is_not_kept_either_nor_what_would_hang_on_it(
    phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    save = contact_mutations()
    contact = save[0]["entity_id"]
    text = {"contact_id": contact, "help_request_id": None, "text": "kanarie-77ab"}
    note = mutation("note", str(uuid4()), "create", text)
    await hand_in(phone, [note])
    async with db.write() as tx:
        await purge(tx, REGISTRY, UUID(phone.organisation_id), "contact", [UUID(contact)])
    assert await waiting(supervisor) == []
    await hand_in(phone, save, [note])
    assert await waiting(supervisor) == []
    async with db.read() as tx:
        assert await tx.fetch("SELECT id FROM quarantine") == []


async def test_who_leaves_hands_in_still(app: Litestar, made: MadeOrganisation, supervisor: SignedIn) -> None:
    phone = await sign_in(app, "worker", made)
    administrator = await sign_in(app, "administrator", made)
    assert (await administrator.client.post(f"/api/people/{phone.membership_id}/switch-off")).status_code == 204
    await hand_in(phone, contact_mutations())
    assert len(await waiting(supervisor)) == 1
