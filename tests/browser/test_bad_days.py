"""Bad days: portals, proxies, lost answers, ended sessions, full stores, two tabs, dead phones, new versions.

On each of them nothing is lost, nothing is doubled, and the person is told what is the matter.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import EnrolPage, LogPage, MePage, TodayPage
from tests.browser.phone import Phone
from tests.browser.releases import release, upgradable_server
from tests.browser.staff import Office, open_office
from tests.browser.trouble import (
    API,
    PUSH,
    Ledger,
    answers,
    close_store_at_next_write,
    draft_holds,
    draft_signs,
    handed_in,
    lose_rows,
    loses_answers,
    me,
    no_room,
    put_back_the_first_store,
    rows_of,
    through,
    until,
)
from tests.browser.words import nl
from tests.server import Server

NO_ROOM = "This device has no room left. Nothing was saved, and what you typed is still here. Make room and try again."
UPDATE_LATER = "A newer version is ready. Finish the contact that you started; then you can update."
CLONED = (
    "Two devices have the same number, as after copying a phone. "
    "Add this one anew with a code from your administrator. What waits on it is sent then."
)
# A page of ours that no service worker answers with the app: nobody holds the store open there.
WITHOUT_APP = "/g/sw.js"
WAITING = "async () => !!(await navigator.serviceWorker.getRegistration()).waiting"
HERE, SENT, ARRIVED = "op deze telefoon", "verstuurd", "aangekomen"
CONTACT = ("Arabisch", [("zoekt huurwoning", "uitgelegd")])
NOTE = "kanarie-7f3a: wil maandag terugkomen, samen met een buur die ook een vraag heeft"

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return open_office(server)


async def begin(new_phone: NewPhone, office: Office) -> tuple[Phone, Page]:
    """A phone of a new worker."""
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite("worker"))
    await phone.controlled()
    return phone, page


async def log(page: Page) -> None:
    await (await TodayPage(page).new_contact()).log(*CONTACT)


async def all_arrive(page: Page, count: int) -> None:
    """Ask to send now, and wait until this many contacts have arrived and nothing waits."""
    await page.get_by_role("button", name=nl("Send now")).click()
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(count)
    await expect(TodayPage(page).rows()).to_have_count(count)


async def write_draft(page: Page, note: str = NOTE) -> Locator:
    """Begin a contact with a note, and wait until it is on the disk; returns the field of the note."""
    entry = await TodayPage(page).new_contact()
    await entry.choose("Which language", "Arabisch")
    await entry.choose("Which question", "zoekt huurwoning")
    field = await note_field(page)
    await draft_holds(page, 1)
    before = await draft_signs(page)
    await field.fill(note)
    await draft_holds(page, before + len(note))
    return field


async def note_field(page: Page) -> Locator:
    await LogPage(page).button(nl("more about this contact")).click()
    return page.get_by_role("textbox", name=nl("Note"))


async def test_portals_and_proxies_that_answer_in_our_place(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    today = TodayPage(page)
    await answers(phone, API, 200)
    await log(page)
    await expect(page.get_by_text(nl("{count} · no network", count="1 " + HERE))).to_be_visible()
    await expect(today.rows(HERE)).to_have_count(1)
    await through(phone)
    await expect(today.rows(ARRIVED)).to_have_count(1, timeout=30_000)  # by itself

    for before, status in enumerate((404, 403, 502), start=1):
        await answers(phone, PUSH, status)
        async with page.expect_response(PUSH):
            await log(page)
        await expect(today.rows(SENT)).to_have_count(1)
        await expect(today.rows(ARRIVED)).to_have_count(before)
        await expect(page.get_by_role("alert")).to_have_count(0)
        await through(phone)
        await all_arrive(page, before + 1)
    assert Ledger(server).count("contact", (await me(page))["membership_id"]) == 4


async def test_an_answer_that_is_lost_does_not_double_the_record(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    membership = (await me(page))["membership_id"]
    await loses_answers(phone, PUSH)
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/push")):
        await log(page)
    assert Ledger(server).count("contact", membership) == 1
    await expect(TodayPage(page).rows(SENT)).to_have_count(1)
    await through(phone)
    await all_arrive(page, 1)
    assert Ledger(server).count("contact", membership) == 1
    assert Ledger(server).count("help_request", membership) == 1


async def test_what_the_server_holds_is_handed_in_again_until_it_need_not_wait(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    epoch = await page.evaluate("async () => (await (await fetch('/api/sync/v1/status')).json()).epoch")

    async def hold(route: Route) -> None:
        ids = [one["id"] for one in json.loads(route.request.post_data or "")["mutations"]]
        held = [
            {"id": one, "status": "held", "seq": None, "version": None, "conflicts": [], "error": None} for one in ids
        ]
        await route.fulfill(json={"epoch": epoch, "results": held})

    assert phone.context is not None
    await phone.context.route(PUSH, hold)
    async with page.expect_response(PUSH):
        await log(page)
    await through(phone)
    await log(page)
    await all_arrive(page, 2)
    assert Ledger(server).count("contact", (await me(page))["membership_id"]) == 2


async def test_the_device_signs_in_again_by_itself_until_it_is_revoked(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite("worker", "Noor"))
    # The cursor of the device before is refused once with 400, and begun anew.
    phone.expected += ["status of 401", "status of 403", "/api/sync/v1/pull"]
    who, ledger = await me(page), Ledger(server)
    assert phone.context is not None

    ledger.end_sessions(who["membership_id"])
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await phone.context.clear_cookies()
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(2)
    assert (await me(page))["device_id"] == who["device_id"]

    ledger.revoke_device(who["device_id"])
    await log(page)
    said = nl("This device was switched off. Ask for a new code. What it has not sent stays on it.")
    await expect(page.get_by_role("main")).to_contain_text(said)
    await expect(TodayPage(page).rows(SENT)).to_have_count(1)  # by letterbox, where it waits for a supervisor
    assert ledger.count("contact", who["membership_id"]) == 2

    # A new code makes the same browser another device, and what waited is sent.
    await EnrolPage(page).enrol(office.invite("worker", "Noor"))
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(3)
    assert (await me(page))["device_id"] != who["device_id"]
    assert ledger.count("contact", who["membership_id"]) == 3


async def test_two_copies_of_one_phone_become_two_devices_and_lose_nothing(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone(expected=["status of 403", "/api/sync/v1/pull"])
    await EnrolPage(await phone.open(None)).enrol(office.invite("worker", "Imre"))
    await log(phone.page)
    await expect(TodayPage(phone.page).rows(ARRIVED)).to_have_count(1)
    await phone.close()
    twin = new_phone(expected=phone.expected)
    shutil.copytree(phone.profile, twin.profile, ignore=shutil.ignore_patterns("Singleton*"))

    pages = [await phone.open(), await twin.open()]
    for page in pages:
        await log(page)
        await expect(TodayPage(page).rows(HERE)).to_have_count(0)
    # A number that both gave away betrays them: the record is taken, and from then on each must become a device again.
    await log(pages[1])
    await expect(pages[1].get_by_role("main")).to_contain_text(nl(CLONED))
    await expect(pages[1].get_by_role("alert")).to_have_count(0)
    await expect(TodayPage(pages[1]).rows(HERE).or_(TodayPage(pages[1]).rows(SENT))).to_have_count(1)
    for page in pages:
        await EnrolPage(page).enrol(office.invite("worker", "Imre"))
    for page in pages:
        await expect(TodayPage(page).rows(ARRIVED)).to_have_count(4)
        await expect(TodayPage(page).rows()).to_have_count(4)
    who = [await me(page) for page in pages]
    assert who[0]["device_id"] != who[1]["device_id"]
    assert Ledger(server).count("contact", who[0]["membership_id"]) == 4


async def test_two_tabs_log_send_once_and_keep_drafts_apart(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, one = await begin(new_phone, office)
    assert phone.context is not None
    other = await phone.context.new_page()
    await other.goto(server.base_url)
    ids = handed_in(phone)
    await phone.offline()
    for page in (one, other, one, other):
        await log(page)
    for page in (one, other):
        await expect(TodayPage(page).rows(HERE)).to_have_count(4)
    await phone.offline(False)
    for page in (one, other):
        await expect(TodayPage(page).rows(ARRIVED)).to_have_count(4)
    assert len(ids) == len(set(ids)) == 8
    assert Ledger(server).count("contact", (await me(one))["membership_id"]) == 4

    notes = {one: NOTE + " in de ene", other: NOTE + " in de andere, en nog meer"}
    for page, note in notes.items():
        await write_draft(page, note)
    for page, note in notes.items():
        await page.reload()
        await expect(LogPage(page).heading(nl("Your started contact"))).to_be_visible()
        await expect(await note_field(page)).to_have_value(note)


async def test_a_draft_has_one_editor_and_another_tab_may_take_it_over(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, one = await begin(new_phone, office)
    assert phone.context is not None
    await write_draft(one)
    other = await phone.context.new_page()
    await other.goto(server.base_url + "/log")
    await expect(other.get_by_text(nl("You are writing a contact in another tab."))).to_be_visible()
    here = nl("Go on here")
    await LogPage(other).button(here).click()
    field = await note_field(other)
    await expect(field).to_have_value(NOTE)
    gone = one.get_by_text(nl("You go on with this contact in another tab. What you typed is there."))
    await expect(gone).to_be_visible()
    await expect(LogPage(one).button(nl("Save"))).to_be_disabled()

    await field.fill(NOTE + " om tien uur")
    await LogPage(one).button(here).click()  # what was typed a moment ago comes along
    await expect(one.get_by_role("textbox", name=nl("Note"))).to_have_value(NOTE + " om tien uur")
    await LogPage(one).button(nl("Save")).click()
    await expect(TodayPage(one).rows(ARRIVED)).to_have_count(1)
    assert Ledger(server).count("contact", (await me(one))["membership_id"]) == 1


async def test_a_store_that_is_closed_under_us_and_a_reload_in_the_middle_lose_nothing(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    async with page.expect_response("**/api/sync/v1/status") as asked:
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    status = await asked.value
    assert (status.from_service_worker, status.headers["cache-control"]) == (False, "no-store")

    await close_store_at_next_write(page)
    await log(page)
    assert await page.evaluate("window.timesClosed") == 1
    await expect(page.get_by_role("alert")).to_have_count(0)
    await loses_answers(phone, PUSH)
    async with page.expect_event("requestfailed", lambda request: request.url.endswith("/push")):
        await log(page)
    await page.reload()
    await expect(TodayPage(page).rows()).to_have_count(2)
    await through(phone)
    await all_arrive(page, 2)
    assert Ledger(server).count("contact", (await me(page))["membership_id"]) == 2


async def test_an_older_store_is_taken_over_whole_and_a_damaged_one_is_mended(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await phone.offline()
    await log(page)
    assert phone.context is not None
    phone.expected.append("/favicon.ico")  # asked for by the browser beside a page that is none of the app's
    await phone.context.route(API, lambda route: route.abort())
    await phone.offline(False)
    await page.goto(server.base_url + WITHOUT_APP)
    await put_back_the_first_store(page)
    await phone.offline()
    await page.goto(server.base_url)
    await expect(TodayPage(page).rows()).to_have_count(2)
    await expect(TodayPage(page).rows(HERE)).to_have_count(1)
    await through(phone)
    await phone.offline(False)
    await all_arrive(page, 2)

    await page.goto(server.base_url + WITHOUT_APP)
    await lose_rows(page, "help_request")
    await page.goto(server.base_url)
    await MePage(page).open()
    await expect(page.get_by_role("main")).to_contain_text("was niet zoals op de server")
    await TodayPage(page).open()
    await expect(TodayPage(page).rows("zoekt huurwoning")).to_have_count(2)
    assert Ledger(server).count("contact", (await me(page))["membership_id"]) == 2


async def test_a_full_store_says_that_nothing_was_saved(server: Server, office: Office, new_phone: NewPhone) -> None:
    _, page = await begin(new_phone, office)
    field = await write_draft(page)
    async with no_room(page):
        await LogPage(page).button(nl("Save")).click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text(nl(NO_ROOM))
        await expect(alert).to_be_in_viewport()
        await expect(field).to_have_value(NOTE)
    await LogPage(page).button(nl("Save")).click()
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await expect(page.get_by_role("alert")).to_have_count(0)
    membership = (await me(page))["membership_id"]
    assert Ledger(server).count("contact", membership) == Ledger(server).count("note", membership) == 1


async def test_a_phone_that_dies_while_writing_finds_the_draft_without_a_network(
    office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office)
    await write_draft(page)
    await page.reload()
    await expect(await note_field(page)).to_have_value(NOTE)
    await phone.close()

    page = await phone.open("/", offline=True)
    await page.get_by_role("link", name=nl("You started a contact")).click()
    await expect(LogPage(page).heading(nl("Your started contact"))).to_be_visible()
    chosen = LogPage(page).part("Which question").get_by_role("button", name="zoekt huurwoning", exact=True)
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    await expect(await note_field(page)).to_have_value(NOTE)
    await LogPage(page).button(nl("Save")).click()
    await expect(TodayPage(page).rows(HERE)).to_have_count(1)
    await expect(page.get_by_role("link", name=nl("You started a contact"))).to_have_count(0)

    await page.goto(f"{phone.base_url}/log")
    await expect(LogPage(page).heading(nl("New contact"))).to_be_visible()
    await expect(chosen).to_have_attribute("aria-pressed", "false")


async def test_nothing_of_a_record_can_be_read_in_the_store(office: Office, new_phone: NewPhone) -> None:
    phone, page = await begin(new_phone, office)
    await write_draft(page)
    await LogPage(page).button(nl("Save")).click()
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await phone.offline()
    entry = await TodayPage(page).new_contact()
    await LogPage(page).button(nl("all themes")).click()
    await page.get_by_role("searchbox").fill("geweld")
    await page.get_by_role("dialog").get_by_role("listitem").get_by_role("button").first.click()
    await entry.button(nl("Save")).click()
    await expect(TodayPage(page).rows(HERE)).to_have_count(1)
    await write_draft(page)

    rows = await rows_of(page)
    records = [row for row in rows if row["database"] != "wegwijs/device" and row["store"] != "meta"]
    assert {row["store"] for row in records} == {"contact", "help_request", "note", "outbox", "letterbox", "draft"}
    locked = ("box", "day", "id", "scopes", "state", "version")
    sealed = ("envelope", "handedIn", "hash", "id", "mutations")
    assert {tuple(row["members"]) for row in records} == {locked, sealed}
    # What lies outside the locker opens with no key of this browser, and says ids only.
    envelopes = [json.loads(row["text"])["envelope"] for row in records if row["store"] == "letterbox"]
    assert [sorted(envelope["header"]) for envelope in envelopes] == [
        ["device", "entities", "group", "kid", "mutations", "v"]
    ]
    assert [row for row in rows if "kanarie" in row["text"]] == []
    codes = re.compile(r"\b[A-Z]{3}\.[a-z_]+")
    assert [row for row in records if codes.search(row["text"])] == []
    # What the log learns lies open; it must not tell of anything sensitive.
    preferences = [row["text"] for row in rows if '"id":"preferences/' in row["text"]]
    assert len(preferences) == 1
    assert "HOU.rent_search" in preferences[0] and "violence" not in preferences[0]


@pytest.fixture
def upgradable(built_app: None, tmp_path: Path) -> Iterator[Server]:
    with upgradable_server(tmp_path / "upgradable") as server:
        yield server


async def test_a_new_version_waits_for_the_draft(upgradable: Server, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.base_url = upgradable.base_url
    page = await phone.open(None)
    await EnrolPage(page).enrol(open_office(upgradable).invite("worker"))
    await phone.controlled()
    field = await write_draft(page)
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))

    upgradable.stop()
    release(upgradable)
    upgradable.start()
    # Coming back to the app asks for a newer one at once.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await until(page, WAITING)
    await expect(field).to_have_value(NOTE)
    await page.get_by_role("button", name=nl("Close, the draft stays")).click()
    update = page.get_by_role("button", name=nl("Update"), exact=True)
    await expect(page.get_by_role("link", name=nl("You started a contact"))).to_be_visible()
    await expect(update).to_have_count(0)
    await MePage(page).open()
    await expect(page.get_by_role("main")).to_contain_text(nl(UPDATE_LATER))
    await expect(update).to_have_count(0)
    assert loads == []

    await TodayPage(page).open()
    await page.get_by_role("link", name=nl("You started a contact")).click()
    await LogPage(page).button(nl("Save")).click()
    await update.click()
    await expect(page.locator("meta[name=release]")).to_have_count(1, timeout=20_000)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await expect(update).to_have_count(0)
    assert len(loads) == 1
