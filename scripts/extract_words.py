"""Collects the messages into `locales/*.pot` and brings every catalogue up to them.

    scripts/extract            write
    scripts/extract --check    change nothing, exit 1 if something would change

`wegwijs` holds the words of the app, `pictograms` what each drawing shows. In the app a message is its English text:
`_('Save')`, `_n('{n} contact', '{n} contacts', n)`. A catalogue keeps the translations of the messages that stay; a
new message is empty in it (English: itself) and the tests fail until somebody writes it. Nothing is guessed: no fuzzy
entries.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_javascript
from babel.messages.pofile import write_po

from scripts import reader_words
from scripts.compile_words import APP, LOCALES, PICTOGRAMS, ROOT, Language, header, languages, read_catalogue
from scripts.svelte_source import pieces

SOURCES = ROOT / "pwa" / "src"
DRAWINGS = ROOT / "pwa" / "pictograms" / "catalogue.json"
TEMPLATE = LOCALES / "wegwijs.pot"
KEYWORDS = {"_": None, "_n": None}
PLURAL_KEYWORD = "_n"
BLOCK_WORD = re.compile(r"^\s*[#:/@][a-z]+(\s+(if|then|catch)\b)?")
LINE_WIDTH = 110

MessageId = str | tuple[str, str]


def javascript_parts(file: Path) -> Iterator[str]:
    """What of a source file is JavaScript: all of a .ts file, scripts and expressions of a .svelte file."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ts":
        yield text
        return
    for piece in pieces(text):
        if piece.kind in ("script", "expression"):
            yield BLOCK_WORD.sub(" ", piece.text)


def messages_of(code: str) -> Iterator[MessageId]:
    """The messages of a piece of JavaScript. Raises ValueError where one is not a plain string."""
    found = extract_javascript(io.BytesIO(code.encode()), KEYWORDS, (), {"template_string": False})
    for line, keyword, arguments, _comments in found:
        texts = (arguments,) if isinstance(arguments, str) else tuple(arguments)
        wanted = 2 if keyword == PLURAL_KEYWORD else 1
        plain = [text for text in texts[:wanted] if isinstance(text, str)]
        if len(plain) < wanted:
            raise ValueError(f"{keyword}(…) without plain text, line {line} of: {code.strip()[:80]!r}")
        yield (plain[0], plain[1]) if wanted == 2 else plain[0]


def source_files() -> list[Path]:
    files = [*SOURCES.rglob("*.svelte"), *SOURCES.rglob("*.ts")]
    return sorted(file for file in files if "generated" not in file.parts)


def template() -> Catalog:
    """All messages of the app with the files that say them (without lines, which would change with every edit)."""
    places: dict[MessageId, set[str]] = {}
    for file in source_files():
        for code in javascript_parts(file):
            for message in messages_of(code):
                places.setdefault(message, set()).add(file.relative_to(ROOT).as_posix())
    catalogue = Catalog(fuzzy=False)
    for message in sorted(places, key=lambda one: one if isinstance(one, str) else one[0]):
        catalogue.add(message, locations=[(place, 0) for place in sorted(places[message])])
    return catalogue


def template_of_pictograms() -> Catalog:
    """The alternative texts of all drawings; a drawing that is shared says the same under both names."""
    said = {entry["alt"] for entry in json.loads(DRAWINGS.read_text(encoding="utf-8")).values()}
    catalogue = Catalog(fuzzy=False)
    for alt in sorted(said):
        catalogue.add(alt, locations=[(DRAWINGS.relative_to(ROOT).as_posix(), 0)])
    return catalogue


def new_header(language: Language) -> str:
    return (
        f"# {language.own_name}: the words of Wegwijs.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language.tag}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {language.plural_forms}\\n"'
    )


def translated(language: Language, wanted: Catalog, domain: str = APP) -> Catalog:
    """The messages of `wanted` with the words that the language's catalogue already has for them."""
    old = read_catalogue(language, domain) if language.catalogue(domain).exists() else Catalog()
    result = Catalog(fuzzy=False)
    # Otherwise Babel writes two forms, and Arabic loses four of its six.
    result.mime_headers = [("Plural-Forms", language.plural_forms)]
    for message in wanted:
        if message.id:
            result.add(message.id, _words(message, old, language), locations=message.locations)
    return result


def _words(message: Message, old: Catalog, language: Language) -> str | list[str]:
    key = message.id if isinstance(message.id, str) else message.id[0]
    known = old.get(key)
    plural = not isinstance(message.id, str)
    if known is not None and known.string and known.pluralizable == plural:
        return known.string if isinstance(known.string, str) else list(known.string)
    if language.tag == "en":
        return message.id if isinstance(message.id, str) else list(message.id)
    return [""] * language.nplurals if plural else ""


def as_text(catalogue: Catalog, head: str) -> str:
    out = io.BytesIO()
    write_po(out, catalogue, width=LINE_WIDTH, omit_header=True, include_lineno=False)
    return f"{head}\n\n{out.getvalue().decode().strip()}\n"


def wanted_files() -> dict[Path, str]:
    """What the templates and each catalogue should be, by path."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"'
    files: dict[Path, str] = {}
    for domain, found in ((APP, template()), (PICTOGRAMS, template_of_pictograms())):
        files[LOCALES / f"{domain}.pot"] = as_text(found, head)
        for language in languages():
            file = language.catalogue(domain)
            kept = header(language, domain) if file.exists() else new_header(language)
            files[file] = as_text(translated(language, found, domain), kept)
    return files


def main(arguments: list[str]) -> int:
    changed = [
        (path, text)
        for path, text in (wanted_files() | reader_words.wanted_files()).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in changed:
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
