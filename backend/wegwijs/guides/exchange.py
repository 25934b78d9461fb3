"""Texts of a guide in one language out to a file, and back: what a file says, and what it would change.

A file carries, beside each text, the source that it was made from and a hash of what the text was when the file was
made. So coming back it is merged in three ways: what the file left as it was changes nothing, what only the file
changed is taken over, and what both changed is kept twice, as a clash. A source that changed meanwhile shows the text
as outdated, because the file says from which source it was made.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import Finding, check_part, errors
from wegwijs.guides.document import message_ids, text_hash, tidy
from wegwijs.guides.editing import keep_clash
from wegwijs.guides.parts import TextPart, is_outdated, structure, texts
from wegwijs.guides.store import Stored, known_to, load, write_change
from wegwijs.guides.text_schemas import Imported, ImportedText
from wegwijs.people.access import Actor


class FileText(msgspec.Struct, frozen=True, kw_only=True):
    """One text as a file has it. `was` is the hash of the text when the file was made, empty for none or unknown.

    `unsure`: the file marks it as not fitting its source (PO: fuzzy; spreadsheet: outdated).
    """

    message: str
    source: str
    text: str
    state: str
    was: str
    unsure: bool
    place: str = ""


class TextFile(msgspec.Struct, frozen=True, kw_only=True):
    """All texts of a guide in a language, with what a file must say of itself."""

    guide: str
    language: str
    source: str
    texts: list[FileText]


class NotReadable(Exception):
    """A file that cannot be read as what it is said to be; `findings` name every place."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(map(str, findings)))


def unreadable(code: str, message: str, part: str = "") -> NotReadable:
    """One finding about a whole file, or a place in it."""
    return NotReadable([Finding(level="error", code=code, message=message, part=part)])


async def text_file(tx: Transaction, organisation: UUID, code: str, language: str) -> TextFile:
    """What goes out. Raises Problem `no_such_guide`, and `not_this_guide` for the source language or an unknown one."""
    guide, known = await load(tx, organisation, code), await known_to(tx, organisation)
    if language not in known.scripts or language == guide.source:
        raise refused([_error("no_language", f"{language!r} is no language that {code} can be translated into")])
    own, sources = texts(guide.parts, language), texts(guide.parts, guide.source)
    wanted = [message for message in message_ids(structure(guide.parts)) if message in sources]
    return TextFile(
        guide=code,
        language=language,
        source=guide.source,
        texts=[_file_text(message, sources[message], own.get(message)) for message in wanted],
    )


def _file_text(message: str, source: TextPart, own: TextPart | None) -> FileText:
    outdated = own is not None and is_outdated(own, source)
    return FileText(
        message=message,
        source=source.text,
        text=own.text if own else "",
        state="missing" if own is None else "outdated" if outdated else own.state,
        was=text_hash(own.text) if own else "",
        unsure=outdated,
    )


def _error(code: str, message: str, language: str = "", part: str = "") -> Finding:
    return Finding(level="error", code=code, message=message, language=language, part=part)


def refused(findings: Sequence[Finding]) -> Problem:
    """The problem `not_this_guide` with all its reasons."""
    return Problem("not_this_guide", findings=[msgspec.to_builtins(finding) for finding in findings])


async def take_file(tx: Transaction, actor: Actor, code: str, language: str, file: TextFile, *, dry: bool) -> Imported:
    """Take a file over as a whole, or (`dry`) only say what it would change.

    Raises Problem `not_this_guide` with every reason; then nothing was changed.
    """
    guide, known = await load(tx, actor.organisation, code, for_update=True), await known_to(tx, actor.organisation)
    wanted = list(message_ids(structure(guide.parts)))
    found = _file_findings(guide, language, file, wanted)
    if language not in known.scripts:
        found.append(_error("no_language", f"{language!r} is no language of the catalogue"))
    if found:
        raise refused(found)
    changes = [change for change in (_change(guide, language, text) for text in file.texts) if change is not None]
    found = [one for change in changes for one in check_part((language, change.message), change.part, known)]
    if errors(found):
        raise refused(found)
    if not dry:
        for change in changes:
            name = (language, change.message)
            if change.clash:
                await keep_clash(tx, guide, name, change.part, actor.membership)
            else:
                await write_change(tx, guide, name, change.part, actor.membership)
    named = {text.message for text in file.texts}
    return Imported(
        applied=not dry,
        changes=[_told(guide, language, change) for change in changes],
        not_in_file=[message for message in wanted if message not in named],
        findings=found,
    )


def _file_findings(guide: Stored, language: str, file: TextFile, wanted: Sequence[str]) -> list[Finding]:
    """Why a file is not one of this guide and language."""
    found = []
    if file.guide != guide.code:
        found.append(_error("another_guide", f"this is a file of the guide {file.guide!r}, not of {guide.code!r}"))
    if file.language != language:
        found.append(_error("another_language", f"this is a file in {file.language!r}, not in {language!r}"))
    if language == guide.source:
        found.append(_error("source_language", "texts of the source language are changed in the editor"))
    if found:
        return found
    for message, count in Counter(text.message for text in file.texts).items():
        if message not in wanted:
            found.append(_error("no_message", "the guide has no such message", language, message))
        elif count > 1:
            found.append(_error("duplicate_id", f"stands in the file {count} times", language, message))
    if not file.texts:
        found.append(_error("no_texts", "the file holds no texts"))
    return found


class _Change(msgspec.Struct, frozen=True):
    message: str
    part: TextPart
    clash: bool
    confirms: bool


def _change(guide: Stored, language: str, text: FileText) -> _Change | None:
    """What one text of a file changes; None for nothing."""
    words, current = tidy(text.text), texts(guide.parts, language).get(text.message)
    if not words:
        return None
    made_from = text_hash(text.source)
    if current is not None and words == current.text:
        if text.unsure or made_from == current.source_hash:
            return None
        state = current.state if current.state == "reviewed" else "draft"
        part = msgspec.structs.replace(current, source_hash=made_from, state=state)
        return _Change(text.message, part, False, True)
    untouched = text.was and text_hash(words) == text.was
    if untouched and current is not None:
        return None
    part = TextPart(words, "machine" if untouched and text.state == "machine" else "draft", made_from)
    there = text_hash(current.text) if current else ""
    clash = bool(text.was) and there != text.was and current is not None
    return _Change(text.message, part, clash, False)


def _told(guide: Stored, language: str, change: _Change) -> ImportedText:
    current = texts(guide.parts, language).get(change.message)
    source = texts(guide.parts, guide.source).get(change.message)
    return ImportedText(
        message=change.message,
        before=current.text if current else None,
        after=change.part.text,
        outdated=is_outdated(change.part, source),
        kind="clash" if change.clash else "confirmed" if change.confirms else "changed",
    )
