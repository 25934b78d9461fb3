"""Texts as gettext PO: what every translator's tool opens. The message's id is its context, its source the msgid.

Babel writes and reads it, but knows neither ary nor inh: the language and the plural rule in the head are our own
table's.
"""

import io
import re

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from wegwijs.guides.exchange import FileText, TextFile, unreadable

MEDIA_TYPE = "text/x-gettext-translation"
_HEAD = re.compile(r'^"X-Wegwijs-(Guide|Language|Source): ([a-zA-Z0-9-]{1,40})\\n"$', re.MULTILINE)
_NOTE = re.compile(r"^(state|was): (\w{1,20})$")
MOST_BYTES = 1024 * 1024


def write_texts(file: TextFile, plural: str) -> bytes:
    """A PO file. `plural` is the Plural-Forms of the language in our own table."""
    catalog = Catalog(locale=None, project=f"wegwijs guide {file.guide}", charset="utf-8", fuzzy=False)
    for text in file.texts:
        notes = [f"state: {text.state}", f"was: {text.was}"] if text.was else [f"state: {text.state}"]
        flags = {"fuzzy"} if text.unsure else set()
        catalog.add(text.source, text.text, flags=flags, auto_comments=notes, context=text.message)
    out = io.BytesIO()
    write_po(out, catalog, width=0, omit_header=True)
    head = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": file.language,
        "Plural-Forms": plural,
        "X-Wegwijs-Guide": file.guide,
        "X-Wegwijs-Language": file.language,
        "X-Wegwijs-Source": file.source,
    }
    lines = ['msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in head.items()), "", ""]
    return "\n".join(lines).encode() + out.getvalue()


def read_texts(data: bytes) -> TextFile:
    """Raises NotReadable."""
    if len(data) > MOST_BYTES:
        raise unreadable("too_large", "the file is larger than a megabyte")
    try:
        plain = data.decode("utf-8-sig")
        catalog = read_po(io.BytesIO(plain.encode()), abort_invalid=True, ignore_obsolete=True)
    except UnicodeDecodeError:
        raise unreadable("not_po", "the file is not text in UTF-8") from None
    except (PoFileError, ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        raise unreadable("not_po", f"the file cannot be read as PO: {str(error)[:200]}") from None
    head = dict(_HEAD.findall(plain))
    if not {"Guide", "Language", "Source"} <= set(head):
        raise unreadable("no_head", "the head does not say of which guide and language the file is; export it anew")
    found = []
    for message in catalog:
        if not message.id:
            continue
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            raise unreadable("plural", "texts of guides have no plural forms", str(message.context or ""))
        if not message.context:
            raise unreadable("no_id", f"a text has no message id (msgctxt): {message.id[:60]!r}")
        notes = {match[1]: match[2] for match in map(_NOTE.match, message.auto_comments) if match}
        found.append(
            FileText(
                message=message.context,
                source=message.id,
                text=message.string,
                state=notes.get("state", ""),
                was=notes.get("was", ""),
                unsure=bool(message.fuzzy),
            )
        )
    return TextFile(guide=head["Guide"], language=head["Language"], source=head["Source"], texts=found)
