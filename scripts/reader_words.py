"""The words of the guide pages (`reader.po`): collected from the Python that says them, for each language that has any.

A language that nobody can write well has gaps or no catalogue at all: its readers then get another language that they
are likely to read (guides/pages/languages.py). tests/unit/test_reader_words.py says which must be complete.
"""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
SOURCES = ROOT / "backend" / "wegwijs" / "guides" / "pages"
TEMPLATE = LOCALES / "reader.pot"
KEYWORDS = {"_": None, "_plain": None}
LINE_WIDTH = 110


def messages_of(source: bytes) -> list[str]:
    """The messages of a Python file. Raises ValueError where one is not a plain string."""
    found = []
    # Python's own reader of calls ends at the first argument; values come as further ones.
    for line, _keyword, arguments, _comments in extract_python(io.BytesIO(source), KEYWORDS, (), {}):
        text: object = arguments[0] if isinstance(arguments, tuple) else arguments
        if not isinstance(text, str) or not text:
            raise ValueError(f"a message without plain text, line {line}")
        found.append(text)
    return found


def template() -> Catalog:
    """All messages with the files that say them."""
    places: dict[str, set[str]] = {}
    for file in sorted(SOURCES.glob("*.py")):
        for message in messages_of(file.read_bytes()):
            places.setdefault(message, set()).add(file.relative_to(ROOT).as_posix())
    catalogue = Catalog(fuzzy=False)
    for message in sorted(places):
        catalogue.add(message, locations=[(place, 0) for place in sorted(places[message])])
    return catalogue


def catalogues() -> list[Path]:
    """Every language that has words, by its file."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/reader.po"))


def _head(path: Path) -> str:
    return path.read_text(encoding="utf-8").split("\n\n", 1)[0]


def as_text(catalogue: Catalog, head: str) -> str:
    out = io.BytesIO()
    write_po(out, catalogue, width=LINE_WIDTH, omit_header=True, include_lineno=False)
    return f"{head}\n\n{out.getvalue().decode().strip()}\n"


def wanted_files() -> dict[Path, str]:
    """What the template and each catalogue should be, by path."""
    wanted = template()
    files = {TEMPLATE: as_text(wanted, 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"')}
    for path in catalogues():
        with path.open("rb") as file:
            old = read_po(file, ignore_obsolete=True)
        new = Catalog(fuzzy=False)
        for message in wanted:
            if isinstance(message.id, str) and message.id:
                known = old.get(message.id)
                new.add(message.id, str(known.string) if known and known.string else "", locations=message.locations)
        files[path] = as_text(new, _head(path))
    return files
