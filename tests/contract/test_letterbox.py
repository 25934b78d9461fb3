"""The letterbox: a device hands in what it logged without a session, sealed, exactly once, and learns nothing by it."""

import asyncio
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from litestar import Litestar

from tests.helpers import (
    Json,
    Pulled,
    SignedIn,
    browser_like,
    contact_mutations,
    make_organisation,
    mutation,
    pull_all,
    push,
    sign_in,
)
from tests.letterbox import (
    AS_ENVELOPES,
    LETTERBOX,
    deliver,
    hand_in,
    letterbox_body,
    post,
    sealed,
    sealer,
    waiting,
)
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.people.access import Role
from wegwijs.people.keys import private_key_path
from wegwijs.people.organisations import MadeOrganisation
from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.core.envelope import open_envelope, seal_statement, to_text
from wegwijs.sync.letterbox import service


@pytest.fixture
async def made(app: Litestar) -> MadeOrganisation:
    return await make_organisation(app)


@pytest.fixture
async def phone(app: Litestar, made: MadeOrganisation) -> SignedIn:
    """A worker's phone. Its session is not used to hand anything in, unless a test says so."""
    return await sign_in(app, "worker", made)


@pytest.fixture
async def supervisor(app: Litestar, made: MadeOrganisation) -> SignedIn:
    return await sign_in(app, "supervisor", made)


def rows(pulled: Pulled, entity: str = "contact") -> dict[str, Json]:
    """The records of a kind that a device holds."""
    return {change["id"]: change for change in pulled.changes if change["entity"] == entity and change["kind"] == "put"}


async def contacts(phone: SignedIn) -> dict[str, Json]:
    return rows(await pull_all(phone))


async def outcomes(phone: SignedIn) -> dict[str, Json]:
    """What the author is told of mutations, by their ids."""
    return {one: change["data"] for one, change in rows(await pull_all(phone), "mutation_outcome").items()}


async def reasons(supervisor: SignedIn) -> list[str]:
    return [one["reason"] for one in await waiting(supervisor)]


# -- exactly once ----------------------------------------------------------------------------------------------------


async def test_a_save_arrives_whole_with_its_author_and_team(phone: SignedIn) -> None:
    save = contact_mutations([{}, {}], note="tot morgen")
    await hand_in(phone, save)
    pulled = await pull_all(phone)
    contact = rows(pulled)[save[0]["entity_id"]]["data"]
    assert (contact["author"], contact["team"]) == (phone.membership_id, phone.team_id)
    assert len(rows(pulled, "help_request")) == 2
    assert len(rows(pulled, "note")) == 1


async def test_its_author_is_told_what_became_of_it_and_which_way_it_came(phone: SignedIn) -> None:
    good, bad = contact_mutations(), contact_mutations(setting="nowhere_at_all")
    await hand_in(phone, good, bad)
    told = await outcomes(phone)
    assert {(told[one["id"]]["status"], told[one["id"]]["via"]) for one in good} == {("applied", "letterbox")}
    assert (told[bad[0]["id"]]["status"], told[bad[0]["id"]]["error"]["code"]) == ("rejected", "unknown_code")


async def test_an_envelope_of_a_newer_app_keeps_the_others_from_nothing(phone: SignedIn, supervisor: SignedIn) -> None:
    newer = sealed(phone, contact_mutations(), schema=9_999)
    good = contact_mutations()
    await deliver(phone, [*newer, *sealed(phone, good)])
    assert await reasons(supervisor) == ["schema"]
    assert list(await contacts(phone)) == [good[0]["entity_id"]]


async def test_it_needs_no_session_and_a_session_changes_nothing(phone: SignedIn) -> None:
    await phone.client.post("/api/sign-out")
    save = contact_mutations()
    body = letterbox_body(phone, sealed(phone, save))
    signed_out = await post(phone, body)
    again = await phone.client.post(LETTERBOX, content=canonical(body), headers=AS_ENVELOPES)
    assert (signed_out.status_code, signed_out.json()) == (again.status_code, again.json())


