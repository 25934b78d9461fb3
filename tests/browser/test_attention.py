"""What asks for a person: two versions of an answer, and what the server refused."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import (
    AttentionPage,
    ContactPage,
    EnrolPage,
    ReviewAttentionPage,
    ReviewPage,
    TodayPage,
    VersionsPage,
)
from tests.browser.phone import Phone, axe
from tests.browser.staff import Office, open_office
from tests.browser.trouble import PUSH, Ledger, me
from tests.browser.words import nl
from tests.server import Server

HERE, ARRIVED, LOOK = "op deze telefoon", "aangekomen", "kijk even na"
CONTACT = ("Arabisch", [("zoekt huurwoning", "uitgelegd")])
NOT_IN_THE_LISTS = "One answer is not in the lists of the organisation. Choose another one."

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture
def office(server: Server) -> Office:
    return open_office(server)


async def begin(new_phone: NewPhone, link: str, **options: Any) -> tuple[Phone, Page]:
    phone = new_phone(**options)
    page = await phone.open(None)
    await EnrolPage(page).enrol(link)
    return phone, page


async def log(page: Page) -> None:
    await (await TodayPage(page).new_contact()).log(*CONTACT)


async def faults_in_arabic_and_dark(page: Page) -> list[str]:
    """What axe finds on this screen written from right to left on a dark ground; then all is as before."""
    address = page.url
    origin = address.split("/", 3)[:3]
    found: list[str] = []
    for language, scheme in (("ar", "dark"), ("nl", "light")):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        await page.goto("/".join(origin) + "/me")
        await page.locator(f"button[lang={language}]").click()
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        if language == "ar":
            found = await axe(page)
    return found


async def language_of(server: Server, membership: str) -> str:
    sql = "SELECT language FROM contact WHERE lower(hex(author)) = ? ORDER BY received_at DESC"
    return str(Ledger(server).ask(sql, membership.replace("-", ""))[0][0])


async def two_versions(phone: Phone, page: Page, other: Page) -> None:
    """The same contact gets another language on each of two devices; the first one was without a network."""
    await expect(TodayPage(other).rows(ARRIVED)).to_have_count(await TodayPage(page).rows().count())
    await phone.offline()
    for one, word in ((page, "Frans"), (other, "Engels")):
        await TodayPage(one).rows().first.click()
        await ContactPage(one).correct("Which language", word)
        await ContactPage(one).back()
    await expect(TodayPage(other).rows(HERE)).to_have_count(0)
    await expect(TodayPage(other).rows("verstuurd")).to_have_count(0)
    await phone.offline(False)
    await expect(TodayPage(page).rows(LOOK)).to_have_count(1)


async def test_two_versions_are_chosen_and_taken_back_and_the_first_choice_wins(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office.invite("worker", "Noor"))
    _, other = await begin(new_phone, office.invite("worker", "Noor"))
    _, desk = await begin(new_phone, office.invite("supervisor"), size="laptop")
    noor = (await me(page))["membership_id"]
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    await two_versions(phone, page, other)
    assert await language_of(server, noor) == "en"  # nothing is overwritten before somebody chooses

    # The worker chooses, sees what was chosen, and chooses again.
    await AttentionPage(page).open()
    await AttentionPage(page).part("Two versions").click()
    assert await axe(page) == []
    assert await faults_in_arabic_and_dark(page) == []
    await VersionsPage(page).keep("Frans")
    await TodayPage(page).page.goto(server.base_url)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(1)
    assert await language_of(server, noor) == "fr"
    await TodayPage(page).rows().click()
    await page.get_by_role("link", name=nl("Choose again")).click()
    await VersionsPage(page).keep("Engels")
    await expect(page.get_by_role("main")).to_contain_text(
        nl("{field}: you chose {word}.", field="Taal", word="Engels")
    )
    await expect(page.get_by_role("main")).to_contain_text(ARRIVED)
    assert await language_of(server, noor) == "en"
    await ContactPage(page).back()

    # Of the next one the supervisor sees both, in the list and beside the contact, and is first.
    await log(page)
    await expect(TodayPage(page).rows(ARRIVED)).to_have_count(2)
    await two_versions(phone, page, other)
    await phone.offline()
    await AttentionPage(page).open()
    await AttentionPage(page).part("Two versions").click()
    await VersionsPage(page).keep("Engels")
    await ReviewPage(desk).open()
    await desk.get_by_role("link", name=nl("Look")).click()
    card = ReviewAttentionPage(desk).cards()
    await expect(card).to_contain_text("Noor")
    assert await axe(desk) == []
    await card.get_by_role("link", name=nl("Open the contact")).click()
    await VersionsPage(desk).page.get_by_role("article").get_by_role("radio", name="Frans").check()
    await desk.get_by_role("article").get_by_role("button", name=nl("Keep this one", 1)).click()
    await expect(desk.get_by_role("article")).to_have_count(0)
    await expect(desk.get_by_role("definition").filter(has_text="Frans")).to_have_count(1)
    await phone.offline(False)
    await AttentionPage(page).part("Somebody else chose first").click()
    said = nl("{field}: somebody else chose before you: {word}.", field="Taal", word="Frans")
    await expect(page.get_by_role("main")).to_contain_text(said)
    await page.get_by_role("button", name=nl("Seen")).click()
    await expect(page.get_by_role("main")).to_contain_text(ARRIVED)
    await expect(page.get_by_role("main")).to_contain_text(
        nl("{field}: your supervisor chose {word}.", field="Taal", word="Frans")
    )
    assert await language_of(server, noor) == "fr"


async def spoil(phone: Phone) -> None:
    """From now on new contacts are handed in with a place that never existed: the server refuses them."""
    assert phone.context is not None

    async def change(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        for mutation in body["mutations"]:
            if mutation["entity"] == "contact" and mutation["op"] == "create" and not mutation.get("replaces"):
                mutation["set"]["setting"] = "moon"
        await route.continue_(post_data=json.dumps(body))

    await phone.context.route(PUSH, change)


def kept_payloads(ledger: Ledger, membership: str) -> dict[str, int]:
    """How many mutations of a membership the server keeps whole, by their status."""
    sql = "SELECT status, count(*) FROM sync_ledger WHERE payload IS NOT NULL AND {} GROUP BY status"
    mine = "lower(hex(membership)) = ?"
    return dict(ledger.ask(sql.format(mine), membership.replace("-", "")))


async def test_what_was_refused_is_corrected_handed_over_or_dropped_and_never_lost(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    phone, page = await begin(new_phone, office.invite("worker", "Sam"))
    _, desk = await begin(new_phone, office.invite("supervisor"), size="laptop")
    ledger, sam, today = Ledger(server), (await me(page))["membership_id"], TodayPage(page)
    await spoil(phone)
    for _ in range(4):
        await log(page)
    await expect(today.rows(LOOK)).to_have_count(4)
    assert ledger.count("contact", sam) == 0
    await AttentionPage(page).open()
    refused = AttentionPage(page).part("Not taken by the server")
    await expect(refused).to_have_count(4)
    assert await axe(page) == []

    # One is put right; nothing else of it has to be typed again.
    await refused.first.click()
    await expect(page.get_by_role("main")).to_contain_text(nl(NOT_IN_THE_LISTS))
    assert await axe(page) == []
    assert await faults_in_arabic_and_dark(page) == []
    await ContactPage(page).correct("Which language", "Frans")
    await expect(page.get_by_role("main")).to_contain_text(ARRIVED)
    assert await language_of(server, sam) == "fr"
    await page.goto(server.base_url + "/attention")
    assert await faults_in_arabic_and_dark(page) == []

    # One is dropped: asked once, without a network, and the server learns of it later.
    await phone.offline()
    await refused.first.click()
    await page.get_by_role("button", name=nl("Throw away")).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(
        nl("The whole contact goes, with its questions and notes. Nobody can bring it back.")
    )
    await dialog.get_by_role("button", name=nl("Throw away")).click()
    await expect(today.rows()).to_have_count(3)
    await phone.offline(False)

    # Two are handed over; the supervisor corrects one of them and drops the other.
    for left in (1, 0):
        await today.rows(LOOK).first.click()
        await page.get_by_role("button", name=nl("Hand over to your supervisor")).click()
        await expect(page.get_by_role("main")).to_contain_text(nl("with your supervisor"))
        await ContactPage(page).back()
        await expect(today.rows(LOOK)).to_have_count(left)
    await expect(page.get_by_text("2 " + nl("with your supervisor"))).to_be_visible()
    assert kept_payloads(ledger, sam) == {"handed_over": 4}

    await ReviewAttentionPage(desk).open()
    cards = ReviewAttentionPage(desk).cards()
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_contain_text(nl("{name} handed this over", name="Sam"))
    assert await faults_in_arabic_and_dark(desk) == []
    await cards.first.get_by_role("button", name=nl("Correct"), exact=True).click()
    await expect(cards.first.get_by_label("Waar", exact=True)).to_have_value("")
    await cards.first.get_by_label("Waar", exact=True).select_option("library")
    assert await axe(desk) == []
    await cards.first.get_by_role("button", name=nl("Save"), exact=True).click()
    await expect(cards).to_have_count(1)
    await cards.get_by_role("button", name=nl("Throw away")).click()
    await desk.get_by_role("dialog").get_by_role("button", name=nl("Throw away")).click()
    await expect(cards).to_have_count(0)

    await expect(today.rows(ARRIVED)).to_have_count(2)
    await expect(today.rows()).to_have_count(2)
    await page.goto(server.base_url + "/attention")
    done = AttentionPage(page).part("What your supervisor did")
    await expect(page.get_by_role("list", name=nl("What your supervisor did")).get_by_role("listitem")).to_have_count(4)
    await expect(done.first).to_be_visible()
    assert ledger.count("contact", sam) == ledger.count("help_request", sam) == 2
    assert kept_payloads(ledger, sam) == {}
    assert await axe(page) == []
