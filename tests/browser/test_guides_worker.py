"""A worker with the guides: shown from the log, kept for the street, checked and read aloud without a network."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone, running
from tests.browser.pages import EnrolPage, LogPage, TodayPage
from tests.browser.staff import Office, open_office
from tests.browser.trouble import Ledger
from tests.browser.words import nl
from tests.server import Server

BETTER = "لا تدفع أي شيء قبل أن ترى المسكن بعينيك."


@pytest.fixture(scope="module")
def server(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one organisation: only then its host name alone says whose guides are read."""
    yield from running(Server(tmp_path_factory.mktemp("guides")))


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    yield open_office(server)


async def _guide_from(page: Page) -> str:
    """Tap *Show* on the log; returns the address that opened beside it."""
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name=re.compile("^Toon de gids")).click()
    guide = await opening.value
    await guide.wait_for_load_state()
    address = guide.url
    await guide.close()
    return address


async def test_a_question_leads_to_the_step_that_answers_it_and_showing_it_is_logged(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite("worker"))
    entry = await TodayPage(page).new_contact()
    await entry.choose("Which language", "Arabisch")
    await entry.choose("Which question", "zoekt huurwoning")
    assert (await _guide_from(page)).endswith("/g/rent/nl+ar#s1")
    await entry.button(nl("Save")).click()
    await expect(TodayPage(page).rows("aangekomen")).to_have_count(1)
    stored = Ledger(server).ask("SELECT primary_action FROM help_request ORDER BY received_at DESC LIMIT 1")
    assert stored == [("give_guide",)]

    await TodayPage(page).rows().first.click()
    await expect(page.get_by_role("link", name=re.compile("stap 1"))).to_be_visible()


async def test_guides_kept_on_the_phone_open_without_a_network_before_anybody_read_one(
    office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite("worker"))
    await phone.controlled()
    await TodayPage(page).tab("Guides")
    await page.get_by_role("button", name=re.compile(nl("Keep on this phone"))).click()
    await expect(page.get_by_text(nl("All guides are on this phone: they open without a network."))).to_be_visible()
    await phone.offline()
    await page.get_by_role("link", name="Een woning huren").click()
    await page.get_by_role("button", name="Arabisch", exact=True).click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name=nl("Show: {languages}", languages="Nederlands + Arabisch")).click()
    guide = await opening.value
    await expect(guide.get_by_text("Betaal niets en stuur geen kopie", exact=False)).to_be_visible()
    await expect(guide.locator("[lang=ar]").first).to_be_visible()


async def test_what_a_worker_says_of_a_text_waits_for_a_network_and_arrives_once(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = await phone.open(None)
    await EnrolPage(page).enrol(office.invite("worker"))
    await phone.controlled()
    await TodayPage(page).tab("Guides")
    await page.get_by_role("link", name="Een woning huren").click()
    await page.get_by_role("link", name="Arabisch", exact=True).click()
    entry = LogPage(page)
    await expect(page.get_by_text("Een woning huren", exact=True)).to_be_visible()
    await phone.offline()
    await entry.button(nl("Right")).click()
    await entry.button(nl("Write better")).click()
    await page.get_by_role("textbox", name=nl("A better sentence")).fill(BETTER)
    await entry.button(nl("Propose")).click()
    await expect(page.get_by_text(nl("What you said waits on this phone for a network."))).to_be_visible()
    await phone.offline(False)
    ledger = Ledger(server)
    await page.reload()
    async with asyncio.timeout(60):
        while ledger.ask("SELECT COUNT(*) FROM guide_answer") != [(2,)]:
            # Coming back to the app asks the server again, and then hands in.
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            await asyncio.sleep(0.5)
    answers = {better for (better,) in ledger.ask("SELECT better FROM guide_answer")}
    assert answers == {None, BETTER}
    await expect(page.get_by_text(nl("What you said waits on this phone for a network."))).to_have_count(0)
