"""Supervisors at the guides: write, clash and choose, publish; files for translators; what workers proposed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import NewPhone, running
from tests.browser.pages import EnrolPage, LogPage, Screen
from tests.browser.phone import Phone
from tests.browser.staff import Office, open_office
from tests.browser.words import nl
from tests.server import Server

FIRST = "Betaal niets voor je de woning zag."
SECOND = "Stuur geen kopie van je papieren."
BOTH = "Betaal niets en stuur geen papieren voor je de woning zag."


@pytest.fixture(scope="module")
def server(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one organisation: only then its host name alone says whose guides are read."""
    yield from running(Server(tmp_path_factory.mktemp("guides")))


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    yield open_office(server)


class EditorPage(Screen):
    """One guide at its editor's."""

    async def open(self, guide: str) -> None:
        await self.tab("Guides")
        await self.page.get_by_role("link", name=guide, exact=True).first.click()
        await expect(self.heading(guide)).to_be_visible()

    async def part(self, message: str) -> None:
        """Go to one of the parts of the guide."""
        parts = self.page.get_by_role("navigation", name=nl("Parts of the guide"))
        await parts.get_by_role("link", name=nl(message), exact=True).click()

    def sentence(self) -> Locator:
        return self.page.get_by_role("textbox", name=nl("Sentence"), exact=True)

    async def save(self) -> None:
        await self.button(nl("Save")).click()
        await expect(self.button(nl("Save"))).to_have_count(0)

    async def publish(self, version: int) -> None:
        await self.part("Publish")
        await self.button(nl("Publish")).click()
        await expect(self.page.get_by_text(f"Versie {version} is gepubliceerd")).to_be_visible()


async def _editor(new_phone: NewPhone, office: Office, name: str) -> tuple[Phone, EditorPage]:
    desk = new_phone(size="laptop", expected=["422 (Unprocessable Entity)"])
    page = await desk.open(None)
    await EnrolPage(page).enrol(office.invite("supervisor", name))
    return desk, EditorPage(page)


async def _read(page: Page, base: str, address: str) -> Page:
    reader = await page.context.new_page()
    await reader.goto(base + address)
    return reader


async def test_two_supervisors_at_one_sentence_choose_and_the_reader_sees_what_was_published(
    server: Server, office: Office, new_phone: NewPhone
) -> None:
    desk, one = await _editor(new_phone, office, "Sofie")
    _, two = await _editor(new_phone, office, "Karim")
    for each in (one, two):
        await each.open("Een woning huren")
        await each.page.get_by_role("link", name=re.compile("Betaal niets")).click()
        await expect(each.sentence()).to_be_visible()

    # What was typed outlives a save that fails, and the tab.
    await one.sentence().fill(FIRST)
    await desk.offline()
    await one.button(nl("Save")).click()
    await expect(
        one.page.get_by_text(nl("There is no network now. Nothing is lost. Try again when there is one."))
    ).to_be_visible()
    await desk.offline(False)
    await one.page.reload()
    await expect(one.sentence()).to_have_value(FIRST)
    await one.save()

    # The other one was slower: both are kept, nothing is published before somebody chose.
    await two.sentence().fill(SECOND)
    await two.save()
    clash = two.page.get_by_role("region", name=nl("Two versions"))
    await expect(clash).to_contain_text(FIRST)
    await expect(clash).to_contain_text(SECOND)
    await two.part("Publish")
    await expect(two.button(nl("Publish"))).to_be_disabled()
    await clash.get_by_role("radio", name=nl("Write one that keeps both")).check()
    await clash.get_by_role("textbox").fill(BOTH)
    await two.button(nl("Keep this text")).click()
    await expect(clash).to_have_count(0)

    # Steps move by keyboard, come and go, and what goes can be put back with its texts.
    await two.part("Steps")
    await two.page.get_by_role("link", name=re.compile("Betaal niets")).click()
    await two.button(nl("Later")).press("Enter")
    await expect(two.page.get_by_role("heading", name="Stap 2", exact=True)).to_be_visible()
    await two.button(nl("Add a pictogram")).click()
    await two.page.get_by_role("searchbox").fill("sleutel")
    await two.page.get_by_role("dialog").get_by_role("button").filter(has_text="sleutel").first.click()
    await two.save()
    await two.button(nl("Take out")).click()
    await two.button(nl("Undo")).click()
    await expect(two.page.get_by_role("link", name=re.compile("^2.*Betaal niets"))).to_be_visible()

    await two.publish(2)
    await expect(two.page.get_by_text("Karim", exact=False).first).to_be_visible()
    reader = await _read(two.page, server.base_url, "/g/rent/nl+ar#s2")
    await expect(reader.get_by_text(BOTH)).to_be_visible()
    # The Arabic sentence was made from another one: its readers are told, and its editors.
    await two.part("Languages")
    await two.page.get_by_label(nl("Language"), exact=True).select_option("ar")
    await expect(two.page.get_by_role("button", name=re.compile(f"1 {nl('outdated')}"))).to_be_visible()


