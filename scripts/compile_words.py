"""Compiles the catalogues in `locales/` to the JSON that the app's build takes in. Needs Babel only.

    python scripts/compile_words.py

writes from `wegwijs.po`, the words of the app, `pwa/src/words/generated/<tag>.json`:
`{"tag", "own_name", "dir", "intl", "machine", "plural", "messages": {msgid: text | [one text a form]}}`.

`plural` says by 200 digits which form a number takes: digit n for n < 200, digit 100 + n % 100 above. The browser's
Intl.PluralRules counts its forms differently from gettext (for Arabic in 918 of 1,000 numbers), and evaluating the
expression in the browser would need `unsafe-eval`.

And from `pictograms.po`, what each drawing shows, `pwa/src/guides/generated/<tag>.json`: {msgid: text}. They are apart
because only the parts of the app that deal with guides say them.
"""

import json
import tomllib
from dataclasses import dataclass
from gettext import c2py  # type: ignore[attr-defined, unused-ignore]
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
OUTPUT = ROOT / "pwa" / "src" / "words" / "generated"
OF_PICTOGRAMS = ROOT / "pwa" / "src" / "guides" / "generated"
APP, PICTOGRAMS = "wegwijs", "pictograms"
PLURAL_DIGITS = 200


@dataclass(frozen=True)
class Language:
    """One `[[language]]` of `locales/languages.toml`: our own table, as Babel and browsers do not know them all."""

    tag: str
    own_name: str
    dir: str
    intl: str
    nplurals: int
    plural: str

    @property
    def file(self) -> Path:
        return self.catalogue(APP)

    def catalogue(self, domain: str) -> Path:
        """The file of one set of messages: `wegwijs` or `pictograms`."""
        return LOCALES / self.tag / "LC_MESSAGES" / f"{domain}.po"

    @property
    def plural_forms(self) -> str:
        return f"nplurals={self.nplurals}; plural={self.plural};"

    def plural_digits(self) -> str:
        """Which form each number from 0 to 199 takes."""
        form = c2py(self.plural)
        return "".join(str(int(form(n))) for n in range(PLURAL_DIGITS))


def languages() -> list[Language]:
    """In the order in which they are offered."""
    with (LOCALES / "languages.toml").open("rb") as file:
        return [Language(**entry) for entry in tomllib.load(file)["language"]]


def read_catalogue(language: Language, domain: str = APP) -> Catalog:
    with language.catalogue(domain).open("rb") as file:
        return read_po(file, ignore_obsolete=True)


def header(language: Language, domain: str = APP) -> str:
    """The head of the .po file, up to the first message, as text: Babel drops the fields that it does not know."""
    return language.catalogue(domain).read_text(encoding="utf-8").split("\n\n", 1)[0]


def is_machine(language: Language) -> bool:
    """True where a machine translated and nobody checked: the .po file says so itself by `X-Machine: true`."""
    return "X-Machine: true" in header(language)


def compiled(language: Language) -> dict[str, Any]:
    catalogue = read_catalogue(language)
    messages: dict[str, str | list[str]] = {}
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, list | tuple):
            messages[message.id[0]] = list(message.string or ())
        else:
            messages[message.id] = str(message.string)
    return {
        "tag": language.tag,
        "own_name": language.own_name,
        "dir": language.dir,
        "intl": language.intl,
        "machine": is_machine(language),
        "plural": language.plural_digits(),
        "messages": dict(sorted(messages.items())),
    }


def said_of_pictograms(language: Language) -> dict[str, str]:
    catalogue = read_catalogue(language, PICTOGRAMS)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def _write(target: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")


def main() -> None:
    for folder in (OUTPUT, OF_PICTOGRAMS):
        folder.mkdir(parents=True, exist_ok=True)
    for language in languages():
        _write(OUTPUT / f"{language.tag}.json", compiled(language))
        _write(OF_PICTOGRAMS / f"{language.tag}.json", said_of_pictograms(language))


if __name__ == "__main__":
    main()