@pytest.mark.parametrize("first", ["letterbox", "push"])
async def test_the_same_save_both_ways_happens_once(phone: SignedIn, first: str) -> None:
    save = contact_mutations([{}])
    if first == "letterbox":
        await hand_in(phone, save)
        assert {result["status"] for result in await push(phone, save)} == {"duplicate"}
    else:
        await push(phone, save)
        await hand_in(phone, save)
    held = await contacts(phone)
    assert [one["version"] for one in held.values()] == [1]


async def test_both_ways_at_the_same_time_it_happens_once(phone: SignedIn) -> None:
    save = contact_mutations([{}, {}])
    await asyncio.gather(hand_in(phone, save), push(phone, save), hand_in(phone, save))
    pulled = await pull_all(phone)
    assert [one["version"] for one in rows(pulled).values()] == [1]
    assert len(rows(pulled, "help_request")) == 2


async def test_replayed_as_it_was_sealed_anew_or_in_another_order_it_happens_once(
    phone: SignedIn, supervisor: SignedIn
) -> None:
    first, second = contact_mutations(), contact_mutations()
    body = letterbox_body(phone, sealed(phone, first, second))
    answers = [await post(phone, body) for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1
    await hand_in(phone, second, first)
    await hand_in(phone, first)
    held = await contacts(phone)
    assert sorted(one["version"] for one in held.values()) == [1, 1]
    assert await waiting(supervisor) == []


async def test_envelopes_are_taken_in_the_order_in_which_they_were_made(phone: SignedIn) -> None:
    save = contact_mutations(heavy=False)
    change = mutation(
        "contact", save[0]["entity_id"], "update", {"heavy": True}, base={"heavy": False}, depends_on=[save[0]["id"]]
    )
    await hand_in(phone, [change], save)
    assert (await contacts(phone))[save[0]["entity_id"]]["data"]["heavy"] is True


async def test_what_comes_before_what_it_depends_on_waits_for_it(phone: SignedIn) -> None:
    save = contact_mutations(heavy=False)
    change = mutation("contact", save[0]["entity_id"], "update", {"heavy": True}, depends_on=[save[0]["id"]])
    change["base"] = {"heavy": False}
    await hand_in(phone, [change])
    assert await contacts(phone) == {}
    await push(phone, save)
    assert (await contacts(phone))[save[0]["entity_id"]]["data"]["heavy"] is True


async def test_more_than_a_push_holds_arrives_at_once(phone: SignedIn) -> None:
    await hand_in(phone, *[contact_mutations([{}, {}]) for _ in range(40)])
    assert len(await contacts(phone)) == 40


async def test_a_refused_record_is_kept_and_its_author_hears_of_it_at_the_next_push(phone: SignedIn) -> None:
    good, bad = contact_mutations(), contact_mutations(setting="nowhere_at_all")
    await hand_in(phone, bad, good)
    assert list(await contacts(phone)) == [good[0]["entity_id"]]
    results = await push(phone, bad)
    assert (results[0]["status"], results[0]["error"]["code"]) == ("rejected", "unknown_code")


async def test_a_clock_that_is_off_is_corrected_by_what_it_says_when_it_hands_in(phone: SignedIn) -> None:
    envelopes = sealed(phone, contact_mutations())
    body = letterbox_body(phone, envelopes, client_time="2016-11-21T16:40:00.000Z")
    assert (await post(phone, body)).status_code == 200
    assert [one["data"]["clock_skewed"] for one in (await contacts(phone)).values()] == [True]


# -- what a device may do without a session --------------------------------------------------------------------------


async def test_it_may_change_remove_and_bring_back_what_the_same_device_made(phone: SignedIn) -> None:
    save = contact_mutations(heavy=False)
    contact = save[0]["entity_id"]
    await push(phone, save)
    await hand_in(phone, [mutation("contact", contact, "update", {"heavy": True}, base={"heavy": False})])
    assert (await contacts(phone))[contact]["data"]["heavy"] is True
    await hand_in(phone, [mutation("contact", contact, "delete", base_version=2)])
    assert await contacts(phone) == {}
    await hand_in(phone, [mutation("contact", contact, "undelete", base_version=3)])
    assert list(await contacts(phone)) == [contact]


@pytest.mark.parametrize("op", ["update", "delete", "create"])
async def test_a_change_of_what_another_device_made_waits_for_a_session(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn, op: str
) -> None:
    save = contact_mutations(heavy=False)
    contact = save[0]["entity_id"]
    laptop = await sign_in(app, membership=UUID(phone.membership_id), organisation=made)
    await push(laptop, save)
    change = mutation("contact", contact, op, {} if op == "delete" else {"heavy": True, "date_precision": "time"})
    change |= {"base": {"heavy": False, "date_precision": "time"}, "base_version": 1}
    await hand_in(phone, [change])
    assert (await contacts(phone))[contact]["data"]["heavy"] is False
    assert (await outcomes(phone))[change["id"]]["error"]["code"] == "needs_session"
    # With a session it is an ordinary push, which puts it right.
    assert (await push(phone, [change]))[0]["status"] == "applied"
    assert await waiting(supervisor) == []


@pytest.mark.parametrize("op", ["resolve", "discard", "hand_over"])
async def test_decisions_are_not_taken_without_a_session(phone: SignedIn, op: str) -> None:
    save = contact_mutations()
    await push(phone, save)
    change = mutation("contact", save[0]["entity_id"], op, replaces=save[0]["id"])
    await hand_in(phone, [change])
    assert (await outcomes(phone))[change["id"]]["status"] == "rejected"
    assert list(await contacts(phone)) == [save[0]["entity_id"]]


async def test_nobody_elses_record_can_be_reached(app: Litestar, made: MadeOrganisation, phone: SignedIn) -> None:
    colleague, stranger = await sign_in(app, "worker", made), await sign_in(app, "worker")
    for victim in (colleague, stranger):
        save = contact_mutations(heavy=False)
        await push(victim, save)
        for op in ("update", "delete", "create"):
            await hand_in(phone, [mutation("contact", save[0]["entity_id"], op, {"heavy": True}, base_version=1)])
        theirs = (await contacts(victim))[save[0]["entity_id"]]
        assert (theirs["version"], theirs["data"]["heavy"]) == (1, False)
    assert await contacts(phone) == {}


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR])
async def test_who_does_not_work_with_records_hands_none_in(
    app: Litestar, made: MadeOrganisation, supervisor: SignedIn, role: Role
) -> None:
    await hand_in(await sign_in(app, role.value, made), contact_mutations())
    assert await reasons(supervisor) == ["role"]


