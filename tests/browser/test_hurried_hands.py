"""What people do in a hurry: tap twice, go back, correct what is on its way, change languages, people and clocks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import EnrolPage, LogPage, MePage, TodayPage
from tests.browser.phone import Phone
from tests.browser.staff import Office, open_office
from tests.browser.trouble import PUSH, Ledger, draft_holds, me
from tests.browser.words import nl
from tests.server import Server

USED = "This code was used before. A code works once. Ask for a new one."
UNKNOWN = "This code is not known. Check the letters, or ask for a new one."
HERE, ARRIVED = "op deze telefoon", "aangekomen"
CONTACT = ("Arabisch", [("zoekt huurwoning", "uitgelegd")])

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return open_office(server)


async def begin(new_phone: NewPhone, link: str) -> tuple[Phone, Page]:
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(link)
    return phone, page


async def fill_in(page: Page) -> LogPage:
    entry = await TodayPage(page).new_contact()
    await entry.choose("Which language", "Arabisch")
    await entry.choose("Which question", "zoekt huurwoning")
    await entry.choose("What did you do", "uitgelegd")
    return entry


async def log(page: Page) -> None:
    await (await TodayPage(page).new_contact()).log(*CONTACT)


@asynccontextmanager
async def on_its_way(phone: Phone) -> AsyncIterator[None]:
    """What is handed in meanwhile stands still between phone and server."""
    assert phone.context is not None
    gate = asyncio.Event()

    async def wait(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await phone.context.route(PUSH, wait)
    yield
    gate.set()


async def test_two_taps_and_a_way_back_save_one_contact(server: Server, office: Office, new_phone: NewPhone) -> None:
    _, page = await begin(new_phone, office.invite("worker"))
    today = TodayPage(page)
    await (await fill_in(page)).button(nl("Save")).dblclick()
    await expect(today.rows(ARRIVED)).to_have_count(1)

    entry = await fill_in(page)
    await page.evaluate(
        "(save) => { [...document.querySelectorAll('button')].find((one) => one.textContent.trim() === save).click();"
        " history.back() }",
        nl("Save"),
    )
    await expect(today.rows(ARRIVED)).to_have_count(2)
    await expect(entry.part("Which question")).to_have_count(0)
    await expect(page.get_by_role("link", name=nl("You started a contact"))).to_have_count(0)

    await (await fill_in(page)).button(nl("Save, same person")).dblclick()
    await page.get_by_role("button", name=nl("Close, the draft stays")).click()
    await expect(today.rows(ARRIVED)).to_have_count(3)
    assert Ledger(server).count("contact", (await me(page))["membership_id"]) == 3


async def test_what_is_on_its_way_can_be_corrected_and_deleted(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office.invite("worker"))
    membership, ledger, today = (await me(page))["membership_id"], Ledger(server), TodayPage(page)
    async with on_its_way(phone):
        async with page.expect_request(PUSH):
            await log(page)
        await today.rows().click()
        await page.get_by_role("button", name=nl("Correct"), exact=True).click()
        await LogPage(page).choose("Which language", "Frans")
        await page.get_by_role("button", name=nl("Save"), exact=True).click()
        await expect(page.get_by_role("main")).to_contain_text("Frans")
    await expect(page.get_by_role("main")).to_contain_text(ARRIVED)
    await expect(page.get_by_role("main")).to_contain_text("Frans")
    await page.get_by_role("button", name=nl("Back"), exact=True).click()
    mine = "SELECT language FROM contact WHERE lower(hex(author)) = ?"
    assert ledger.ask(mine, membership.replace("-", "")) == [("fr",)]

    async with on_its_way(phone):
        async with page.expect_request(PUSH):
            await log(page)
        await today.rows(HERE).click()
        await page.get_by_role("button", name=nl("Delete"), exact=True).click()
        await expect(today.rows()).to_have_count(1)
    await expect(page.get_by_text(nl("Everything has arrived")).first).to_be_visible()
    await expect(today.rows()).to_have_count(1)
    assert ledger.count("contact", membership) == 1

    await phone.offline()
    await today.rows().click()
    await page.get_by_role("button", name=nl("Delete"), exact=True).click()
    await expect(today.rows()).to_have_count(0)
    await page.get_by_role("button", name=nl("Undo"), exact=True).click()
    await expect(today.rows()).to_have_count(1)
    await phone.offline(False)
    await expect(today.rows(ARRIVED)).to_have_count(1)
    assert ledger.count("contact", membership) == 1


async def test_long_logs_other_languages_and_wrong_clocks(server: Server, office: Office, new_phone: NewPhone) -> None:
    phone, page = await begin(new_phone, office.invite("worker"))
    assert phone.context is not None
    membership, ledger, today = (await me(page))["membership_id"], Ledger(server), TodayPage(page)
    entry = await fill_in(page)
    for _ in range(19):
        await entry.button(nl("another question")).click()
        await entry.choose("Which question", "belastingen")
    await entry.button(nl("more about this contact")).click()
    note = "voorval \N{SLIGHTLY SMILING FACE} " * 363
    await page.get_by_role("textbox", name=nl("Note")).fill(note)
    await draft_holds(page, len(note))

    await page.get_by_role("button", name=nl("Close, the draft stays")).click()
    await MePage(page).open()
    await page.locator("button[lang=fr]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.locator("button[lang=nl]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "nl")
    await TodayPage(page).open()
    await page.get_by_role("link", name=nl("You started a contact")).click()
    await entry.button(nl("more about this contact")).click()
    await expect(page.get_by_role("textbox", name=nl("Note"))).to_have_value(note)
    await entry.button(nl("Save")).click()
    await expect(today.rows(ARRIVED)).to_have_count(1)
    assert ledger.count("help_request", membership) == 20
    assert ledger.ask("SELECT text FROM note WHERE text LIKE 'voorval%'") == [(note,)]

    for year, count in ((2019, 2), (2031, 3)):
        await phone.context.clock.set_fixed_time(datetime(year, 5, 17, 10, tzinfo=UTC))
        await page.goto(server.base_url)
        await log(page)
        await expect(today.rows(ARRIVED)).to_have_count(count)
    assert ledger.count("contact", membership) == 3


async def test_people_who_share_a_browser_do_not_write_as_each_other(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office.invite("worker", "Anna"))
    assert phone.context is not None
    phone.expected += ["/api/sync/v1/pull", "status of 403"]
    anna, ledger, today = (await me(page))["membership_id"], Ledger(server), TodayPage(page)
    await phone.offline()
    await log(page)
    await fill_in(page)
    await draft_holds(page, 1)
    await phone.offline(False)
    await phone.context.route(PUSH, lambda route: route.abort())

    other = await phone.context.new_page()
    await EnrolPage(other).enrol(office.invite("worker", "Bram"))
    bram = (await me(other))["membership_id"]
    await expect(today.rows()).to_have_count(0)
    await expect(TodayPage(other).rows()).to_have_count(0)
    # What Anna had begun is not Bram's to save.
    pressed = LogPage(page).part("Which question").locator("[aria-pressed=true]")
    await expect(pressed).to_have_count(0)

    await MePage(other).open()
    for name in (nl("Sign out"), nl("Sign out")):
        await other.get_by_role("button", name=name, exact=True).last.click()
    await phone.context.unroute(PUSH)
    await page.close()
    await other.get_by_role("button", name="Anna").click()
    await expect(TodayPage(other).rows(ARRIVED)).to_have_count(1)
    await expect(other.get_by_role("link", name=nl("You started a contact"))).to_have_count(1)
    assert (ledger.count("contact", anna), ledger.count("contact", bram)) == (1, 0)


async def test_what_the_one_before_still_asks_does_not_take_the_place_of_who_comes(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office.invite("worker"))
    assert phone.context is not None
    phone.expected += ["/api/sync/v1/", "/api/me"]
    refused, seated = asyncio.Event(), asyncio.Event()

    async def enrol(route: Route) -> None:
        answer = await route.fetch()  # from here on the session is that of who comes
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await asyncio.wait_for(refused.wait(), 30)
        await route.fulfill(response=answer)

    async def sign_in(route: Route) -> None:
        await seated.wait()
        await route.continue_()

    def watch(response: Response) -> None:
        if "/api/sync/" in response.url and response.status >= 400:
            refused.set()

    await phone.context.route("**/api/enrol", enrol)
    await phone.context.route("**/api/sign-in", sign_in)
    page.on("response", watch)
    await page.goto(office.invite("worker", "Ilse"))
    await page.get_by_role("button", name=nl("Add this device")).click()
    await expect(page.get_by_role("navigation", name=nl("Main"))).to_be_visible()
    seated.set()
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await MePage(page).open()
    await expect(page.get_by_role("main")).to_contain_text("Ilse")


async def test_signing_out_with_unsent_records_keeps_them(server: Server, office: Office, new_phone: NewPhone) -> None:
    phone, page = await begin(new_phone, office.invite("worker", "Mia"))
    phone.expected += ["status of 401"]
    await phone.offline()
    await log(page)
    await MePage(page).open()
    await page.get_by_role("button", name=nl("Sign out"), exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 ")
    await dialog.get_by_role("button", name=nl("Sign out"), exact=True).click()
    await expect(page.get_by_role("button", name="Mia")).to_be_visible()
    await phone.offline(False)
    await page.get_by_role("button", name="Mia").click()
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)


async def test_codes_that_do_not_work_say_why(server: Server, office: Office, new_phone: NewPhone) -> None:
    link = office.invite("worker")
    await begin(new_phone, link)
    phone = new_phone()
    phone.expected += ["status of 4"]
    page = await phone.open(None)
    await page.goto(link)
    add = page.get_by_role("button", name=nl("Add this device"))
    await add.click()
    await expect(page.get_by_role("main")).to_contain_text(nl(USED))
    await page.get_by_role("textbox", name=nl("Code")).fill("0000 0000 0000")
    await add.click()
    await expect(page.get_by_role("main")).to_contain_text(nl(UNKNOWN))
    for path in ("/enrol#%", "/contact/%"):
        await page.goto(server.base_url + path)
        await page.reload()
        await expect(add).to_be_visible()


async def test_a_browser_without_a_store_says_that_it_cannot_start(office: Office, new_phone: NewPhone) -> None:
    phone, page = await begin(new_phone, office.invite("worker"))
    assert phone.context is not None
    await phone.context.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }"
    )
    await page.reload()
    await expect(page.get_by_role("heading", level=1, name=nl("Wegwijs cannot start"))).to_be_visible()
    await expect(page.get_by_role("button", name=nl("Add this device"))).to_have_count(0)
