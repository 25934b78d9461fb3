"""A guide on paper: what the PDF says when it is copied, searched or read aloud; drawing it fetches nothing."""

import asyncio
import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from pypdf import PdfReader

from tests.guides_sample import AR, FA, NL, UK, publish, sample_guide
from tests.helpers import browser_like, make_organisation
from wegwijs.guides.pages import pdf
from wegwijs.guides.pages.built import read_built
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.html import Html
from wegwijs.guides.pages.paper import STYLE, paper
from wegwijs.web.assets import BUILT

ROOT = Path(__file__).parents[2]
# Documented marks, in scripts from right to left only: the extractor puts a full stop at the other end of its line,
# and words round a number in the order of the screen; a letter that carries a vowel sign is told twice. So signs,
# digits and doubled letters are left out of the comparison, and a text with a number is compared word by word.
LEFT_OUT = re.compile(r"[\W\d_]+")
WORDS = {"nl": NL, "ar": AR, "fa": FA, "uk": UK}

pytestmark = pytest.mark.skipif(not pdf.available(), reason="this machine has no Pango")
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture(scope="module", autouse=True)
def built_app() -> None:
    """The fonts come from the built app."""
    if not (BUILT / "reader.json").exists():
        subprocess.run([sys.executable, "scripts/build_pwa.py"], cwd=ROOT, check=True)


@pytest_asyncio.fixture
async def reader(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    made = await make_organisation(app)
    async with app.state.db.write() as tx:
        await publish(tx, made.organisation, sample_guide())
    async with browser_like(app) as client:
        yield client


def letters(text: str) -> str:
    """The letters of a text alone, composed, without vowel signs, so that lines and punctuation do not matter."""
    # Zero-width joiners shape letters and are none; a PDF keeps none of them.
    plain = unicodedata.normalize("NFKC", text.replace("\u200c", "").replace("\u200d", ""))
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Mn")
    return re.sub(r"(.)\1+", r"\1", LEFT_OUT.sub("", plain))


def is_there(text: str, found: str) -> bool:
    """Whether a text is in what was extracted."""
    if not any(sign.isdigit() for sign in text):
        return letters(text) in found
    return all(letters(word) in found for word in text.split())


async def test_the_text_layer_is_the_text_in_every_script(tmp_path: Path) -> None:
    built = read_built()
    assert set(pdf._LETTERS) == set(built.fonts)
    for tag, words in WORDS.items():
        made = await pdf.PdfMaker(tmp_path, built).make(
            paper(
                sample_guide(), PublicFacts(name="Stad"), [tag], "https://gids.voorbeeld.be/g/try", date(2026, 11, 25)
            )
        )
        document = PdfReader(io.BytesIO(made))
        found = letters("".join(page.extract_text() for page in document.pages))
        missing = [text for name, text in words.items() if name != "summary" and not is_there(text, found)]
        assert missing == [], tag
        # Tagged, in its language, and PDF/UA says so.
        root: Any = document.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] and str(root["/Lang"]).startswith(tag)
        assert b"pdfuaid" in root["/Metadata"].get_data()


@on_sqlite
async def test_two_languages_stand_side_by_side_and_the_file_is_made_once(
    reader: httpx.AsyncClient, tmp_path: Path
) -> None:
    answers = await asyncio.gather(*(reader.get("/g/try/nl+ar.pdf") for _ in range(3)))
    assert {(one.status_code, one.headers["content-type"]) for one in answers} == {(200, "application/pdf")}
    assert len({one.content for one in answers}) == 1
    files = list((tmp_path / "data" / "guide-pdf").glob("*.pdf"))
    assert [path.read_bytes() for path in files] == [answers[0].content]
    lines = PdfReader(io.BytesIO(answers[0].content)).pages[0].extract_text()
    assert letters(NL["title"]) in letters(lines) and letters(AR["title"]) in letters(lines)
    # The page is A4.
    box = PdfReader(io.BytesIO(answers[0].content)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_drawing_fetches_no_address_but_our_fonts(tmp_path: Path) -> None:
    (tmp_path / "secret.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>canary</text></svg>")
    addresses = (f"file://{tmp_path}/secret.svg", "http://127.0.0.1:9/x.png", "font:../secret", "data:,x")
    page = Html(
        "<!doctype html><html lang=nl><title>x</title><p>x" + "".join(f'<img src="{one}">' for one in addresses)
    )
    order = pdf._Order(str(page), STYLE.read_text(encoding="utf-8"), {})
    made = pdf.draw(order)
    assert "canary" not in PdfReader(io.BytesIO(made)).pages[0].extract_text()


@on_sqlite
async def test_without_pango_the_page_says_nothing_of_a_pdf_and_the_address_tells_why(
    reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "/g/try/nl.pdf" in (await reader.get("/g/try/nl")).text
    monkeypatch.setattr(pdf, "available", lambda: False)
    answer = await reader.get("/g/try/nl.pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_pdf")