async def test_a_translators_file_and_a_workers_sentence_come_in_and_facts_are_filled(
    server: Server, office: Office, new_phone: NewPhone, tmp_path: Path
) -> None:
    phone = await new_phone().open(None)
    await EnrolPage(phone).enrol(office.invite("worker", "Noor"))
    await phone.goto(server.base_url + "/guides/social/check/ar")
    await LogPage(phone).button(nl("Write better")).click()
    await phone.get_by_role("textbox", name=nl("A better sentence")).fill("السكن الاجتماعي في فلاندر")
    await LogPage(phone).button(nl("Propose")).click()
    await expect(phone.get_by_text(nl("What you said waits on this phone for a network."))).to_have_count(0)

    _, desk = await _editor(new_phone, office, "Sofie")
    await desk.open("Een sociale woning")
    await desk.part("Proposals")
    await expect(desk.page.get_by_role("article")).to_contain_text("Noor")
    await desk.button(nl("Take over")).click()
    await expect(desk.page.get_by_role("article")).to_have_count(0)

    # Out as a file, back with one sentence more: told before it is taken over.
    await desk.part("Languages")
    await desk.page.get_by_label(nl("Language"), exact=True).select_option("so")
    await desk.page.get_by_text(nl("Files for a translator")).click()
    async with desk.page.expect_download() as download:
        await desk.button(nl("Download as PO")).click()
    written = Path(await (await download.value).path()).read_text("utf-8")
    title = re.compile('(msgctxt "title"\nmsgid .*\nmsgstr )""')
    file = tmp_path / "social-so.po"
    file.write_text(title.sub(r'\1"Guri bulsho"', written), "utf-8")
    await desk.page.locator("input[type=file]").set_input_files(file)
    dialog = desk.page.get_by_role("dialog")
    await expect(dialog).to_contain_text(nl("{n} text changes. Nothing is taken over yet.", 1))
    await expect(dialog).to_contain_text("Guri bulsho")
    await dialog.get_by_role("button", name=nl("Take over")).click()
    await expect(desk.page.get_by_role("textbox", name=nl("Title"), exact=True)).to_have_value("Guri bulsho")

    # What only the town knows; a value that is none is told where it stands, and the rest stays typed.
    await desk.part("Facts")
    card = desk.page.get_by_role("article").filter(has_text="De huurdersbond hier")
    await card.get_by_label(nl("Value"), exact=True).fill("<b>")
    await desk.button(nl("Save")).click()
    await expect(card).to_contain_text(nl("Words only: no links, no signs such as < and >."))
    await card.get_by_label(nl("Value"), exact=True).fill("09 123 45 67")
    await desk.save()
    await desk.publish(2)
    reader = await _read(desk.page, server.base_url, "/g/social/ar")
    await expect(reader.get_by_text("السكن الاجتماعي في فلاندر").first).to_be_visible()
    await expect(reader.get_by_text("09 123 45 67").first).to_be_attached()
