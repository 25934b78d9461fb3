"""The screens, as a person uses them: by roles and the words that stand there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.browser.words import nl


@dataclass
class Screen:
    """What all screens have."""

    page: Page

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=text, exact=True)

    def heading(self, text: str) -> Locator:
        return self.page.get_by_role("heading", level=1, name=text)

    async def tab(self, message: str) -> None:
        """Go to a tab of the navigation."""
        tabs = self.page.get_by_role("navigation", name=nl("Main"))
        await tabs.get_by_role("link", name=nl(message), exact=True).click()


class EnrolPage(Screen):
    """Becoming a device of a membership."""

    async def enrol(self, link: str) -> None:
        """Follow an invitation's link and press the button that spends it."""
        await self.page.goto(link)
        await self.button(nl("Add this device")).click()
        await expect(self.page.get_by_role("navigation", name=nl("Main"))).to_be_visible()


class TodayPage(Screen):
    """What this worker logged, and where each record is."""

    async def open(self) -> None:
        await self.tab("Today")
        await expect(self.heading(nl("Today"))).to_be_visible()

    async def new_contact(self) -> "LogPage":
        await self.page.get_by_role("link", name=nl("New contact")).click()
        await expect(self.heading(nl("New contact"))).to_be_visible()
        return LogPage(self.page)

    def rows(self, state: str = "") -> Locator:
        """Rows of contacts; with `state`, those that stand at this word."""
        links = self.page.locator('a[href^="/contact/"]')
        return links.filter(has_text=state) if state else links


class LogPage(Screen):
    """Logging one contact."""

    def part(self, message: str) -> Locator:
        """What stands under one of the screen's headings."""
        name = nl(message)
        return self.page.get_by_role("group", name=name).or_(self.page.get_by_role("region", name=name))

    async def choose(self, message: str, word: str) -> None:
        """Tap a word under a heading."""
        await self.part(message).get_by_role("button", name=word, exact=True).click()

    async def log(self, language: str, requests: Sequence[tuple[str, str]]) -> None:
        """Log one contact: `requests` are pairs of question and action."""
        await self.choose("Which language", language)
        for number, (question, action) in enumerate(requests):
            if number:
                await self.button(nl("another question")).click()
            await self.choose("Which question", question)
            await self.choose("What did you do", action)
        await self.button(nl("Save")).click()
        # The screen closes when the record is on the disk; the words alone may still be those of the record before, and
        # where it is moves on while one looks.
        await expect(self.part("Which question")).to_have_count(0)
        await expect(self.page.get_by_role("status")).to_contain_text(nl("Safe: {place}", place=""))


class ContactPage(Screen):
    """One contact of the worker's own."""

    async def correct(self, message: str, word: str) -> None:
        """Correct one answer: tap another word under a heading."""
        await self.button(nl("Correct")).first.click()
        await LogPage(self.page).choose(message, word)
        await self.button(nl("Save")).click()
        await expect(LogPage(self.page).part(message)).to_have_count(0)

    async def back(self) -> None:
        await self.button(nl("Back")).click()


class AttentionPage(Screen):
    """What asks for the worker."""

    async def open(self) -> None:
        """Tap the line that says so."""
        await self.page.get_by_role("link", name=re.compile(re.escape(nl("please look")))).first.click()
        await expect(self.heading(nl("Asks your attention"))).to_be_visible()

    def part(self, message: str) -> Locator:
        """The contacts under one of its headings."""
        return self.page.get_by_role("list", name=nl(message)).get_by_role("link")


class VersionsPage(Screen):
    """Two versions of an answer."""

    async def keep(self, word: str) -> None:
        """Choose the version with this answer."""
        await expect(self.heading(nl("Two versions"))).to_be_visible()
        await self.page.get_by_role("radio", name=word).check()
        await self.button(nl("Keep this one", 1)).click()
        # Said when the choice is on the disk.
        await expect(self.page.get_by_role("status")).to_contain_text(nl("Your choice is kept."))


class ReviewAttentionPage(Screen):
    """What waits for a supervisor."""

    async def open(self) -> None:
        await self.tab("Asks for attention")
        await expect(self.heading(nl("Asks for attention"))).to_be_visible()

    def cards(self) -> Locator:
        return self.page.get_by_role("article")


class MePage(Screen):
    """Who sits here, and what this device keeps."""

    async def open(self) -> None:
        await self.tab("Me")
        await expect(self.heading(nl("Me"))).to_be_visible()


class ReviewPage(Screen):
    """What came in, for supervisors on a laptop."""

    async def open(self) -> None:
        await self.tab("Contacts")
        await expect(self.heading(nl("Contacts"))).to_be_visible()

    def rows(self) -> Locator:
        return self.page.get_by_role("table").get_by_role("row").filter(has=self.page.get_by_role("rowheader"))


class CountsPage(Screen):
    """The figures."""

    async def open(self) -> None:
        await self.tab("Figures")
        await expect(self.heading(nl("Figures"))).to_be_visible()

    def total(self) -> Locator:
        """The number of help requests."""
        word = re.compile(f"^({re.escape(nl('help request', 1))}|{re.escape(nl('help request', 2))})$")
        pair = self.page.locator("dl > div").filter(has=self.page.get_by_text(word))
        return pair.get_by_role("definition")
