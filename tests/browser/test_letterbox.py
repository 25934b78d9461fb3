"""A phone that cannot sign in hands in all the same: by letterbox, by a file, and each record once."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import EnrolPage, MePage, TodayPage
from tests.browser.phone import Phone
from tests.browser.staff import Office, open_office
from tests.browser.trouble import API, Ledger, loses_answers, me, rows_of, through
from tests.browser.words import nl
from tests.server import Server

SIGN_IN = "**/api/sign-in/challenge"
HERE, SENT, ARRIVED = "op deze telefoon", "verstuurd", "aangekomen"
CONTACT = ("Arabisch", [("zoekt huurwoning", "uitgelegd")])
REFUSED = {
    "type": "/problems/sign-in-refused",
    "title": "Sign-in refused",
    "status": 403,
    "code": "sign_in_refused",
    "number": 1104,
    "detail": "",
}

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return open_office(server)


async def begin(phone: Phone, office: Office, role: str = "worker") -> tuple[Page, dict[str, str]]:
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite(role))
    await phone.controlled()
    phone.expected += ["status of 401", "status of 403"]
    return page, await me(page)


async def log(page: Page, count: int = 1) -> None:
    for _ in range(count):
        await (await TodayPage(page).new_contact()).log(*CONTACT)


async def cannot_sign_in(phone: Phone) -> None:
    """From now on the server refuses every signature of this device."""
    assert phone.context is not None
    answer = {"status": 403, "content_type": "application/problem+json", "body": json.dumps(REFUSED)}
    await phone.context.route(SIGN_IN, lambda route: route.fulfill(**answer))


async def envelopes(page: Page) -> int:
    return len([row for row in await rows_of(page) if row["store"] == "letterbox"])


async def test_without_a_session_the_records_arrive_by_letterbox_exactly_once(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page, who = await begin(phone, office)
    ledger = Ledger(server)
    await phone.offline()
    await log(page, 3)
    assert await envelopes(page) == 3

    ledger.end_sessions(who["membership_id"])
    await cannot_sign_in(phone)
    await phone.offline(False)
    await expect(TodayPage(page).rows(SENT)).to_have_count(3)
    said = nl(
        "What you logged was handed in without signing in. You see what became of it when you are signed in again."
    )
    await expect(page.get_by_role("main")).to_contain_text(said)
    assert ledger.count("contact", who["membership_id"]) == 3

    # Signed in again, the device pushes the same; the server knows them, and the sealed copies go.
    await through(phone)
    await page.get_by_role("button", name=nl("Sign in again")).click()
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(3)
    assert ledger.count("contact", who["membership_id"]) == 3
    assert ledger.count("help_request", who["membership_id"]) == 3
    assert await envelopes(page) == 0

    # Signed out on purpose, what is left goes too.
    await phone.offline()
    await log(page)
    await MePage(page).open()
    await page.get_by_role("button", name=nl("Sign out"), exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name=nl("Sign out"), exact=True).click()
    await expect(page.get_by_role("navigation", name=nl("Main"))).to_have_count(0)
    async with page.expect_response("**/letterbox"):
        await phone.offline(False)
    assert ledger.count("contact", who["membership_id"]) == 4


async def test_what_left_by_letterbox_without_an_answer_is_not_taken_back_as_if_it_had_stayed(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page, who = await begin(phone, office)
    ledger, today = Ledger(server), TodayPage(page)
    await log(page)
    await expect(today.rows(ARRIVED)).to_have_count(1)
    ledger.end_sessions(who["membership_id"])
    await cannot_sign_in(phone)
    await loses_answers(phone, "**/letterbox")
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/letterbox")):
        await today.rows().click()
        await page.get_by_role("button", name=nl("Delete"), exact=True).click()
    deleted = "SELECT count(*) FROM contact WHERE deleted_at IS NOT NULL AND lower(hex(author)) = ?"
    mine = who["membership_id"].replace("-", "")
    assert ledger.ask(deleted, mine) == [(1,)]
    await page.get_by_role("button", name=nl("Undo"), exact=True).click()
    await through(phone)
    await page.get_by_role("button", name=nl("Sign in again")).click()
    await expect(today.rows(ARRIVED)).to_have_count(1)
    assert ledger.ask(deleted, mine) == [(0,)]


async def test_a_rescue_file_is_taken_in_and_a_switched_off_phone_waits_for_a_decision(
    server: Server, office: Office, new_phone: NewPhone, tmp_path: Path
) -> None:
    phone, laptop = new_phone(), new_phone(size="laptop")
    page, who = await begin(phone, office)
    desk, _ = await begin(laptop, office, "supervisor")
    ledger = Ledger(server)

    # Nothing reaches the server but what a person carries.
    assert phone.context is not None
    await phone.context.route(API, lambda route: route.abort())
    await log(page, 2)
    await MePage(page).open()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name=nl("Save a rescue file")).click()
    file = tmp_path / "rescue.json"
    await (await saving.value).save_as(file)
    assert "zoekt" not in file.read_text() and "rent_search" not in file.read_text()

    await desk.get_by_role("navigation", name=nl("Main")).get_by_role("link", name=nl("Devices")).click()
    told = desk.get_by_role("region", name=nl("Rescue file")).get_by_role("status")
    for new, known in ((2, 0), (0, 2)):
        await desk.get_by_label(nl("Take in a rescue file")).set_input_files(file)
        await expect(told).to_contain_text(nl("{n} entry was new", new))
        await expect(told).to_contain_text(nl("{n} was known already", known))
    assert ledger.count("contact", who["membership_id"]) == 2

    # Switched off, the phone hands in into quarantine, and finds nothing doubled of what the file had.
    ledger.revoke_device(who["device_id"])
    await through(phone)
    await TodayPage(page).open()
    await log(page)
    await expect(TodayPage(page).rows(SENT)).to_have_count(3)
    assert ledger.count("contact", who["membership_id"]) == 2
    await desk.reload()
    waiting = desk.get_by_role("region", name=nl("Handed in sealed"))
    await expect(waiting).to_contain_text(nl("{n} entry", 1))
    await waiting.get_by_role("button", name=nl("Reject")).click()
    await desk.get_by_role("dialog").get_by_role("button", name=nl("Reject")).click()
    await expect(waiting).to_contain_text(nl("Rejected by {name}. What it says is erased on {time}.").split("{")[0])
    await waiting.get_by_role("button", name=nl("Take in")).click()
    await expect(waiting).to_have_count(0)
    assert ledger.count("contact", who["membership_id"]) == 3
