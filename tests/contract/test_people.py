"""People over HTTP, on both databases: what administrators do, and the keys of an organisation."""

from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from litestar import Litestar

from tests.door import again, challenge_for, told, try_code
from tests.helpers import Json, SignedIn, base64url, browser_like, enrol, make_organisation, sign_in
from wegwijs.foundation.database import Database
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.people import service
from wegwijs.people.access import Role
from wegwijs.people.keys import KeysError, private_key_path
from wegwijs.people.organisations import MadeOrganisation

# -- what administrators do ------------------------------------------------------------------------------------------


async def test_an_administrator_adds_and_invites(app: Litestar) -> None:
    administrator = await sign_in(app, "administrator")
    (team,) = (await administrator.client.get("/api/teams")).json()["teams"]
    said = {"display_name": " Noor ", "role": "worker", "team_id": team["id"]}
    answer = await administrator.client.post("/api/people", json=said)
    assert answer.status_code == 201
    member = answer.json()
    assert member == {
        "membership_id": member["membership_id"],
        "display_name": "Noor",
        "role": "worker",
        "team": team,
        "active": True,
        "devices": [],
    }
    answer = await administrator.client.post(f"/api/people/{member['membership_id']}/invitation")
    assert answer.status_code == 201
    invitation = answer.json()
    assert invitation["link"] == f"http://localhost:8000/enrol#{invitation['code']}"
    assert invitation["qr"].startswith("data:image/svg+xml")
    worker = await enrol(app, invitation["code"])
    members = (await administrator.client.get("/api/people")).json()["members"]
    (found,) = [one for one in members if one["membership_id"] == worker.membership_id]
    assert [one["id"] for one in found["devices"]] == [worker.device_id]


async def test_people_of_other_organisations_are_not_listed(app: Litestar) -> None:
    await sign_in(app, "worker")
    administrator = await sign_in(app, "administrator")
    members = (await administrator.client.get("/api/people")).json()["members"]
    assert {one["display_name"] for one in members} == {administrator.me["display_name"], "Beheer"}


async def test_a_foreign_team_is_as_unknown_as_none(app: Litestar) -> None:
    administrator, stranger = await sign_in(app, "administrator"), await sign_in(app, "worker")
    said = {"display_name": "Noor", "role": "worker", "team_id": stranger.team_id}
    foreign = await administrator.client.post("/api/people", json=said)
    unknown = await administrator.client.post("/api/people", json={**said, "team_id": str(uuid4())})
    assert told(foreign) == (404, "not_found")
    assert foreign.content == unknown.content


@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": ""},
        {"display_name": "   "},
        {"display_name": "nul\0"},
        {"display_name": "x" * 121},
        {"display_name": 7},
        {"role": "owner"},
        {"team_id": "noord"},
        {"surprise": True},
    ],
)
@pytest.mark.parametrize("engine", ["postgresql"])
async def test_a_wrong_member_is_refused_and_named(app: Litestar, wrong: Json) -> None:
    administrator = await sign_in(app, "administrator")
    said = {"display_name": "Noor", "role": "worker", "team_id": administrator.team_id, **wrong}
    answer = await administrator.client.post("/api/people", json=said)
    assert told(answer) == (400, "bad_request")
    assert next(iter(wrong)) in answer.json()["detail"]


async def test_a_device_reports_itself(app: Litestar) -> None:
    administrator = await sign_in(app, "administrator")
    said = {"app_version": "2", "schema": 3, "storage_persisted": False, "unsent": 4}
    assert (await administrator.client.post("/api/me/device", json=said)).status_code == 204
    members = (await administrator.client.get("/api/people")).json()["members"]
    (seen,) = [one for member in members for one in member["devices"]]
    assert (seen["app_version"], seen["unsent"], seen["storage_persisted"]) == ("2", 4, False)


async def test_how_often_a_copy_was_renewed_is_told_to_whoever_looks_after_devices(app: Litestar) -> None:
    made = await make_organisation(app)
    lookers = [await sign_in(app, "administrator", made), await sign_in(app, "supervisor", made)]
    worker = await sign_in(app, "worker", made)
    said = {"app_version": "2", "schema": 3, "storage_persisted": True, "unsent": 0}

    async def told_to(looker: SignedIn) -> object:
        members = (await looker.client.get("/api/people")).json()["members"]
        devices = {one["id"]: one for member in members for one in member["devices"]}
        return devices[worker.device_id]["digest_mismatches"]

    assert [await told_to(one) for one in lookers] == [None, None]
    # An older app counts nothing, and takes nothing back of what a newer one said.
    for counted in ({"digest_mismatches": 2}, {"digest_mismatches": 3}, {}):
        assert (await worker.client.post("/api/me/device", json={**said, **counted})).status_code == 204
    assert [await told_to(one) for one in lookers] == [3, 3]
    wrong = await worker.client.post("/api/me/device", json={**said, "digest_mismatches": -1})
    assert told(wrong) == (400, "bad_request")
    assert [await told_to(one) for one in lookers] == [3, 3]


async def colleagues(app: Litestar) -> tuple[SignedIn, SignedIn]:
    """An administrator and a worker of one organisation."""
    made = await make_organisation(app)
    return await sign_in(app, "administrator", made), await sign_in(app, "worker", made)


