"""Every screen, in Dutch and light, in Arabic and dark: readable by all, no wider than its window, in its direction."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.pages import EnrolPage, TodayPage
from tests.browser.phone import axe
from tests.browser.staff import open_office
from tests.server import Server

SCREENS = {
    "worker": ["/", "/log", "/guides", "/guides/rent", "/guides/rent/check/ar", "/me", "/enrol"],
    "supervisor": [
        *("/contacts", "/public-facts", "/figures", "/devices", "/me"),
        *("/guides", "/guides/rent/texts#ar", "/guides/rent#step.contract"),
        *(f"/guides/rent/{part}" for part in ("facts", "suggestions", "preview", "publish")),
    ],
    "coordinator": ["/figures"],
    "administrator": ["/people"],
}
LOOKS = [("laptop", "nl", "ltr", False), ("phone", "ar", "rtl", True)]

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

TARGET = 48
TOO_SMALL = """(least) => [...document.querySelectorAll('a[href], button, input, select, textarea, [role=button]')]
    .filter((one) => one.checkVisibility() && !one.closest('[inert]'))
    .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.height > 0 && (box.height < least - 0.5 || box.width < least - 0.5))
    .map(([one, box]) => `${one.textContent.trim() || one.ariaLabel} ${box.width} x ${box.height}`)"""
SIDEWAYS = """() => [document.scrollingElement, ...document.querySelectorAll('main, main *')]
    .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
    .filter((one) => one === document.scrollingElement || /auto|scroll/.test(getComputedStyle(one).overflowX))
    .map((one) => `${one.tagName} ${one.className} ${one.scrollWidth} > ${one.clientWidth}`)"""


async def faults(page: Page, path: str, direction: str) -> list[str]:
    """What is wrong with a screen as it stands."""
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    found = await axe(page)
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than its window")
    if await page.locator("html").get_attribute("dir") != direction:
        found.append(f"not written {direction}")
    return [f"{path}: {fault}" for fault in found]


@pytest.mark.parametrize(("size", "language", "direction", "dark"), LOOKS)
async def test_every_screen_is_for_everybody(
    server: Server, new_phone: NewPhone, size: str, language: str, direction: str, dark: bool
) -> None:
    office = open_office(server)
    # One browser for all roles: what the one before still asks is answered with 400 or 403, and asked anew by the app.
    # Where several organisations share a host name, it has no guide pages: their size cannot be told.
    page = await new_phone(size=size, dark=dark, expected=["/api/sync/v1/pull", "status of 403"]).open(None)
    await EnrolPage(page).enrol(office.invite("worker"))
    await (await TodayPage(page).new_contact()).log("Arabisch", [("zoekt huurwoning", "uitgelegd")])
    await expect(TodayPage(page).rows("aangekomen")).to_have_count(1)
    await page.goto(server.base_url + "/me")
    await page.locator(f"button[lang={language}]").click()
    await expect(page.locator("html")).to_have_attribute("dir", direction)

    found: list[str] = []
    for role, paths in SCREENS.items():
        if role != "worker":
            await page.goto(office.invite(role))
            await page.locator("form button[type=submit]").click()
            await expect(page.get_by_role("navigation")).to_be_visible()
        for path in paths:
            found += await faults(page, server.base_url + path, direction)
    assert found == []


@pytest.mark.parametrize("language", ["nl", "ar"])
async def test_the_street_screens_fit_small_phones_large_text_and_cold_fingers(
    server: Server, new_phone: NewPhone, language: str
) -> None:
    page = await new_phone().open(None)
    await EnrolPage(page).enrol(open_office(server).invite("worker"))
    await (await TodayPage(page).new_contact()).log("Arabisch", [("zoekt huurwoning", "uitgelegd")])
    contact = await TodayPage(page).rows().get_attribute("href")
    await page.goto(server.base_url + "/me")
    await page.locator(f"button[lang={language}]").click()
    await expect(page.locator("html")).to_have_attribute("lang", language)

    # Everything that six taps need lies on a small phone without scrolling.
    await page.set_viewport_size({"width": 360, "height": 560})
    await page.goto(server.base_url + "/log")
    sign = page.locator("section .tiles button, [role=group] .tiles button")
    await expect(sign.first).to_be_visible()
    for tile in await sign.all():
        await expect(tile).to_be_in_viewport(ratio=1)
    covered = """() => {
        const bar = [...document.querySelectorAll('main button')].at(-1).getBoundingClientRect().top
        const tiles = [...document.querySelectorAll('.tiles button')]
        return tiles.filter((one) => one.getBoundingClientRect().bottom > bar).length
    }"""
    assert await page.evaluate(covered) == 0

    found: list[str] = []
    for path in ("/", "/log", str(contact), "/guides", "/guides/rent", "/me", "/enrol"):
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.goto(server.base_url + path)
        await expect(page.get_by_role("heading", level=1).first).to_be_visible()
        found += [f"{path}: too small: {one}" for one in await page.evaluate(TOO_SMALL, TARGET)]
        await page.set_viewport_size({"width": 320, "height": 640})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += [f"{path}: sideways: {one}" for one in await page.evaluate(SIDEWAYS)]
    assert found == []
