"""A browser as one person has it: a profile on the disk, and a watch over what it must never do.

A profile kept in memory would forget IndexedDB at once; these survive closing, as a phone's do. Two things end a test
that uses one: a request to anybody but our server, and anything the browser complains of (errors, violations of the
content security policy).
"""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Playwright, Request

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parents[2] / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
# What Chromium writes by itself when a request finds no network; the app has to live with it, the log too.
NO_NETWORK = re.compile(r"net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|FAILED|NETWORK_CHANGED|CONNECTION_RESET)")

SIZES = {"phone": (360, 740), "laptop": (1280, 800)}


@dataclass
class Phone:
    """One browser profile; `open()` it, `close()` it, open it again. `page` is its one tab."""

    playwright: Playwright
    profile: Path
    base_url: str
    size: Literal["phone", "laptop"] = "phone"
    language: str = "nl-BE"
    dark: bool = False
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Parts of complaints that a test provokes on purpose."""
    context: BrowserContext | None = None

    async def open(self, path: str | None = "/", offline: bool = False) -> Page:
        """Start the browser on this profile and go to `path`; returns its tab."""
        width, height = SIZES[self.size]
        self.context = await self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            viewport={"width": width, "height": height},
            has_touch=self.size == "phone",
            is_mobile=self.size == "phone",
            locale=self.language,
            timezone_id="Europe/Brussels",
            color_scheme="dark" if self.dark else "light",
            reduced_motion="reduce",
            offline=offline,
        )
        self.context.set_default_timeout(15_000)
        self.context.on("request", self._watch_request)
        self.context.on("console", self._watch_console)
        self.context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        if path is not None:
            await self.page.goto(self.base_url + path)
        return self.page

    @property
    def page(self) -> Page:
        assert self.context is not None, "the browser is not open"
        return self.context.pages[0]

    async def close(self) -> None:
        """Close the browser, as a phone does that runs out of memory: without asking the page."""
        if self.context is not None:
            await self.context.close()
            self.context = None

    async def offline(self, off: bool = True) -> None:
        """Take the network away, or give it back."""
        assert self.context is not None
        await self.context.set_offline(off)

    async def controlled(self) -> None:
        """Wait until the service worker controls the page: from then on the app starts without a network."""
        await self.page.wait_for_function("() => !!navigator.serviceWorker?.controller")

    def complaints(self) -> list[str]:
        """What it must not have done."""
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]

    def _watch_request(self, request: Request) -> None:
        ours = (self.base_url + "/", "data:", "blob:")
        if not request.url.startswith(ours):
            self.faults.append(f"foreign request: {request.url}")

    def _watch_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NO_NETWORK.search(message.text):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")


async def axe(page: Page, *disabled_rules: str) -> list[str]:
    """Run axe on what the page shows; one line for each violation.

    It is evaluated by the debugger's protocol, which the content security policy does not bind.
    """
    assert page.context is not None
    session = await page.context.new_cdp_session(page)
    options = {"rules": {rule: {"enabled": False} for rule in disabled_rules}, "resultTypes": ["violations"]}
    try:
        await session.send("Runtime.evaluate", {"expression": AXE.read_text() + ";0"})
        answer: dict[str, Any] = await session.send(
            "Runtime.evaluate",
            {
                "expression": f"axe.run(document, {json.dumps(options)})",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        await session.detach()
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return [
        f"{violation['id']}: {violation['help']}: {', '.join(str(node['target']) for node in violation['nodes'])}"
        for violation in answer["result"]["value"]["violations"]
    ]
