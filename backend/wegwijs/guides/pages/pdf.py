"""PDF by WeasyPrint, in a process of its own: a page costs a second of computing, which must not hold up the server.

`python -m wegwijs.guides.pages.pdf` reads a JSON object from standard input and writes the PDF to standard output. The
process can read the fonts that it was told of and nothing else: whatever a text held, it fetches no address.
"""

import asyncio
import hashlib
import logging
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.logs import fields
from wegwijs.foundation.problems import Problem
from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.html import Html
from wegwijs.guides.pages.paper import STYLE

_log = logging.getLogger("wegwijs.guides")
_FONT = "font:"
_SECONDS: Final = 60
_KEPT: Final = 400
_AT_ONCE: Final = 1
_WAITING: Final = 8

_LETTERS: Final = {
    "noto-sans-latin-wght-normal.woff2": re.compile("[A-Za-z0-9]"),
    "noto-sans-latin-ext.woff2": re.compile("[\u0100-\u024f\u0259\u1e00-\u1eff]"),
    "noto-sans-cyrillic-wght-normal.woff2": re.compile("[\u0400-\u045f\u0490\u0491]"),
    "noto-sans-palochka.woff2": re.compile("[\u04c0\u04cf]"),
    "vazirmatn-arabic-wght-normal.woff2": re.compile("[\u0600-\u06ff]"),
    "noto-sans-ethiopic-ethiopic-400-normal.woff2": re.compile("[\u1200-\u139f]"),
    "noto-sans-ethiopic-ethiopic-700-normal.woff2": re.compile("[\u1200-\u139f]"),
}
"""Fonts of the build, by the letters that they bring."""


class _Order(msgspec.Struct, frozen=True):
    html: str
    style: str
    fonts: dict[str, str]


@cache
def available() -> bool:
    """Whether this machine can draw a PDF: WeasyPrint needs Pango, which is a package of the system."""
    from ctypes import CDLL  # noqa: PLC0415

    try:
        CDLL("libpangoft2-1.0.so.0")
        CDLL("libharfbuzz-subset.so.0")
    except OSError:
        return False
    return True


class PdfMaker:
    """Makes PDFs one at a time, and keeps them in `<data>/guide-pdf`: the same page gives the same file."""

    def __init__(self, folder: Path, built: Built) -> None:
        self._folder, self._built = folder, built
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def make(self, page: Html) -> bytes:
        """The page as a PDF. Raises Problem `no_pdf` when this machine cannot, `too_many_requests` when many wait."""
        if not available():
            raise Problem("no_pdf")
        order = _Order(str(page), STYLE.read_text(encoding="utf-8"), self._fonts(page))
        body = msgspec.json.encode(order)
        path = self._folder / f"{hashlib.sha256(body).hexdigest()[:32]}.pdf"
        kept = await asyncio.to_thread(_read, path)
        if kept is not None:
            return kept
        if self._waiting >= _WAITING:
            raise Problem("too_many_requests", retry_after=10)
        self._waiting += 1
        try:
            async with self._turn:
                made = await asyncio.to_thread(_read, path) or await _draw(body)
        finally:
            self._waiting -= 1
        await asyncio.to_thread(_keep, path, made)
        return made

    def _fonts(self, page: str) -> dict[str, str]:
        """Those whose letters are on the page: unpacking all of them takes longer than drawing it."""
        needed = {name for name, letters in _LETTERS.items() if letters.search(page)}
        fonts = self._built.fonts
        return {name: str(self._built.file(fonts[name])) for name in sorted(needed & set(fonts))}


async def _draw(body: bytes) -> bytes:
    """Run the other process. Raises Problem `no_pdf` when it fails or takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        made, _ = await asyncio.wait_for(process.communicate(body), _SECONDS)
    except TimeoutError:
        made = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not made.startswith(b"%PDF"):
        _log.error("a PDF could not be made", extra=fields(kind="pdf"))
        raise Problem("no_pdf")
    return made


def _read(path: Path) -> bytes | None:
    try:
        made = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return made


def _keep(path: Path, made: bytes) -> None:
    """Keep a file, and let those go that nobody asked for longest. A full disk costs time, not the PDF."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid4().hex}")
        draft.write_bytes(made)
        draft.replace(path)
        files = sorted(path.parent.glob("*.pdf"), key=lambda one: one.stat().st_mtime_ns, reverse=True)
        for old in files[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("a PDF could not be kept", extra=fields(error_type=type(error).__name__))


def draw(order: _Order) -> bytes:
    """The PDF: tagged (PDF/UA-1), A4. Fetches the fonts of the order; any other address is refused."""
    from weasyprint import CSS, HTML  # type: ignore[import-untyped]  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]  # noqa: PLC0415
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # type: ignore[import-untyped]  # noqa: PLC0415

    class Fonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix(_FONT)
            if not url.startswith(_FONT) or name not in order.fonts:
                raise ValueError("nothing but our own fonts")
            return URLFetcherResponse(url, Path(order.fonts[name]).read_bytes(), {"Content-Type": "font/woff2"})

    fetcher, fonts = Fonts(), FontConfiguration()
    style = CSS(string=order.style, font_config=fonts, url_fetcher=fetcher)
    page = HTML(string=order.html, url_fetcher=fetcher)
    made: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", pdf_tags=True)
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(msgspec.json.decode(sys.stdin.buffer.read(), type=_Order)))
