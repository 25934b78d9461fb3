"""A newcomer with an old phone: a whole guide in two scripts, by keys, by swipe, without a network, without a script,
without leaving a trace; and a voice that is only ever the phone's own."""

import re
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from playwright.async_api import Page, Playwright, expect

from tests.browser.conftest import NewPhone
from tests.browser.phone import ARGUMENTS, CHROMIUM, axe
from tests.browser.staff import open_office
from tests.browser.test_screens import SIDEWAYS, TARGET, TOO_SMALL
from tests.conftest import run
from tests.guides_sample import AR, FA, NL, publish, sample_guide
from tests.server import Server
from wegwijs.foundation.database import Database

READ = "/g/try/nl+ar"
STORED = """async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookie: document.cookie,
    databases: (await indexedDB.databases()).map((one) => one.name), caches: (await caches.keys()).sort(),
})"""
# A phone whose voices are of three kinds; what it is asked to say is written down.
VOICES = """() => {
    const voice = (name, lang, localService) => ({ name, lang, localService, default: false, voiceURI: name })
    const voices = [voice('net', 'ar-SA', false), voice('kabul', 'fa-AF', true), voice('net-nl', 'nl-NL', false),
        voice('own', 'nl-BE', true)]
    window.said = []
    window.played = []
    class Utterance { constructor(text) { this.text = text } }
    const speechSynthesis = { getVoices: () => voices, cancel() {}, addEventListener() {},
        speak: (one) => said.push([one.text, one.voice && one.voice.name, one.lang]) }
    Object.defineProperty(window, 'speechSynthesis', { value: speechSynthesis })
    Object.defineProperty(window, 'SpeechSynthesisUtterance', { value: Utterance })
    HTMLMediaElement.prototype.play = async function () { played.push(this.src) }
}"""


async def _publish(url: str) -> None:
    db = Database.from_url(url)
    await db.open()
    async with db.write() as tx:
        (row,) = await tx.fetch("SELECT id FROM organisation")
        await publish(tx, UUID(str(row["id"])), sample_guide())
    await db.close()


