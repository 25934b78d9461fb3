"""What a newcomer downloads and what there is to read: `scripts/bench guides [--runs 3]`.

guides, steps            shipped ones, of all countries
pictograms               drawn for guides
languages_full, partial  with every text of every guide of their country; with some
first_view_bytes         `/g/rent/nl` with its style, script, drawings and fonts, as Chromium receives them
offline_bundle_bytes     all languages of one guide with its drawings, without sound
pdf_seconds_per_language one guide on paper, drawn anew, for each language on it; null without Pango
recognised_pictograms    share of those shown to somebody who did not know the list that were named right; null before
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import async_playwright

from tests.browser.phone import ARGUMENTS, CHROMIUM
from tests.server import Server
from wegwijs.guides.document import message_ids
from wegwijs.guides.parts import STRUCTURE, structure, texts
from wegwijs.guides.pictograms import folder
from wegwijs.guides.shipping import shipped_guides

BROWSER = {"Accept-Encoding": "gzip", "Accept": "text/html", "Accept-Language": "nl"}
PAIRS = ("nl", "nl+ar", "fr+uk")


def shipped_figures() -> dict[str, Any]:
    """What the files of this release hold."""
    guides = [one.starter for one in shipped_guides()]
    wanted = {guide.code: set(message_ids(structure(guide.parts))) for guide in guides}
    countries: dict[str, dict[str, list[bool]]] = {}
    for guide in guides:
        for language in guide.parts:
            if language != STRUCTURE:
                complete = wanted[guide.code] <= set(texts(guide.parts, language))
                countries.setdefault(guide.jurisdiction[:2], {}).setdefault(language, []).append(complete)
    per_country = {country: sum(guide.jurisdiction[:2] == country for guide in guides) for country in countries}
    full = {
        language
        for country, found in countries.items()
        for language, answers in found.items()
        if all(answers) and len(answers) == per_country[country]
    }
    some = {language for found in countries.values() for language in found}
    return {
        "guides": len(guides),
        "steps": sum(name.startswith("step.") for guide in guides for name in guide.parts[STRUCTURE]),
        "pictograms": len(list(folder().glob("sign-*.svg"))),
        "languages_full": len(full),
        "languages_partial": len(some - full),
    }


def recognised() -> float | None:
    """The share of drawings for guides that somebody named right, of those that were shown."""
    catalogue = json.loads((folder() / "catalogue.json").read_text(encoding="utf-8"))
    told = [entry["recognised"] for name, entry in catalogue.items() if name.startswith("sign-")]
    shown = [answer for answer in told if answer is not None]
    return round(sum(shown) / len(shown), 3) if shown else None


def sent(client: httpx.Client, path: str) -> tuple[int, str]:
    """How many bytes came over the wire for an address, and what they say."""
    with client.stream("GET", path, headers=BROWSER) as answer:
        content = answer.read()
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        return answer.num_bytes_downloaded, content.decode("utf-8", "replace")


async def first_view(base_url: str, path: str) -> int:
    """What a real browser with an empty cache receives for a page and all that it shows, headers included.

    Without the service worker: that fetches what it keeps afterwards, from the browser's own cache.
    """
    received = 0

    def count(told: dict[str, Any]) -> None:
        nonlocal received
        received += int(told["encodedDataLength"])

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(
            viewport={"width": 360, "height": 640}, locale="nl-BE", service_workers="block"
        )
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        session.on("Network.loadingFinished", count)
        await page.goto(base_url + path, wait_until="networkidle")
        await browser.close()
    return received


def seconds_per_language(client: httpx.Client, runs: int) -> float | None:
    """The median time of a PDF, drawn anew, by the number of languages on it; None when there is no PDF here."""
    found = []
    for run in range(runs):
        for pair in PAIRS:
            for guide in ("rent", "home", "social")[run : run + 1]:
                began = time.perf_counter()
                answer = client.get(f"/g/{guide}/{pair}.pdf", timeout=120)
                if answer.status_code != 200:
                    return None
                found.append((time.perf_counter() - began) / len(pair.split("+")))
    return round(statistics.median(found), 2)


def served_figures(runs: int) -> dict[str, Any]:
    """What a running server sends."""
    with tempfile.TemporaryDirectory() as place:
        server = Server(Path(place))
        server.start()
        try:
            server.run(
                "organisation", "--name", "Stad", "--country", "BE", "--time-zone", "Europe/Brussels", "--team", "Team",
                "--administrator", "Beheer",
            )  # fmt: skip
            with httpx.Client(base_url=server.base_url) as client:
                return {
                    "first_view_bytes": asyncio.run(first_view(server.base_url, "/g/rent/nl")),
                    "offline_bundle_bytes": sent(client, "/g/rent/all.json")[0],
                    "pdf_seconds_per_language": seconds_per_language(client, runs),
                }
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, choices=(1, 2, 3))
    given = parser.parse_args()
    print(json.dumps({**shipped_figures(), **served_figures(given.runs), "recognised_pictograms": recognised()}))


if __name__ == "__main__":
    main()
