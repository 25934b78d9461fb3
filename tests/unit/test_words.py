"""Every word on the screen is a message, every message is in every catalogue, and nothing on the way loses one."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from gettext import c2py  # type: ignore[attr-defined, unused-ignore]
from pathlib import Path

import pytest

from scripts.compile_words import PICTOGRAMS, ROOT, Language, compiled, is_machine, languages, main, read_catalogue
from scripts.extract_words import (
    TEMPLATE,
    as_text,
    javascript_parts,
    messages_of,
    source_files,
    template,
    template_of_pictograms,
    translated,
    wanted_files,
)
from scripts.svelte_source import Piece, pieces

LANGUAGES = languages()
BY_TAG = {language.tag: language for language in LANGUAGES}
PLACEHOLDER = re.compile(r"\{(\w+)\}")
LETTER = re.compile(r"[^\W\d_]")
# What a reader or a screen reader is told; other attributes are for machines.
TOLD = {"aria-label", "aria-description", "alt", "title", "placeholder", "label", "hint"}
# A pattern that shows how a code is written is the same in every language; so is the mark of "more".
NOT_WORDS = {"0000-0000-0000"}
CALL = re.compile(r"(?<![\w.$])_n?\(")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|<!--.*?-->", re.S)


def languages_but_english() -> list[Language]:
    return [language for language in LANGUAGES if language.tag != "en"]


def forms(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or ())


def test_the_catalogues_are_those_that_extraction_would_write() -> None:
    differing = [path.name for path, text in wanted_files().items() if path.read_text(encoding="utf-8") != text]
    assert differing == [], "run scripts/extract"
    assert TEMPLATE.exists()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_every_message_has_every_form_and_none_is_guessed(language: Language) -> None:
    messages = [message for message in read_catalogue(language) if message.id]
    assert {message.id for message in messages} == {message.id for message in template() if message.id}
    for message in messages:
        wanted = 1 if isinstance(message.id, str) else language.nplurals
        assert len(forms(message.string)) == wanted, message.id
        assert all(form.strip() for form in forms(message.string)), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_every_drawing_says_in_every_language_what_it_shows(language: Language) -> None:
    messages = [message for message in read_catalogue(language, PICTOGRAMS) if message.id]
    assert {message.id for message in messages} == {message.id for message in template_of_pictograms() if message.id}
    assert [message.id for message in messages if not str(message.string).strip() or "!" in str(message.string)] == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_placeholders_are_those_of_the_english_text(language: Language) -> None:
    for message in read_catalogue(language):
        if not message.id:
            continue
        wanted = {name for text in forms(message.id) for name in PLACEHOLDER.findall(text)}
        for form in forms(message.string):
            # A form for exactly one or two may say the number in words.
            missing = wanted - set(PLACEHOLDER.findall(form)) - ({"n"} if not isinstance(message.id, str) else set())
            assert not missing, (message.id, form)
            assert set(PLACEHOLDER.findall(form)) <= wanted, (message.id, form)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_no_text_shouts(language: Language) -> None:
    assert [
        form for message in read_catalogue(language) if message.id for form in forms(message.string) if "!" in form
    ] == []


def test_english_says_what_the_code_says() -> None:
    for message in read_catalogue(BY_TAG["en"]):
        assert not message.id or forms(message.string) == forms(message.id)


def test_only_the_arabic_catalogue_is_marked_as_a_machines_work() -> None:
    assert [language.tag for language in LANGUAGES if is_machine(language)] == ["ar"]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_the_plural_header_of_the_catalogue_is_that_of_our_table(language: Language) -> None:
    head = read_catalogue(language)
    assert head.num_plurals == language.nplurals
    assert head.plural_expr.replace(" ", "") == language.plural.replace(" ", "")


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: str(language.tag))
def test_two_hundred_digits_are_the_plural_rule_up_to_a_hundred_thousand(language: Language) -> None:
    digits, rule = compiled(language)["plural"], c2py(language.plural)
    assert len(digits) == 200
    assert all(int(digits[n if n < 200 else 100 + n % 100]) == int(rule(n)) for n in range(100_000))


def test_extraction_keeps_all_six_arabic_forms() -> None:
    arabic = BY_TAG["ar"]
    assert "msgstr[5]" in as_text(translated(arabic, template()), "")


def test_the_compiled_files_are_written_with_babel_alone(tmp_path: Path) -> None:
    code = (
        "import runpy, sys, pathlib; sys.path.insert(0, 'scripts'); import compile_words;"
        f"compile_words.OUTPUT = pathlib.Path({str(tmp_path)!r}); compile_words.main()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    nl = json.loads((tmp_path / "nl.json").read_text(encoding="utf-8"))
    assert (nl["dir"], nl["messages"]["Save"]) == ("ltr", "Bewaren")
    assert callable(main)


# The source: nothing is said that is not a message.


def literal_words(found: list[Piece]) -> Iterator[Piece]:
    """Text between tags, and told attributes, that hold letters outside braces."""
    for piece in found:
        told = piece.kind == "text" or (piece.kind == "attribute" and piece.name in TOLD)
        if told and LETTER.search(piece.text) and piece.text.strip() not in NOT_WORDS:
            yield piece


@pytest.mark.parametrize(
    "file", [file for file in source_files() if file.suffix == ".svelte"], ids=lambda file: str(file.stem)
)
def test_markup_holds_no_words_of_its_own(file: Path) -> None:
    found = literal_words(pieces(file.read_text(encoding="utf-8")))
    assert [(piece.line, piece.text.strip()) for piece in found] == []


@pytest.mark.parametrize("file", source_files(), ids=lambda file: str(file.name))
def test_extraction_finds_every_call(file: Path) -> None:
    if file.name == "words.svelte.ts":
        return  # defines them
    calls = len(CALL.findall(COMMENT.sub("", file.read_text(encoding="utf-8"))))
    assert sum(len(list(messages_of(code))) for code in javascript_parts(file)) == calls


# The cutter itself.

APOSTROPHE = """<script lang="ts">
  const a = _('in the script') // it's a comment
</script>
<!-- isn't read: _('in a comment') -->
<p class="x">thema's {_("it's said")} en 'n {#if n > 1}{_n('{n} day', '{n} days', n)}{:else if a}{_('else')}{/if}</p>
<b title="plain {_('inside')} words" class={`x ${y ? 'a' : 'b'}`} {onclick}>{`}` + _('after a brace')}</b>
<style>p { content: "isn't" }</style>
"""


def test_an_apostrophe_in_markup_swallows_no_message() -> None:
    found = [
        message
        for piece in pieces(APOSTROPHE)
        if piece.kind in ("script", "expression")
        for message in messages_of(re.sub(r"^\s*[#:/@]\w+( if)?", " ", piece.text))
    ]
    assert found == ["in the script", "it's said", ("{n} day", "{n} days"), "else", "inside", "after a brace"]


def test_words_in_markup_are_noticed() -> None:
    found = [(piece.line, piece.text.strip()) for piece in literal_words(pieces(APOSTROPHE))]
    assert found == [(5, "thema's"), (5, "en 'n"), (6, "plain"), (6, "words")]


def test_a_message_that_is_not_plain_text_is_refused() -> None:
    with pytest.raises(ValueError, match="without plain text"):
        list(messages_of("_n('{n} day', many, n)"))


def test_a_brace_that_is_never_closed_is_told() -> None:
    with pytest.raises(ValueError, match="never closed"):
        pieces("<p>{_('x')</p>")
