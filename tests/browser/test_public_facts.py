"""What newcomers are told, from the hands of the staff to the page: a place, a card, and two who save at once."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import EnrolPage
from tests.browser.phone import axe
from tests.browser.staff import Office, open_office
from tests.browser.test_screens import SIDEWAYS, TARGET, TOO_SMALL
from tests.browser.words import nl
from tests.server import Server

SENTENCE = "Is er post voor mij?"


@pytest.fixture(scope="module")
def server(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one organisation: the host name then needs no setting."""
    here = Server(tmp_path_factory.mktemp("facts")).start()
    try:
        yield here
    finally:
        here.stop()


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return open_office(server)


def field(page: Page | Locator, message: str, **values: object) -> Locator:
    return page.get_by_label(nl(message, None, **values), exact=True)


def button(page: Page, message: str) -> Locator:
    return page.get_by_role("button", name=nl(message), exact=True)


async def pick(page: Page, word: str) -> None:
    """Look for a pictogram by a word and take the first."""
    picker = page.get_by_role("dialog")
    await field(picker, "What it should show").fill(word)
    await picker.get_by_role("listitem").get_by_role("button").first.click()


async def open_screen(page: Page, way: str) -> Locator:
    """By the link that leads there from the screen at `way`; returns the part about who answers for the pages."""
    await page.get_by_role("navigation", name=nl("Main")).get_by_role("link", name=nl(way), exact=True).click()
    await page.get_by_role("link", name=nl("What newcomers are told")).click()
    body = page.get_by_role("region", name=nl("Who answers for the pages"))
    await expect(body).to_be_visible()
    return body


async def add_a_place_and_cards(page: Page) -> None:
    """A place with its way, hours and language; one ready card less, one of our own more."""
    await button(page, "Add a place").click()
    await field(page, "Name of the place").fill("Onthaal")
    await button(page, "Save").click()
    await expect(page.get_by_text(nl("Show at least one landmark: the building itself."))).to_be_visible()
    for word, text in (("bus", "Halte Stadhuis"), ("vlag", "Markt 1")):
        await button(page, "Add a landmark").click()
        await pick(page, word)
        await page.get_by_label("Wat er staat:", exact=False).last.fill(text)
    await button(page, "Add hours").click()
    await page.get_by_role("button", name="di", exact=True).click()
    await field(page, "Closes").fill("12:30")
    places = page.get_by_role("region", name=nl("Where a person can be asked"))
    await field(places, "Add a language").select_option("ar")

    cards = page.get_by_role("region", name=nl("Cards to show at a counter"))
    await cards.get_by_role("button", name="Ik wil mij inschrijven op dit adres.").click()
    await button(page, "Add a card of your own").click()
    await pick(page, "brief")
    await field(cards, "Sentence in {language}", language="Nederlands").fill(SENTENCE)


async def test_a_place_and_a_card_reach_the_page_and_two_who_save_at_once_are_shown_both(
    office: Office, server: Server, new_phone: NewPhone
) -> None:
    laptop = new_phone(size="laptop", expected=["/api/guides/public-facts"])
    hers, his = await laptop.open(None), await new_phone(expected=["/api/guides/public-facts"]).open(None)
    await EnrolPage(hers).enrol(office.invite("administrator"))
    await EnrolPage(his).enrol(office.invite("supervisor"))
    her_body, his_body = await open_screen(hers, "People"), await open_screen(his, "Guides")

    # Hers: without a network nothing is lost; a look at another screen takes nothing away either.
    await add_a_place_and_cards(hers)
    await field(her_body, "Name of the organisation").fill("Stad van haar")
    await field(her_body, "Email address").fill("gids@voorbeeld.example")
    await laptop.offline()
    await button(hers, "Save").click()
    await expect(hers.get_by_text(nl("What you typed is still here."))).to_be_visible()
    await laptop.offline(False)
    await hers.get_by_role("link", name=nl("Back")).click()
    await open_screen(hers, "People")
    await expect(field(her_body, "Name of the organisation")).to_have_value("Stad van haar")
    await button(hers, "Save").click()
    await expect(hers.get_by_text(nl("Newcomers are told this now."))).to_be_visible()

    reader = await laptop.context.new_page() if laptop.context else hers
    await reader.goto(f"{server.base_url}/g/rent/nl#ask")
    ask = reader.locator("#ask")
    for told in ("Onthaal", "Halte Stadhuis", "Markt 1", "dinsdag", "09:00–12:30", "العربية", SENTENCE):
        await expect(ask.get_by_text(told).first).to_be_visible()
    await expect(ask.get_by_text("Ik wil mij inschrijven op dit adres.")).to_have_count(0)
    await ask.get_by_text(SENTENCE).click()
    await expect(reader.locator(".counter:visible")).to_have_text(SENTENCE)

    # His, begun before: both names are shown, hers stays told until he has chosen, and her place is taken over.
    await field(his_body, "Name of the organisation").fill("Stad van hem")
    await field(his_body, "Address for questions about privacy").fill("privacy@voorbeeld.example")
    await button(his, "Save").click()
    clash = his.get_by_role("region", name=nl("Somebody else saved this meanwhile"))
    await expect(clash.get_by_role("radio", name="Stad van hem")).to_be_checked()
    await expect(clash.get_by_text("Markt 1", exact=False)).to_be_visible()
    assert await axe(his) == []
    assert await his.evaluate(TOO_SMALL, TARGET) == []
    assert await his.evaluate(SIDEWAYS) == []
    await clash.get_by_role("radio", name="Stad van haar").check()
    await button(his, "Save").click()
    await expect(his.get_by_text(nl("Newcomers are told this now."))).to_be_visible()
    await expect(clash).to_have_count(0)

    await reader.goto(f"{server.base_url}/g/about/nl")
    for told in ("Stad van haar", "gids@voorbeeld.example", "privacy@voorbeeld.example"):
        await expect(reader.get_by_text(told, exact=False).first).to_be_visible()
    await expect(reader.get_by_text("Stad van hem", exact=False)).to_have_count(0)
    await reader.goto(f"{server.base_url}/g/rent/nl#ask")
    await expect(ask.get_by_text("Halte Stadhuis")).to_be_visible()
