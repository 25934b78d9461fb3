"""A worker's phone through one misfortune after another, in a real browser on a profile that lies on the disk.

Each contact carries a note of its own, so that afterwards the server's rows say exactly which save was lost or doubled.
A save counts when the screen has confirmed it; one that was interrupted may have happened or not, but only once.
"""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Error, Page, expect

from tests.browser.pages import EnrolPage, LogPage, TodayPage
from tests.browser.phone import Phone
from tests.browser.releases import release
from tests.browser.staff import open_office
from tests.browser.trouble import PUSH, Ledger, loses_answers, no_room, through, until
from tests.browser.words import nl
from tests.server import Server

NO_ROOM = "This device has no room left. Nothing was saved, and what you typed is still here. Make room and try again."
_WAITING = "async () => !!(await navigator.serviceWorker.getRegistration())?.waiting"
_ASK_FOR_UPDATE = "navigator.serviceWorker.getRegistration().then((one) => one.update())"


@dataclass
class Cycles:
    """One phone, its server, and the notes of what it saved."""

    phone: Phone
    server: Server
    dice: random.Random
    confirmed: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _offline: bool = False

    async def begin(self) -> None:
        """Enrol the phone as a new worker, with an app that starts without a network."""
        page = await self.phone.open(None)
        await EnrolPage(page).enrol(open_office(self.server).invite("worker"))
        await self.phone.controlled()

    async def run(self, cycles: int) -> None:
        """Misfortunes in turn, in an order that the dice mix; then everything may arrive."""
        order: list[Callable[[], Awaitable[None]]] = []
        while len(order) < cycles:
            turn = list(self.misfortunes)
            self.dice.shuffle(turn)
            order += turn
        for misfortune in order[:cycles]:
            await self._network(off=self.dice.random() < 0.6)
            await misfortune()
            self.done[misfortune.__name__] += 1
            if self.dice.random() < 0.5:
                await self.all_arrive()
        await self.all_arrive()

    @property
    def misfortunes(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        return (
            self.killed_after_a_save,
            self.killed_while_saving,
            self.reloaded,
            self.two_tabs,
            self.answers_lost,
            self.store_throws,
            self.new_release,
            self.server_killed,
        )

    # -- misfortunes ----------------------------------------------------------------------------------------------

    async def killed_after_a_save(self) -> None:
        await self.log()
        await self._kill_browser()

    async def killed_while_saving(self) -> None:
        note = self._note()
        await self._fill(self.page, note)
        self.interrupted.append(note)
        with contextlib.suppress(Error):
            saving = asyncio.create_task(LogPage(self.page).button(nl("Save")).click())
            await asyncio.sleep(self.dice.uniform(0, 0.15))
            await self._kill_browser()
            await saving

    async def reloaded(self) -> None:
        await self.log()
        await self.page.reload()

    async def two_tabs(self) -> None:
        context = self.phone.context
        assert context is not None
        other = await context.new_page()
        await other.goto(self.phone.base_url)
        await asyncio.gather(self.log(), self.log(other))
        await other.close()

    async def answers_lost(self) -> None:
        await self._network(off=False)
        await loses_answers(self.phone, PUSH)
        async with self.page.expect_request(PUSH):
            await self.log()
        await through(self.phone)

    async def store_throws(self) -> None:
        note = self._note()
        await self._fill(self.page, note)
        async with no_room(self.page):
            await LogPage(self.page).button(nl("Save")).click()
            await expect(self.page.get_by_text(nl(NO_ROOM))).to_be_visible()
        await self._save(self.page, note)

    async def new_release(self) -> None:
        await self._network(off=True)
        await self.log()
        self.server.stop()
        name = f"r{self.done.total()}"
        release(self.server, name)
        self.server.start()
        await self._network(off=False)
        await self.page.evaluate(_ASK_FOR_UPDATE)
        await until(self.page, _WAITING)
        await self.page.get_by_role("button", name=nl("Update"), exact=True).click()
        await expect(self.page.locator(f"meta[name=release][content={name}]")).to_have_count(1)

    async def server_killed(self) -> None:
        await self._network(off=False)
        async with self.page.expect_request(PUSH):
            await self.log()
        self.server.kill()
        self.server.start()

    # -- what a worker does ---------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        return self.phone.page

    async def log(self, page: Page | None = None) -> None:
        """Log a contact and see it confirmed."""
        page, note = page or self.page, self._note()
        await self._fill(page, note)
        await self._save(page, note)

    async def all_arrive(self) -> None:
        """With a network, everything arrives by itself."""
        await self._network(off=False)
        await TodayPage(self.page).open()
        send = self.page.get_by_role("button", name=nl("Send now"))
        with contextlib.suppress(Error):
            await send.click(timeout=500)
        for word in ("op deze telefoon", "verstuurd"):
            await expect(TodayPage(self.page).rows(word)).to_have_count(0, timeout=60_000)

    def verdict(self) -> dict[str, int]:
        """`lost`: confirmed saves that the server lacks; `doubled`: saves that it has more than once."""
        rows = Ledger(self.server).ask("SELECT text FROM note WHERE deleted_at IS NULL")
        stored = Counter(text for (text,) in rows)
        known = {*self.confirmed, *self.interrupted}
        return {
            "lost": sum(stored[note] == 0 for note in self.confirmed),
            "doubled": sum(count - 1 for count in stored.values()) + len(set(stored) - known),
        }

    def _note(self) -> str:
        return f"gesprek {len(self.confirmed) + len(self.interrupted)} {self.dice.getrandbits(64):x}"

    async def _fill(self, page: Page, note: str) -> None:
        await TodayPage(page).open()
        entry = await TodayPage(page).new_contact()
        await entry.choose("Which language", "Arabisch")
        await entry.choose("Which question", "zoekt huurwoning")
        await entry.choose("What did you do", "uitgelegd")
        await entry.button(nl("more about this contact")).click()
        await page.get_by_role("textbox", name=nl("Note")).fill(note)

    async def _save(self, page: Page, note: str) -> None:
        entry = LogPage(page)
        await entry.button(nl("Save")).click()
        await expect(entry.part("Which question")).to_have_count(0)
        await expect(page.get_by_role("status")).to_contain_text(nl("Safe: {place}", place=""))
        self.confirmed.append(note)

    async def _network(self, off: bool) -> None:
        self._offline = off
        await self.phone.offline(off)

    async def _kill_browser(self) -> None:
        """SIGKILL, as a phone does that needs the memory; then the app is opened again, without a network."""
        _kill_processes(self.phone.profile)
        with contextlib.suppress(Error):
            await self.phone.close()
        self.phone.context = None
        await self.phone.open("/", offline=self._offline)
        await self._finish_draft()

    async def _finish_draft(self) -> None:
        """What was being written is found again; the worker saves it, whether or not it was saved before."""
        await TodayPage(self.page).open()
        begun = self.page.get_by_role("link", name=nl("You started a contact"))
        if await begun.count():
            await begun.click()
            await self._save(self.page, self.interrupted.pop())


def _kill_processes(profile: Path) -> None:
    """End the browser of a profile with all its processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if f"--user-data-dir={profile}".encode() in words:
                os.kill(int(folder.name), signal.SIGKILL)