@pytest.fixture(scope="module")
def server(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one organisation with one more guide: the host name then needs no setting."""
    folder = tmp_path_factory.mktemp("guides")
    here = Server(folder).start()
    try:
        open_office(here)
        run(_publish(f"sqlite:///{folder / 'data' / 'wegwijs.db'}"))
        yield here
    finally:
        here.stop()


async def swipe(page: Page, by: int) -> None:
    """One finger along the middle of the screen; `by` in CSS px, negative to the left."""
    session = await page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 180 - by / 2), ("touchMove", 180), ("touchMove", 180 + by / 2)):
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": 300}]})
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await session.detach()


async def at(page: Page, number: int) -> None:
    await expect(page).to_have_url(re.compile(f"#s{number}$"))
    await expect(page.locator(f"#s{number}")).to_be_visible()
    await expect(page.locator(".step:visible")).to_have_count(1)


async def test_a_whole_guide_in_two_scripts_by_keys_by_swipe_and_without_a_network(
    server: Server, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = await phone.open(READ)
    # The first step in both languages, each in its own direction; the tree that a screen reader gets has both.
    await expect(page.locator("html.stepped")).to_have_count(1)
    for words, direction in ((NL, "ltr"), (AR, "rtl")):
        line = page.get_by_text(words["step.fake"])
        await expect(line).to_be_visible()
        assert await line.evaluate("(one) => getComputedStyle(one).direction") == direction
    await expect(page.locator("header")).to_contain_text("Stap 1 van 4")
    tree = await page.locator("body").aria_snapshot()
    for part in (
        'heading "Stap 1 van 4"',
        'button "Besproken"',
        'link "Vraag het aan iemand"',
        'link "Sluiten"',
        AR["step.fake"],
    ):
        assert part in tree, tree

    # Keys, then fingers, then the end: what to take home. The address says where one is.
    await page.keyboard.press("ArrowRight")
    await at(page, 2)
    await page.get_by_role("button", name="Besproken").click()
    await swipe(page, -160)
    await at(page, 3)
    await swipe(page, 160)
    await at(page, 2)
    await expect(page.get_by_role("button", name="Besproken")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("End")
    await at(page, 4)
    await page.get_by_role("link", name="Volgende stap").click()
    await expect(page.locator("#take")).to_be_visible()
    await page.get_by_role("link", name="Vraag het aan iemand").click()
    await expect(page.get_by_role("heading", name="Vraag het aan iemand")).to_be_visible()
    await page.keyboard.press("Escape")
    await at(page, 4)

    # Another language: the place stays, and so do the ticks; in it "next" lies on the other side.
    await page.locator("header .language").click()
    await page.locator('#languages a[hreflang="ar"]').first.click()
    await at(page, 4)
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await swipe(page, -160)
    await at(page, 3)
    await page.keyboard.press("ArrowRight")
    await at(page, 2)
    await expect(page.locator("#s2 .tick")).to_have_attribute("aria-pressed", "true")

    # Kept as it was read; the whole guide when asked, and then in languages that were never opened.
    await expect(page.locator("html.kept")).to_have_count(1)
    await page.goto(server.base_url + READ + "#take")
    await page.get_by_role("button", name=re.compile("Bewaar alle talen.*kB")).click()
    await expect(page.get_by_role("status")).to_contain_text("staat nu op deze telefoon")
    async with httpx.AsyncClient() as client:
        from_server = (await client.get(f"{server.base_url}/g/try/fa")).text
    await phone.offline()
    await page.goto(server.base_url + READ + "#s3")
    await at(page, 3)
    await expect(page.get_by_text(AR["step.deposit"])).to_be_visible()
    assert await page.evaluate("fetch('/g/try/ar').then(() => 'network', () => 'none')") == "none"
    await page.goto(server.base_url + "/g/try/fa")
    await expect(page.get_by_text(FA["step.fake"])).to_be_visible()
    filled = await page.evaluate("""async () => {
        const registration = await navigator.serviceWorker.getRegistration('/g/')
        return registration.active ? document.documentElement.lang : ''
    }""")
    assert filled == "fa" and 'lang="fa"' in from_server
    # It is bound by the same policy as a page of the server.
    assert (
        await page.evaluate(
            "(() => { try { document.body.innerHTML = 'x'; return 'open' } catch { return 'bound' } })()"
        )
        == "bound"
    )
    # "I don't understand" is dropped, not queued.
    phone.expected += ["unclear", "TrustedHTML"]
    await page.locator("#s1 .unclear").click()
    await expect(page.get_by_role("status")).not_to_be_empty()

    # Nothing tells who read; a fresh visit has no ticks; and all of it can be removed.
    stored = await page.evaluate(STORED)
    assert (stored["local"], stored["cookie"], stored["databases"]) == ([], "", [])
    assert set(stored["session"]) <= {"guide-ticks"} and all(one.startswith("reader-") for one in stored["caches"])
    await phone.offline(False)
    await page.goto("about:blank")
    await page.goto(server.base_url + "/g/try/nl#s2")
    await expect(page.locator("#s2 .tick")).to_have_attribute("aria-pressed", "false")
    await page.goto(server.base_url + "/g/try/nl#take")
    await page.get_by_role("button", name="Verwijder van deze telefoon").click()
    await expect(page.get_by_role("status")).to_contain_text("Verwijderd")
    kept = await page.evaluate(
        "caches.keys().then((n) => caches.open(n[0])).then((c) => c.keys()).then((k) => k.map((r) => r.url))"
    )
    assert not [address for address in kept if "/try/" in address]
    copied = "fetch('/g/try/nl', {cache: 'only-if-cached', mode: 'same-origin'}).then((a) => a.status, () => 0)"
    phone.expected += ["Failed to load", "504"]
    assert await page.evaluate(copied) in (0, 504)
    assert phone.context is not None and await phone.context.cookies() == []


async def test_without_a_script_everything_is_there_and_reads_from_top_to_bottom(
    server: Server, playwright: Playwright
) -> None:
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page = await browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
    await page.goto(server.base_url + READ)
    await expect(page.locator(".step:visible")).to_have_count(4)
    await expect(page.locator("button:visible")).to_have_count(0)
    for text in (NL["step.union"], AR["step.deposit"], NL["bring.card"], "Ik wil mij inschrijven op dit adres."):
        await expect(page.get_by_text(text).first).to_be_visible()
    await page.get_by_role("link", name="Vraag het aan iemand").first.click()
    await expect(page).to_have_url(re.compile("#ask$"))
    await page.locator('#languages a[hreflang="fa"]').first.click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await browser.close()


async def test_only_the_phones_own_voice_of_the_very_language_speaks_and_no_sound_of_another_text_plays(
    server: Server, new_phone: NewPhone
) -> None:
    phone = new_phone()
    # On a phone that has the staff's app, its worker stays out of the guides and theirs out of the app.
    page = await phone.open("/")
    await phone.controlled()
    phone.expected.append("a.opus")
    await page.context.add_init_script(f"({VOICES})()")
    await page.goto(server.base_url + READ)
    arabic, dutch = page.locator('#s1 [lang="ar"] .sound'), page.locator('#s1 [lang="nl"] .sound')
    # A recording is heard without asking; a voice of the phone is off until the reader wants it.
    await expect(arabic).to_be_visible()
    await expect(dutch).to_be_hidden()
    await page.goto(server.base_url + READ + "#languages")
    await page.get_by_role("button", name="Laat deze telefoon voorlezen").click()
    await page.goto(server.base_url + READ + "#s1")
    await dutch.click()
    await arabic.click()
    assert await page.evaluate("said") == [[NL["step.fake"], "own", "nl-BE"]]
    await page.wait_for_function("played.length === 1")
    # The text changed under the sound that was kept: silence. And where only a voice of the network is: no button.
    await page.locator('#s1 [lang="ar"] .sentence').evaluate("(one) => { one.textContent += '؟' }")
    await arabic.click()
    await dutch.click()
    assert len(await page.evaluate("said")) == 2
    assert await page.evaluate("played.length") == 1
    for step in ("s2", "s3"):
        await expect(page.locator(f'#{step} [lang="ar"] .sound')).to_have_attribute("hidden", "")
    await page.goto(server.base_url + "/g/try/fa")
    await expect(page.locator("html.stepped")).to_have_count(1)
    assert (await page.evaluate("navigator.serviceWorker.controller.scriptURL")).endswith("/g/sw.js")
    names = await page.evaluate("caches.keys()")
    assert {name.partition("-")[0] for name in names} == {"app", "reader"}
    # The voice of Kabul is not asked to read Persian of Tehran.
    await expect(page.locator("#s1 .sound")).to_be_hidden()
    await expect(page.locator("#s1 .together")).to_be_visible()


@pytest.mark.parametrize(("language", "dark"), [("nl+ar", False), ("ar", True)])
async def test_every_view_is_for_everybody(server: Server, new_phone: NewPhone, language: str, dark: bool) -> None:
    page = await new_phone(dark=dark).open(None)
    found: list[str] = []
    last = language.rsplit("+", maxsplit=1)[-1]
    views = [f"/g/try/{language}{view}" for view in ("#s1", "#s3", "#languages", "#ask", "#card-register", "#take")]
    for path in (*views, "/g/", f"/g/{last}", f"/g/about/{last}"):
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.goto(server.base_url + path)
        await expect(page.locator("main")).to_be_visible()
        found += [f"{path}: {fault}" for fault in await axe(page)]
        found += [f"{path}: too small: {one}" for one in await page.evaluate(TOO_SMALL, TARGET)]
        await page.set_viewport_size({"width": 320, "height": 640})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += [f"{path}: sideways: {one}" for one in await page.evaluate(SIDEWAYS)]
    assert not found, "\n".join(found)
