"""Pictures of the app as people see it: a worker's phone and the desk's laptop, in Dutch and Arabic, light and dark.

Everything in them was logged a moment before on a demo server; nothing is drawn by hand.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from base64 import b64encode
from pathlib import Path

from playwright.async_api import Page, Playwright, async_playwright, expect

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser.pages import EnrolPage, TodayPage
from tests.browser.phone import ARGUMENTS, CHROMIUM, Phone
from tests.server import Server

# The pictures that pages of this repository show.
SHOWN = {"overview": "today", "overview-guides": "guides", "contacts-nl": "contacts", "figures-nl": "figures"}
PAGES = Path(__file__).parents[1] / "docs" / "pictures"
LOOKS = [("nl", False), ("nl", True), ("ar", False), ("ar", True)]


async def speak(page: Page, language: str, base_url: str) -> None:
    """Switch the app's language on *Me*."""
    await page.goto(f"{base_url}/me")
    await page.locator(f"button[lang={language}]").click()
    await expect(page.locator("html")).to_have_attribute("lang", language)


async def shoot(page: Page, path: str, file: Path, base_url: str) -> None:
    await page.goto(base_url + path, wait_until="networkidle")
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    await expect(page.locator("h1").first).to_be_visible()
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=file)


async def worker(playwright: Playwright, folder: Path, base_url: str, link: str, profile: Path) -> None:
    """A morning of a worker: two contacts that arrived, two that wait on the phone."""
    phone = Phone(playwright, profile, base_url)
    page = await phone.open(None)
    await EnrolPage(page).enrol(link)
    await phone.controlled()
    today = TodayPage(page)
    await (await today.new_contact()).log("Arabisch", [("zoekt huurwoning", "verwezen")])
    await (await today.new_contact()).log("Frans", [("belastingen", "uitgelegd")])
    await expect(today.rows("aangekomen")).not_to_have_count(0)
    await expect(today.rows("op deze telefoon")).to_have_count(0)
    await phone.offline()
    await (await today.new_contact()).log("Arabisch", [("verblijf", "op pad"), ("brief overheid", "uitgelegd")])
    await (await today.new_contact()).log("Engels", [("zoekt werk", "gebeld")])
    for language, dark in LOOKS:
        await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        await speak(page, language, base_url)
        look = f"{language}{'-dark' if dark else ''}"
        for name, path in (
            ("today", "/"),
            ("log", "/log"),
            ("guides", "/guides"),
            ("guide", "/guides/rent"),
            ("me", "/me"),
        ):
            await shoot(page, path, folder / f"{name}-{look}.png", base_url)
    await phone.close()


async def desk(playwright: Playwright, folder: Path, base_url: str, links: dict[str, str], profile: Path) -> None:
    """The supervisor's list and figures, the administrator's people; on a laptop and on a phone."""
    laptop = Phone(playwright, profile, base_url, size="laptop")
    page = await laptop.open(None)
    await EnrolPage(page).enrol(links["supervisor"])
    screens = {"contacts": "/contacts", "figures": "/figures", "editor": "/guides"}
    await _looks(page, folder, base_url, screens)
    await page.goto(links["administrator"])
    await page.locator("form button[type=submit]").click()
    await expect(page.locator('nav a[href="/people"]').first).to_be_visible()
    await _looks(page, folder, base_url, {"people": "/people"})
    await laptop.close()


async def _looks(page: Page, folder: Path, base_url: str, screens: dict[str, str]) -> None:
    for language, dark in LOOKS:
        await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        await speak(page, language, base_url)
        look = f"{language}{'-dark' if dark else ''}"
        for name, path in screens.items():
            await shoot(page, path, folder / f"{name}-{look}.png", base_url)
            await page.set_viewport_size({"width": 360, "height": 740})
            await shoot(page, path, folder / f"{name}-{look}-phone.png", base_url)
            await page.set_viewport_size({"width": 1280, "height": 800})


async def newcomer(playwright: Playwright, folder: Path, base_url: str) -> None:
    """The guide pages, which need nobody to be signed in."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    pages = {"languages": "", "read-nl-ar": "rent/nl+ar#s8", "read-uk": "home/uk#s4", "read-fa": "social/fa#s1"}
    for dark in (False, True):
        for size, (width, height) in {"": (360, 740), "-laptop": (1280, 800)}.items():
            page = await browser.new_page(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            for name, path in pages.items():
                await page.goto(f"{base_url}/g/{path}", wait_until="networkidle")
                await page.evaluate("document.fonts.ready")
                await page.screenshot(path=folder / f"{name}{size}{'-dark' if dark else ''}.png")
            await page.close()
    await browser.close()


async def overview(playwright: Playwright, folder: Path, names: tuple[str, ...], file: str) -> None:
    """Three phones in a row: a picture of the README."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page = await browser.new_page(viewport={"width": 1180, "height": 780})
    pictures = [b64encode((folder / f"{name}.png").read_bytes()).decode() for name in names]
    frame = "border-radius:20px;border:1px solid #b9b5a8;width:360px"
    images = "".join(f'<img style="{frame}" src="data:image/png;base64,{picture}">' for picture in pictures)
    row = "margin:0;padding:18px;display:flex;gap:24px;background:#E4E1D8"
    await page.set_content(f'<body style="{row}">{images}</body>', wait_until="networkidle")
    await page.screenshot(path=folder / f"{file}.png")
    await browser.close()


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        server = Server(Path(scratch) / "server", demo=True).start()
        try:
            links = json.loads((Path(scratch) / "server/data/demo.json").read_text())["sign_in"]
            async with async_playwright() as playwright:
                await worker(playwright, folder, server.base_url, links["worker"], Path(scratch) / "phone")
                await desk(playwright, folder, server.base_url, links, Path(scratch) / "laptop")
                await newcomer(playwright, folder, server.base_url)
                await overview(playwright, folder, ("today-nl", "log-nl", "today-ar-dark"), "overview")
                await overview(playwright, folder, ("languages", "read-nl-ar", "read-uk-dark"), "overview-guides")
        finally:
            server.stop()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(target))
    PAGES.mkdir(exist_ok=True)
    for picture, shown in SHOWN.items():
        shutil.copyfile(target / f"{picture}.png", PAGES / f"{shown}.png")
    print(f"{len(list(target.glob('*.png')))} pictures in {target}")
