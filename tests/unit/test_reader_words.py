"""The words around the guides: complete where we promise it, marked where a machine wrote them, and never broken."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from scripts.reader_words import catalogues, messages_of, template, wanted_files
from wegwijs.guides.pages.languages import languages, preferred
from wegwijs.guides.pages.words import checked_by_nobody, words

COMPLETE = {"nl", "fr", "en", "de", "ar", "ru", "tr", "uk", "es", "fa"}
MATTER_MOST = {"Read this together", "Translated by a machine. Nobody checked it.", "Ask a person"}
PLACEHOLDER = re.compile(r"\{\w+\}")
WRITTEN_BY_US = {"nl", "en"}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, ignore_obsolete=True)


def tag_of(path: Path) -> str:
    return path.parts[-3]


def test_the_catalogues_are_those_that_extraction_would_write() -> None:
    differing = [path.name for path, text in wanted_files().items() if path.read_text(encoding="utf-8") != text]
    assert differing == [], "run scripts/extract"


@pytest.mark.parametrize("path", catalogues(), ids=tag_of)
def test_a_catalogue_is_of_a_language_in_the_table_whole_where_promised_and_marked(path: Path) -> None:
    tag, wanted = tag_of(path), {str(message.id) for message in template() if message.id}
    said = {str(message.id): str(message.string) for message in read(path) if message.id}
    assert tag in languages()
    assert set(said) == wanted
    written = {message for message, text in said.items() if text}
    assert written >= (wanted if tag in COMPLETE else MATTER_MOST)
    assert checked_by_nobody(tag) is (tag not in WRITTEN_BY_US)
    for message in written:
        assert sorted(PLACEHOLDER.findall(said[message])) == sorted(PLACEHOLDER.findall(message)), message
        assert "!" not in said[message], message


def test_every_promised_language_has_a_catalogue() -> None:
    assert {tag_of(path) for path in catalogues()} >= COMPLETE


def test_a_language_without_words_gets_those_its_readers_are_likely_to_read_and_they_are_marked() -> None:
    darija = words("ary").html("Close")
    assert darija == '<span lang="ar" dir="rtl">إغلاق</span>'
    assert words("ps").html("Close") == "بندول"
    assert words("ps").html("Print") == '<span lang="en" dir="ltr">Print</span>'
    assert words("nl").html("a < b") == '<span lang="en" dir="ltr">a &lt; b</span>'


@pytest.mark.parametrize(
    ("header", "found"),
    [("ar-SY,ar;q=0.9,en;q=0.5", "ar"), ("xx, nl;q=0.1", "nl"), ("", "fr"), ("fa-AF;q=1", "fa"), (";;,,=", "fr")],
)
def test_the_browsers_language_is_taken_where_it_is_offered(header: str, found: str) -> None:
    assert preferred(header, ("fr", "nl", "ar", "fa")) == found


def test_dates_have_latin_digits_in_every_language() -> None:
    from datetime import date  # noqa: PLC0415

    for tag in languages():
        told = words(tag).date(date(2026, 11, 25))
        assert "25" in told and "2026" in told, tag
    # Asked for in a row, because Babel once mixed the days of one language into another.
    assert [words(tag).weekday(0) for tag in ("ps", "nl", "ru")] == ["دونۍ", "maandag", "понедельник"]


def test_a_message_that_is_not_plain_text_is_refused() -> None:
    assert messages_of(b'_("Close")\n_plain("Back", n=1)') == ["Close", "Back"]
    with pytest.raises(ValueError, match="without plain text"):
        messages_of(b"_(close)")