# -- what is not believed is kept, sealed ----------------------------------------------------------------------------


def envelope_of(phone: SignedIn) -> Json:
    return sealed(phone, contact_mutations())[0]


def opened(app: Litestar, phone: SignedIn, envelope: Json) -> Json:
    """What the organisation's key shows of an envelope."""
    path = private_key_path(app.state.settings, UUID(phone.organisation_id), "seal", envelope["header"]["kid"])
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, X25519PrivateKey)
    return open_envelope(envelope, key).raw


async def test_signed_anew_by_another_device_it_is_not_believed(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, supervisor: SignedIn
) -> None:
    thief = await sign_in(app, "worker", made)
    envelope = envelope_of(phone)
    statement = opened(app, phone, envelope)
    forged = [
        seal_statement(statement, envelope["header"], thief.key, sealer(phone).public_key),
        *sealed(phone, contact_mutations(), key=thief.key),
        *sealed(phone, contact_mutations(), member=thief.membership_id),
        *sealed(phone, contact_mutations(), device=thief.device_id),
        *sealed(phone, contact_mutations(), device=str(uuid4())),
    ]
    await deliver(thief, forged)
    assert sorted(await reasons(supervisor)) == [
        "bad_signature",
        "bad_signature",
        "bad_signature",
        "unknown_device",
        "wrong_member",
    ]
    assert await contacts(phone) == {} == await contacts(thief)


