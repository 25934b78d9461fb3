"""The door over HTTP, on both databases: codes, challenges, sessions, and what ends them."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from tests.door import again, challenge_for, device, shifted, told, try_code
from tests.helpers import base64url, browser_like, enrol, invite, make_organisation, sign_in
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people import service
from wegwijs.people.cookie import session_cookie
from wegwijs.people.schemas import Enrol

# -- enrolment -------------------------------------------------------------------------------------------------------


async def test_enrolling_tells_who_i_am_and_the_keys_to_pin(app: Litestar) -> None:
    made = await make_organisation(app, "Stad Zus", "NL")
    worker = await sign_in(app, "worker", made)
    me = worker.me
    assert (await worker.client.get("/api/me")).json() == me
    assert me["organisation"] == {
        "id": str(made.organisation),
        "name": "Stad Zus",
        "country": "NL",
        "default_language": "nl",
        "time_zone": "Europe/Brussels",
    }
    assert (me["role"], me["team"]["id"]) == ("worker", str(made.team))
    assert set(me["keys"]) == {"seal", "sign"}
    assert len(me["keys"]["seal"]["public"]) == 43


async def test_a_code_opens_one_device_once(app: Litestar, client: httpx.AsyncClient) -> None:
    made = await make_organisation(app)
    code = await invite(app, made, made.administrator)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    await enrol(app, code)
    assert told(await try_code(client, code)) == (403, "code_used")


async def test_a_code_may_be_typed_as_people_type(app: Litestar) -> None:
    made = await make_organisation(app)
    code = await invite(app, made, made.administrator)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert (await enrol(app, typed)).membership_id == str(made.administrator)


async def test_a_code_expires_after_ten_minutes(app: Litestar, client: httpx.AsyncClient, db: Database) -> None:
    made = await make_organisation(app)
    code = await invite(app, made, made.administrator)
    await shifted(db, "invitation", "expires_at", timedelta(minutes=9, seconds=30))
    still = await invite(app, made, made.administrator)
    assert told(await try_code(client, code)) == (403, "invalid_code"), "a newer code replaces an unspent one"
    await shifted(db, "invitation", "expires_at", timedelta(minutes=10))
    assert told(await try_code(client, still)) == (403, "code_expired")


async def test_a_code_is_kept_only_as_a_hash(app: Litestar, db: Database) -> None:
    made = await make_organisation(app)
    code = await invite(app, made, made.administrator)
    async with db.read() as tx:
        (row,) = await tx.fetch("SELECT * FROM invitation")
    assert code.replace("-", "") not in str(row)
    assert len(row["code_hash"]) == 64


async def test_a_key_that_is_none_does_not_spend_the_code(app: Litestar, client: httpx.AsyncClient) -> None:
    made = await make_organisation(app)
    code = await invite(app, made, made.administrator)
    said = {"code": code, "device": {**device(), "public_key": "!" * 43}}
    assert told(await client.post("/api/enrol", json=said)) == (400, "bad_public_key")
    await enrol(app, code)


async def test_guessing_codes_is_slowed_down_for_the_one_who_guesses(app: Litestar, db: Database) -> None:
    made = await make_organisation(app)
    async with browser_like(app) as guesser:
        answers = [await try_code(guesser, "0000-0000-0000") for _ in range(21)]
        assert {told(answer) for answer in answers[:20]} == {(403, "invalid_code")}
        assert told(answers[20]) == (429, "too_many_requests")
        assert 0 < int(answers[20].headers["retry-after"]) <= 601
        code = await invite(app, made, made.administrator)
        assert told(await try_code(guesser, code)) == (429, "too_many_requests")
    await shifted(db, "throttle", "started_at", timedelta(minutes=11))
    await enrol(app, code)
    async with db.read() as tx:
        assert "127.0.0.1" not in str(await tx.fetch("SELECT * FROM throttle"))


async def test_a_whole_team_may_enrol_from_one_office(app: Litestar) -> None:
    made = await make_organisation(app)
    for _ in range(25):
        await sign_in(app, "worker", made)


@pytest.mark.parametrize("demo", [True, False])
async def test_a_demo_code_works_often_and_only_while_the_demo_runs(
    settings: Settings, app: Litestar, db: Database, demo: bool
) -> None:
    made = await make_organisation(app)
    running = msgspec.structs.replace(settings, demo=demo)
    async with db.write() as tx:
        code = (await service.invite_for_demo(tx, running, made.administrator)).code
    for _ in range(2):
        async with db.write() as tx:
            wanted = msgspec.convert({"code": code, "device": device()}, Enrol)
            opened = await service.enrol(tx, running, wanted)
            assert isinstance(opened, Problem) is not demo
    async with db.write() as tx:
        await service.end_demo_invitations(tx)
        ended = await service.enrol(tx, running, wanted)
    assert isinstance(ended, Problem)


# -- sessions --------------------------------------------------------------------------------------------------------


async def test_the_cookie_is_out_of_reach_and_its_token_kept_as_a_hash(app: Litestar, db: Database) -> None:
    made = await make_organisation(app)
    async with browser_like(app) as client:
        answer = await try_code(client, await invite(app, made, made.administrator))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("wegwijs=")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    token = cookie.partition("=")[2].partition(";")[0]
    assert len(token) >= 43
    async with db.read() as tx:
        assert token not in str(await tx.fetch("SELECT * FROM session"))


async def test_with_tls_the_cookie_is_bound_to_the_host(settings: Settings) -> None:
    behind_tls = msgspec.structs.replace(settings, public_url="https://wegwijs.example.org")
    header = session_cookie(behind_tls, "t", now() + timedelta(hours=1)).to_header(header="")
    assert header.startswith("__Host-wegwijs=t")
    assert "Secure" in header
    assert "Domain" not in header


async def test_a_planted_cookie_is_never_taken_over(app: Litestar) -> None:
    made = await make_organisation(app)
    async with browser_like(app) as victim, browser_like(app) as attacker:
        victim.cookies.set("wegwijs", "planted", domain="localhost.local")
        attacker.cookies.set("wegwijs", "planted", domain="localhost.local")
        answer = await try_code(victim, await invite(app, made, made.administrator))
        assert answer.status_code == 201
        assert "planted" not in answer.headers["set-cookie"]
        assert told(await attacker.get("/api/me")) == (401, "signed_out")


@pytest.mark.parametrize("other", ["a@b=1", '{"x":1}=2', 'a=[1,"2"]', "expires=1", "a b", "=", "wegwijs=planted"])
async def test_a_cookie_of_somebody_else_on_the_same_host_locks_nobody_out(app: Litestar, other: str) -> None:
    worker = await sign_in(app)
    token = worker.client.cookies["wegwijs"]
    worker.client.cookies.clear()
    answer = await worker.client.get("/api/me", headers={"Cookie": f"{other}; wegwijs={token}"})
    assert answer.status_code == 200, answer.text


async def test_a_session_ends_when_idle(app: Litestar, db: Database, settings: Settings) -> None:
    worker = await sign_in(app)
    await shifted(db, "session", "last_used_at", timedelta(minutes=settings.session_idle_minutes - 1))
    assert (await worker.client.get("/api/me")).status_code == 200
    assert (await worker.client.get("/api/me")).status_code == 200, "use prolongs it"
    await shifted(db, "session", "last_used_at", timedelta(minutes=settings.session_idle_minutes))
    assert told(await worker.client.get("/api/me")) == (401, "signed_out")


async def test_a_session_ends_however_much_it_is_used(app: Litestar, db: Database, settings: Settings) -> None:
    worker = await sign_in(app)
    await shifted(db, "session", "absolute_until", timedelta(hours=settings.session_absolute_hours))
    assert told(await worker.client.get("/api/me")) == (401, "signed_out")


async def test_last_use_is_written_once_a_minute(app: Litestar, db: Database) -> None:
    worker = await sign_in(app)

    async def last_use() -> Any:
        async with db.read() as tx:
            (row,) = await tx.fetch("SELECT last_used_at FROM session")
        return row["last_used_at"]

    opened = await last_use()
    await worker.client.get("/api/me")
    assert await last_use() == opened
    await shifted(db, "session", "last_used_at", timedelta(seconds=61))
    await worker.client.get("/api/me")
    assert await last_use() > opened


async def test_signing_out_ends_the_session_and_keeps_the_device(app: Litestar) -> None:
    worker = await sign_in(app)
    kept = dict(worker.client.cookies)
    assert (await worker.client.post("/api/sign-out")).status_code == 204
    async with browser_like(app) as thief:
        thief.cookies.update(kept)
        assert told(await thief.get("/api/me")) == (401, "signed_out")
    answer = await again(worker, await challenge_for(worker))
    assert answer.status_code == 200
    assert answer.json()["device_id"] == worker.device_id


async def test_signing_in_again_makes_a_new_token_and_ends_the_old(app: Litestar) -> None:
    worker = await sign_in(app)
    before = worker.client.cookies["wegwijs"]
    assert (await again(worker, await challenge_for(worker))).status_code == 200
    assert worker.client.cookies["wegwijs"] != before
    async with browser_like(app) as old:
        assert told(await old.get("/api/me", headers={"Cookie": f"wegwijs={before}"})) == (401, "signed_out")


async def test_a_challenge_serves_once(app: Litestar) -> None:
    worker = await sign_in(app)
    challenge = await challenge_for(worker)
    assert (await again(worker, challenge)).status_code == 200
    assert told(await again(worker, challenge)) == (403, "sign_in_refused")


async def test_a_wrong_signature_spends_the_challenge(app: Litestar) -> None:
    worker = await sign_in(app)
    challenge = await challenge_for(worker)
    forged = base64url(Ed25519PrivateKey.generate().sign(b"wegwijs/sign-in/1"))
    assert told(await again(worker, challenge, signature=forged)) == (403, "sign_in_refused")
    assert told(await again(worker, challenge)) == (403, "sign_in_refused")


async def test_a_challenge_is_bound_to_its_device(app: Litestar) -> None:
    mine, theirs = await sign_in(app), await sign_in(app)
    assert told(await again(mine, await challenge_for(theirs))) == (403, "sign_in_refused")


async def test_a_challenge_lasts_two_minutes(app: Litestar, db: Database) -> None:
    worker = await sign_in(app)
    challenge = await challenge_for(worker)
    await shifted(db, "sign_in_challenge", "expires_at", timedelta(seconds=121))
    assert told(await again(worker, challenge)) == (403, "sign_in_refused")


async def test_a_device_nobody_knows_cannot_be_told_from_one_that_cannot_sign(client: httpx.AsyncClient) -> None:
    unknown = str(uuid4())
    answer = await client.post("/api/sign-in/challenge", json={"device_id": unknown})
    assert answer.status_code == 200
    said = {"device_id": unknown, "challenge": answer.json()["challenge"], "signature": "x"}
    assert told(await client.post("/api/sign-in", json=said)) == (403, "sign_in_refused")


async def test_failed_sign_ins_are_slowed_down_per_device(app: Litestar) -> None:
    worker, other = await sign_in(app), await sign_in(app)
    for _ in range(10):
        assert told(await again(worker, "nonsense")) == (403, "sign_in_refused")
    assert told(await again(worker, await challenge_for(worker))) == (429, "too_many_requests")
    assert (await again(other, await challenge_for(other))).status_code == 200
