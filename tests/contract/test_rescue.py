"""The rescue file: the same envelopes, brought by a person; the same code takes them in."""

import json
from pathlib import Path

import pytest
from litestar import Litestar

from tests.contract.test_cli import ORGANISATION, Run, refused, run  # noqa: F401  (a fixture)
from tests.helpers import SignedIn, contact_mutations, make_organisation, pull_all, push, sign_in
from tests.letterbox import RESCUE, deliver, post, rescue, sealed, waiting
from wegwijs.people.organisations import MadeOrganisation


@pytest.fixture
async def made(app: Litestar) -> MadeOrganisation:
    return await make_organisation(app)


@pytest.fixture
async def phone(app: Litestar, made: MadeOrganisation) -> SignedIn:
    return await sign_in(app, "worker", made)


def counts(told: dict[str, object]) -> tuple[object, object, object]:
    return told["new"], told["duplicate"], told["quarantined"]


async def arrived(phone: SignedIn) -> list[str]:
    return sorted(change["id"] for change in (await pull_all(phone)).changes if change["entity"] == "contact")


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
async def test_a_file_is_taken_in_once_and_says_what_became_of_each(
    app: Litestar, made: MadeOrganisation, phone: SignedIn, role: str
) -> None:
    pushed, boxed, new = (contact_mutations() for _ in range(3))
    await push(phone, pushed)
    file = sealed(phone, pushed, boxed, new)
    await deliver(phone, file[1:2])
    bringer = await sign_in(app, role, made)
    told = await rescue(bringer, [*file, {"box": "?"}])
    assert [one["verdict"] for one in told["receipts"]] == ["duplicate", "duplicate", "new", "quarantined"]
    assert counts(told) == (1, 2, 1)
    assert counts(await rescue(bringer, file)) == (0, 3, 0)
    assert await arrived(phone) == sorted(save[0]["entity_id"] for save in (pushed, boxed, new))


async def test_the_records_are_their_authors_not_the_bringers(
    app: Litestar, made: MadeOrganisation, phone: SignedIn
) -> None:
    colleague = await sign_in(app, "worker", made)
    bringer = await sign_in(app, "supervisor", made)
    one, other = contact_mutations(), contact_mutations()
    assert counts(await rescue(bringer, sealed(phone, one) + sealed(colleague, other))) == (2, 0, 0)
    assert await arrived(phone) == [one[0]["entity_id"]]
    assert await arrived(colleague) == [other[0]["entity_id"]]
    assert await arrived(bringer) == []


async def test_a_switched_off_phones_file_waits_for_a_decision(
    app: Litestar, made: MadeOrganisation, phone: SignedIn
) -> None:
    supervisor = await sign_in(app, "supervisor", made)
    await supervisor.client.post(f"/api/devices/{phone.device_id}/revoke")
    assert counts(await rescue(supervisor, sealed(phone, contact_mutations()))) == (0, 0, 1)
    assert [(one["reason"], one["via"]) for one in await waiting(supervisor)] == [("device_revoked", "rescue")]


async def test_a_file_of_another_organisation_is_not_taken_in(app: Litestar, phone: SignedIn) -> None:
    elsewhere = await sign_in(app, "supervisor")
    assert counts(await rescue(elsewhere, sealed(phone, contact_mutations()))) == (0, 0, 1)
    assert [one["reason"] for one in await waiting(elsewhere)] == ["no_key"]
    assert await arrived(phone) == []


async def test_without_a_session_there_is_no_rescue(phone: SignedIn) -> None:
    answer = await post(phone, {"envelopes": sealed(phone, contact_mutations())}, RESCUE)
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")


def test_the_command_takes_in_a_whole_file(
    run: Run,  # noqa: F811
    tmp_path: Path,
) -> None:
    """More envelopes than one request may hold, beside the words that the app writes for people."""
    file = tmp_path / "rescue.json"
    file.write_text(json.dumps({"wegwijs": "rescue", "version": 1, "envelopes": [{"box": str(n)} for n in range(130)]}))
    run(*ORGANISATION)
    told = run("rescue", str(file), "--organisation", "stad")
    assert told == "0 taken in, 0 known already, 130 wait for a supervisor\n"
    file.write_text("[]")
    assert "not a rescue file" in refused(run, "rescue", str(file), "--organisation", "stad")
    assert "No such file" in refused(run, "rescue", str(tmp_path / "none"), "--organisation", "stad")
