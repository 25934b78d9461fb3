"""What a person does on the first day: enrol, install, lose the network, log, close the browser, come back, be seen."""

import json
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import CountsPage, EnrolPage, MePage, ReviewPage, TodayPage
from tests.browser.phone import Phone
from tests.browser.staff import open_office
from tests.server import Server

HERE, ARRIVED = "op deze telefoon", "aangekomen"
CONTACTS = [
    ("Arabisch", [("zoekt huurwoning", "uitgelegd")]),
    ("Frans", [("verblijf", "verwezen"), ("belastingen", "gebeld")]),
    ("Engels", [("zoekt werk", "gebeld")]),
]


async def lacks_to_be_installed(phone: Phone) -> list[str]:
    """What of a browser's conditions is not met. Chromium's own list stays empty here, whatever is missing."""
    assert phone.context is not None
    session = await phone.context.new_cdp_session(phone.page)
    answer = await session.send("Page.getAppManifest")
    await session.detach()
    manifest: dict[str, Any] = json.loads(answer.get("data") or "{}")
    pictures = [*manifest.get("icons", ()), *manifest.get("screenshots", ())]
    sizes = {(icon.get("purpose", "any"), icon["sizes"]) for icon in manifest.get("icons", ())}
    conditions = {
        "a manifest without errors": answer["errors"] == [] and bool(manifest),
        "a name": bool(manifest.get("name") and manifest.get("short_name")),
        "a start in the scope": manifest.get("start_url", "").startswith(manifest.get("scope", "?")),
        "a window of its own": manifest.get("display") == "standalone",
        "icons": sizes >= {("any", "192x192"), ("any", "512x512"), ("maskable", "512x512")},
        "screenshots of both shapes": {one.get("form_factor") for one in pictures} >= {"narrow", "wide"},
        "a service worker": await phone.page.evaluate("!!navigator.serviceWorker.controller"),
    }
    wrong = [picture["src"] for picture in pictures if not await has_its_size(phone.page, picture)]
    return [name for name, met in conditions.items() if not met] + wrong


async def has_its_size(page: Page, picture: dict[str, str]) -> bool:
    """Whether a picture of the manifest can be shown and is as large as it says."""
    real = await page.evaluate(
        """async (src) => {
            const picture = new Image()
            picture.src = src
            await picture.decode().catch(() => null)
            return `${picture.naturalWidth}x${picture.naturalHeight}`
        }""",
        picture["src"],
    )
    return real == picture["sizes"] or (picture["sizes"] == "any" and real != "0x0")


async def log_all(page: Page) -> None:
    for language, requests in CONTACTS:
        await (await TodayPage(page).new_contact()).log(language, requests)


async def test_three_contacts_logged_offline_reach_the_supervisor(server: Server, new_phone: NewPhone) -> None:
    office = open_office(server)
    laptop = new_phone(size="laptop")
    supervisor = await laptop.open(None)
    await EnrolPage(supervisor).enrol(office.invite("supervisor"))
    await ReviewPage(supervisor).open()
    await expect(ReviewPage(supervisor).rows()).to_have_count(0)

    phone = new_phone()
    worker = await phone.open(None)
    await EnrolPage(worker).enrol(office.invite("worker"))
    await phone.controlled()
    assert await lacks_to_be_installed(phone) == []

    await phone.offline()
    await log_all(worker)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(3)

    await phone.close()
    worker = await phone.open("/", offline=True)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(3)
    await expect(TodayPage(worker).rows(ARRIVED)).to_have_count(0)

    await phone.offline(False)
    await expect(TodayPage(worker).rows(ARRIVED)).to_have_count(3)
    await expect(TodayPage(worker).rows(HERE)).to_have_count(0)

    await expect(ReviewPage(supervisor).rows()).to_have_count(3)
    await CountsPage(supervisor).open()
    await expect(CountsPage(supervisor).total()).to_have_text("4")


async def test_the_figures_rise_with_one_more_contact(server: Server, new_phone: NewPhone) -> None:
    office = open_office(server)
    worker = await new_phone().open(None)
    supervisor = await new_phone(size="laptop").open(None)
    await EnrolPage(worker).enrol(office.invite("worker"))
    await EnrolPage(supervisor).enrol(office.invite("supervisor"))
    await CountsPage(supervisor).open()
    await expect(CountsPage(supervisor).total()).to_have_text("0")
    for total in ("1", "2"):
        await (await TodayPage(worker).new_contact()).log(*CONTACTS[0])
        await expect(CountsPage(supervisor).total()).to_have_text(total)


async def test_me_says_openly_where_the_key_lies(server: Server, new_phone: NewPhone) -> None:
    worker = await new_phone().open(None)
    await EnrolPage(worker).enrol(open_office(server).invite("worker"))
    await MePage(worker).open()
    await expect(worker.get_by_role("main")).to_contain_text("sleutel")


async def test_six_taps_are_enough(server: Server, new_phone: NewPhone) -> None:
    """+, language, question, action, save: within the budget of the street, and nothing has to be typed."""
    worker = await new_phone().open(None)
    await EnrolPage(worker).enrol(open_office(server).invite("worker"))
    await worker.evaluate("addEventListener('click', () => { window.taps = (window.taps ?? 0) + 1 }, true)")
    await (await TodayPage(worker).new_contact()).log(*CONTACTS[0])
    assert await worker.evaluate("window.taps") <= 6