async def test_revoking_a_device_ends_its_session_and_its_key(app: Litestar) -> None:
    administrator, worker = await colleagues(app)
    challenge = await challenge_for(worker)
    for _ in range(2):
        revoked = await administrator.client.post(f"/api/devices/{worker.device_id}/revoke")
        assert revoked.status_code == 204, "a second time changes nothing"
    assert told(await worker.client.get("/api/me")) == (401, "signed_out")
    assert told(await again(worker, challenge)) == (403, "sign_in_refused")
    assert told(await again(worker, await challenge_for(worker))) == (403, "device_revoked")


async def test_switching_somebody_off_ends_everything_at_once(app: Litestar, db: Database) -> None:
    administrator, worker = await colleagues(app)
    path = f"/api/people/{worker.membership_id}"
    code = (await administrator.client.post(f"{path}/invitation")).json()["code"]
    assert (await administrator.client.post(f"{path}/switch-off")).status_code == 204
    assert told(await worker.client.get("/api/me")) == (401, "signed_out")
    assert told(await again(worker, await challenge_for(worker))) == (403, "device_revoked")
    async with browser_like(app) as late:
        assert told(await try_code(late, code)) == (403, "invalid_code")
    assert told(await administrator.client.post(f"{path}/invitation")) == (409, "membership_off")
    async with db.read() as tx:
        member = UUID(worker.membership_id)
        alive = [
            await tx.fetch("SELECT id FROM session WHERE membership = ? AND ended_at IS NULL", member),
            await tx.fetch("SELECT id FROM device WHERE membership = ? AND revoked_at IS NULL", member),
            await tx.fetch("SELECT id FROM invitation WHERE membership = ? AND used_at IS NULL", member),
        ]
    assert alive == [[], [], []]


async def test_the_last_administrator_stays(app: Litestar) -> None:
    made = await make_organisation(app)
    first = await sign_in(app, membership=made.administrator, organisation=made)
    second = await sign_in(app, "administrator", made)
    off = "/api/people/{}/switch-off".format
    assert (await second.client.post(off(first.membership_id))).status_code == 204
    assert told(await second.client.post(off(second.membership_id))) == (409, "last_administrator")
    assert (await second.client.get("/api/me")).status_code == 200


# -- organisations and keys ------------------------------------------------------------------------------------------


async def organisation_keys(db: Database, made: MadeOrganisation) -> list[Json]:
    async with db.read() as tx:
        return await tx.fetch("SELECT * FROM organisation_key WHERE organisation = ?", made.organisation)


async def test_an_organisation_has_its_keys_and_their_private_halves_are_files(
    app: Litestar, db: Database, settings: Settings
) -> None:
    made = await make_organisation(app)
    found = await organisation_keys(db, made)
    assert {key["purpose"] for key in found} == {"seal", "sign"}
    for key in found:
        path = private_key_path(settings, made.organisation, key["purpose"], key["kid"])
        assert path.stat().st_mode & 0o777 == 0o400
        assert path.parent.stat().st_mode & 0o777 == 0o700
        private = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(private, X25519PrivateKey if key["purpose"] == "seal" else Ed25519PrivateKey)
        assert base64url(private.public_key().public_bytes_raw()) == key["public_key"]


async def test_a_lost_key_file_is_noticed(app: Litestar, db: Database, settings: Settings) -> None:
    made = await make_organisation(app)
    (key,) = [one for one in await organisation_keys(db, made) if one["purpose"] == "seal"]
    private_key_path(settings, made.organisation, "seal", key["kid"]).unlink()
    async with db.read() as tx:
        lines = await service.check_keys(tx, settings, made.organisation)
    assert [line.endswith(service.LOST) for line in lines] == [True, False]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_keys_are_refused_a_place_inside_the_data(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "link").symlink_to(tmp_path / "data")
    inside = msgspec.structs.replace(settings, keys_dir=tmp_path / "link" / "keys")
    with pytest.raises(KeysError, match="inside data_dir"):
        service.server_secret(inside)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_servers_secret_is_made_once(settings: Settings) -> None:
    secret = service.server_secret(settings)
    assert len(secret) == 32
    assert service.server_secret(settings) == secret
    assert (settings.keys_dir / "server.secret").read_bytes() == secret
    assert (settings.keys_dir / "server.secret").stat().st_mode & 0o777 == 0o400


async def test_two_organisations_cannot_share_a_name(app: Litestar) -> None:
    await make_organisation(app, "Stad Zus")
    with pytest.raises(Problem) as refused:
        await make_organisation(app, "stad  ZUS")
    assert refused.value.type.code == "organisation_exists"


async def test_the_command_line_invites_by_name_and_adds_whom_it_does_not_know(app: Litestar, db: Database) -> None:
    made = await make_organisation(app)
    async with db.write() as tx:
        known = await service.member_named(tx, made.organisation, "Beheer", Role.ADMINISTRATOR, None)
        new = await service.member_named(tx, made.organisation, "Noor", Role.WORKER, "Team één")
        assert await service.member_named(tx, made.organisation, "Noor", Role.WORKER, None) == new
        with pytest.raises(Problem):
            await service.member_named(tx, made.organisation, "Ana", Role.WORKER, "Team nergens")
    assert known == made.administrator