async def test_carried_by_another_device_it_stays_its_authors(
    app: Litestar, made: MadeOrganisation, phone: SignedIn
) -> None:
    carrier = await sign_in(app, "worker", made)
    await deliver(carrier, sealed(phone, contact_mutations()))
    assert [one["data"]["author"] for one in (await contacts(phone)).values()] == [phone.membership_id]
    assert await contacts(carrier) == {}


async def test_with_its_header_swapped_or_cut_it_does_not_open(phone: SignedIn, supervisor: SignedIn) -> None:
    one, other = envelope_of(phone), envelope_of(phone)
    swapped = [{**one, "header": other["header"]}, {**other, "box": other["box"][:-8]}]
    await deliver(phone, swapped)
    assert await reasons(supervisor) == ["not_opened", "not_opened"]
    assert await contacts(phone) == {}


async def test_sealed_for_another_organisation_it_stays_closed(
    app: Litestar, phone: SignedIn, supervisor: SignedIn
) -> None:
    stranger = await sign_in(app, "worker")
    await deliver(phone, sealed(stranger, contact_mutations()))
    await deliver(stranger, sealed(phone, contact_mutations()))
    assert await reasons(supervisor) == ["no_key"]
    # Somebody who can open what was sealed for one organisation cannot seal it anew for another.
    await deliver(phone, sealed(phone, contact_mutations(), organisation=stranger.organisation_id))
    assert sorted(await reasons(supervisor)) == ["no_key", "wrong_member"]
    assert await contacts(phone) == {} == await contacts(stranger)


async def test_a_lost_key_keeps_the_envelope_and_a_found_one_opens_it(
    app: Litestar, phone: SignedIn, supervisor: SignedIn, db: Database
) -> None:
    kid = phone.me["keys"]["seal"]["kid"]
    path = private_key_path(app.state.settings, UUID(phone.organisation_id), "seal", kid)
    hidden = path.rename(path.with_suffix(".away"))
    save = contact_mutations()
    await hand_in(phone, save)
    [lies] = await waiting(supervisor)
    assert lies["reason"] == "no_key"
    refused = await supervisor.client.post("/api/sync/v1/quarantine/accept", json={"ids": [lies["id"]]})
    assert (refused.status_code, refused.json()["code"]) == (409, "envelope_closed")
    hidden.rename(path)
    accepted = await supervisor.client.post("/api/sync/v1/quarantine/accept", json={"ids": [lies["id"]]})
    assert accepted.json() == {"new": 1, "duplicate": 0}
    assert list(await contacts(phone)) == [save[0]["entity_id"]]


async def test_an_older_key_whose_file_is_there_opens_still(app: Litestar, phone: SignedIn, db: Database) -> None:
    async with db.write() as tx:
        await tx.execute("UPDATE organisation_key SET retired_at = ? WHERE purpose = 'seal'", now())
    await hand_in(phone, contact_mutations())
    assert len(await contacts(phone)) == 1


NO_ENVELOPES: list[Any] = [
    None, 7, "x", [], {}, {"header": {}, "box": ""}, {"header": None, "box": None}, {"box": "x" * 9},
    {"header": {"v": 1, "kid": "k", "device": str(uuid4()), "group": None, "mutations": [str(uuid4())],
                "entities": [str(uuid4())]}, "box": "\x00 niet te lezen"},
]  # fmt: skip


async def test_what_is_no_envelope_at_all_is_kept_all_the_same(phone: SignedIn, supervisor: SignedIn) -> None:
    await deliver(phone, NO_ENVELOPES)
    assert set(await reasons(supervisor)) == {"malformed", "no_key"}
    assert len(await waiting(supervisor)) == len(NO_ENVELOPES)


async def test_a_bad_envelope_keeps_no_good_one_from_arriving(phone: SignedIn) -> None:
    good = contact_mutations()
    await deliver(phone, [*NO_ENVELOPES, *sealed(phone, good), {**envelope_of(phone), "box": to_text(b"x" * 80)}])
    assert list(await contacts(phone)) == [good[0]["entity_id"]]


async def test_no_word_of_a_record_lies_readable_in_quarantine(phone: SignedIn, db: Database) -> None:
    thief = Ed25519PrivateKey.generate()
    await deliver(phone, sealed(phone, contact_mutations(note="kanarie-58c1"), key=thief))
    async with db.read() as tx:
        [row] = await tx.fetch("SELECT * FROM quarantine")
    assert row["reason"] == "bad_signature"
    assert "kanarie" not in str(row)


# -- the door --------------------------------------------------------------------------------------------------------


async def test_a_stranger_and_a_wrong_signature_are_answered_alike(app: Litestar, phone: SignedIn) -> None:
    stranger = deepcopy(phone.me)
    stranger["device_id"] = str(uuid4())
    body = letterbox_body(phone, sealed(phone, contact_mutations()))
    answers = [
        await post(phone, letterbox_body(SignedIn(phone.client, stranger, phone.key, app), body["envelopes"])),
        await post(phone, letterbox_body(phone, body["envelopes"], key=Ed25519PrivateKey.generate())),
        await post(phone, {**body, "signature": ""}),
        await post(phone, {**body, "envelopes": []}),
        await post(phone, {**body, "client_time": "2026-11-21T16:40:00.000Z"}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"letterbox_refused"}
    assert len({answer.content for answer in answers}) == 1
    assert await contacts(phone) == {}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"device_id":"x"}', 400, "bad_request"),
        (b'{"envelopes":' + b"[" * 50_000, 400, "bad_request"),
        (b'{"envelopes":"' + b"x" * (1024 * 1024 + 1) + b'"}', 413, "too_large"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_body_that_cannot_be_read_is_a_problem(app: Litestar, body: bytes, status: int, code: str) -> None:
    async with browser_like(app) as nobody:
        answer = await nobody.post(LETTERBOX, content=body, headers=AS_ENVELOPES)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_deep_envelopes_and_times_that_are_none_are_problems_or_kept(
    phone: SignedIn, supervisor: SignedIn
) -> None:
    deep: Any = []
    for _ in range(150):
        deep = [deep]
    await deliver(phone, [deep, {"header": deep, "box": deep}])
    assert await reasons(supervisor) == ["malformed", "malformed"]
    for time in ("", "gisteren", "2026-11-21T16:40:00"):
        answer = await post(phone, letterbox_body(phone, [], client_time=time))
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_our_own_pages_and_only_envelopes(phone: SignedIn) -> None:
    body = canonical(letterbox_body(phone, sealed(phone, contact_mutations())))
    async with browser_like(phone.app) as nobody:
        foreign = {**AS_ENVELOPES, "Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
        answer = await nobody.post(LETTERBOX, content=body, headers=foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
        for media_type in ("application/json", "text/plain", "multipart/form-data"):
            answer = await nobody.post(LETTERBOX, content=body, headers={"Content-Type": media_type})
            assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type")
        elsewhere = await nobody.post("/api/sign-in/challenge", content=body, headers=AS_ENVELOPES)
        assert elsewhere.json()["code"] == "wrong_content_type"
    assert await contacts(phone) == {}


async def test_too_many_at_once_are_refused_whole(phone: SignedIn) -> None:
    answer = await post(phone, letterbox_body(phone, sealed(phone, contact_mutations()) * 101))
    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_large")
    assert await contacts(phone) == {}


async def test_a_devices_quota_of_a_day_counts_new_envelopes_only(
    phone: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ENVELOPES_A_DAY", 3)
    first = [contact_mutations() for _ in range(3)]
    for _ in range(3):
        await hand_in(phone, *first)
    more = sealed(phone, contact_mutations())
    full = await post(phone, letterbox_body(phone, more))
    assert (full.status_code, full.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(full.headers["Retry-After"]) <= 86_401
    assert len(await contacts(phone)) == 3
    monkeypatch.setattr(service, "ENVELOPES_A_DAY", 4)
    await deliver(phone, more)
    assert len(await contacts(phone)) == 4


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_handing_in_is_throttled_by_device(phone: SignedIn) -> None:
    body = letterbox_body(phone, [])
    statuses = [(await post(phone, body)).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
