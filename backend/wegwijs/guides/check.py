"""Whether a guide may be shown to anybody: one judge for the editor, for imports and for the files that are shipped.

Pure. It never raises: it gives every finding with its place, so that an author mends all of them at once. An *error*
stops the guide; a *warning* is told and stops nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from wegwijs.guides import pictograms
from wegwijs.guides.document import FieldKind, message_ids, text_hash
from wegwijs.guides.parts import (
    STRUCTURE,
    About,
    FieldPart,
    Order,
    Part,
    Parts,
    StepPart,
    TextPart,
    fields,
    structure,
    texts,
)

LONG: Final = 90
"""Characters of a sentence that still is short; more is told."""
TOO_LONG: Final = 120
VALUE: Final = 200
SIGNS: Final = 3
STEPS: Final = 60

IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IDENTIFIER_LENGTH = 40
_MARKUP = re.compile(r"[<>]|&#?\w+;|\b(javascript|data):|https?://|\{\{", re.IGNORECASE)
_MONEY = re.compile(r"€|\bEUR\b|\beuro\b *\d|\d *\beuro\b", re.IGNORECASE)
_SOURCE = re.compile(r"https?://[^\s<>\"']{1,300}")
# Joiners of Persian and Kurdish, the soft hyphen, and the two marks that keep a number in its place in Arabic script.
_INVISIBLE_BUT_FINE = frozenset("\u200c\u200d\u00ad\u200e\u200f")
_VALUES: Mapping[FieldKind, tuple[re.Pattern[str], str]] = {
    "amount": (re.compile(r"\d{1,7}(\.\d{2})?"), "an amount in euros such as 932.93"),
    "phone": (re.compile(r"\+?[0-9][0-9 ()/.-]{1,24}"), "a telephone number as it is dialled here"),
    "term": (re.compile(r"\d{1,4}([.,]\d{1,2})?"), "a bare number; its unit stands in the message"),
    "text": (re.compile(r".{1,200}"), "at most 200 characters"),
}
_SCRIPT_NAMES = {
    "Latn": "LATIN",
    "Arab": "ARABIC",
    "Cyrl": "CYRILLIC",
    "Ethi": "ETHIOPIC",
    "Beng": "BENGALI",
    "Grek": "GREEK",
    "Hebr": "HEBREW",
    "Deva": "DEVANAGARI",
    "Armn": "ARMENIAN",
    "Geor": "GEORGIAN",
}


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong (`error`) or doubtful (`warning`), where, and in plain words."""

    level: Literal["error", "warning"]
    code: str
    message: str
    language: str = ""
    part: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        place = " ".join(word for word in (self.language, self.part) if word)
        return f"{self.level}: {': '.join(word for word in (where, place, self.message) if word)} [{self.code}]"


class Known(msgspec.Struct, frozen=True):
    """What a guide may refer to: scripts by language, and the codes of subthemes."""

    scripts: Mapping[str, str]
    subthemes: frozenset[str]


def _error(name: tuple[str, str], code: str, message: str) -> Finding:
    return Finding(level="error", code=code, message=message, language=name[0], part=name[1])


def _warning(name: tuple[str, str], code: str, message: str) -> Finding:
    return Finding(level="warning", code=code, message=message, language=name[0], part=name[1])


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop a guide."""
    return [finding for finding in findings if finding.level == "error"]


def is_identifier(text: str) -> bool:
    """Whether a text can be the id of a guide, section, step, item or field."""
    return len(text) <= _IDENTIFIER_LENGTH and IDENTIFIER.fullmatch(text) is not None


def check_guide(source: str, parts: Parts, known: Known) -> list[Finding]:
    """Everything about a whole working copy with its source language; errors first."""
    found = [
        finding
        for part, content in parts.get(STRUCTURE, {}).items()
        for finding in check_part(("", part), content, known)
    ]
    found += _structure_findings(parts)
    if errors(found):
        # Which messages there should be cannot be said of a structure that does not hold together.
        return _sorted(found)
    wanted = list(message_ids(structure(parts)))
    found += _source_findings(source, parts, wanted)
    for language in parts:
        if language != STRUCTURE:
            found += _language_findings(language, parts, wanted, known)
    return _sorted(found)


def _sorted(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: finding.level != "error")


def check_part(name: tuple[str, str], part: Part, known: Known) -> list[Finding]:
    """What can be said of one part without the others."""
    if isinstance(part, TextPart):
        return list(_text_findings(name, part, known))
    if isinstance(part, StepPart):
        return list(_step_findings(name, part, known))
    if isinstance(part, FieldPart):
        return list(_field_findings(name, part))
    if isinstance(part, About):
        return list(_about_findings(name, part))
    return list(_order_findings(name, part))


def _about_findings(name: tuple[str, str], about: About) -> Iterator[Finding]:
    if about.check_again_by <= about.valid_as_of:
        yield _error(name, "dates", "check_again_by comes after valid_as_of")


def _order_findings(name: tuple[str, str], order: Order) -> Iterator[Finding]:
    steps = [step for section in order.sections for step in section.steps]
    for what, ids in (("section", [section.id for section in order.sections]), ("step", steps)):
        for one, count in Counter(ids).items():
            if count > 1:
                yield _error(name, "duplicate_id", f"the {what} {one!r} stands there {count} times")
            if not is_identifier(one):
                yield _error(name, "bad_id", f"{one!r}: an id is a-z, 0-9 and -, at most {_IDENTIFIER_LENGTH}")
    if not 1 <= len(steps) <= STEPS:
        yield _error(name, "steps", f"a guide has 1 to {STEPS} steps; this has {len(steps)}")


def _step_findings(name: tuple[str, str], step: StepPart, known: Known) -> Iterator[Finding]:
    if not is_identifier(name[1].partition(".")[2]):
        yield _error(name, "bad_id", f"an id is a-z, 0-9 and -, at most {_IDENTIFIER_LENGTH}")
    if not 1 <= len(step.signs) <= SIGNS:
        yield _error(name, "signs", f"a step has 1 to {SIGNS} pictograms; this has {len(step.signs)}")
    for sign in step.signs:
        if pictograms.drawing(sign.id) is None:
            yield _error(name, "no_pictogram", f"there is no pictogram {sign.id!r}")
    for what, ids in (("bring", step.bring), ("fields", step.fields), ("subthemes", step.subthemes)):
        for one, count in Counter(ids).items():
            if count > 1:
                yield _error(name, "duplicate_id", f"{what}: {one!r} stands there {count} times")
    for one in (*step.bring, *step.fields):
        if not is_identifier(one):
            yield _error(name, "bad_id", f"{one!r}: an id is a-z, 0-9 and -, at most {_IDENTIFIER_LENGTH}")
    for subtheme in step.subthemes:
        if subtheme not in known.subthemes:
            yield _error(name, "no_subtheme", f"there is no subtheme {subtheme!r}")


def _field_findings(name: tuple[str, str], field: FieldPart) -> Iterator[Finding]:
    if not is_identifier(name[1].partition(".")[2]):
        yield _error(name, "bad_id", f"an id is a-z, 0-9 and -, at most {_IDENTIFIER_LENGTH}")
    pattern, wanted = _VALUES[field.kind]
    if field.value:
        if len(field.value) > VALUE or not pattern.fullmatch(field.value):
            yield _error(name, "bad_value", f"{field.value[:40]!r} is not {wanted}")
        yield from _sign_findings(name, field.value)
    elif field.scope == "law":
        yield _error(name, "no_value", "a field of the law has a value; only a local one waits for the organisation")
    if field.source is not None and not _SOURCE.fullmatch(field.source):
        yield _error(name, "bad_source", "the source is a web address")
    if field.scope == "law" and (field.source is None or field.checked_on is None):
        yield _error(name, "no_source", "a fact of the law has a source and the day it was checked")


def _sign_findings(name: tuple[str, str], text: str) -> Iterator[Finding]:
    """Signs that no sentence needs: markup and addresses, and invisible ones, which can make a text read as another."""
    if found := _MARKUP.search(text):
        yield _error(name, "markup", f"words only: {found[0]!r} looks like markup, script or a link")
    for sign in text:
        if unicodedata.category(sign)[0] == "C" and sign not in _INVISIBLE_BUT_FINE:
            yield _error(name, "invisible", f"has the invisible sign U+{ord(sign):04X}")
            return


def length(text: str) -> int:
    """How long a reader finds a text: marks that stand on a letter do not count."""
    return sum(unicodedata.category(sign) not in {"Mn", "Me", "Cf"} for sign in text)


def _text_findings(name: tuple[str, str], part: TextPart, known: Known) -> Iterator[Finding]:
    language = name[0]
    if language not in known.scripts:
        yield _error(name, "no_language", f"{language!r} is no language of the catalogue")
    if not part.text:
        yield _error(name, "empty", "a text that is not there has no entry; this one is empty")
    # The length in signs first: what follows looks at each of them.
    if len(part.text) > 4 * TOO_LONG or length(part.text) > TOO_LONG:
        yield _error(name, "too_long", f"{length(part.text[: 9 * TOO_LONG])} characters; at most {TOO_LONG}")
        return
    if length(part.text) > LONG:
        yield _warning(name, "long", f"{length(part.text)} characters; a short sentence has at most {LONG}")
    yield from _sign_findings(name, part.text)
    if _MONEY.search(part.text):
        yield _warning(name, "amount_in_text", "amounts date fast: make it a field with a source")
    if part.state == "reviewed" and part.reviewed is None:
        yield _error(name, "no_reviewer", "a reviewed text says in what capacity and when")
    if part.reviewed is not None:
        if not 1 <= len(part.reviewed.by_capacity) <= 40:
            yield _error(name, "no_reviewer", "the capacity has 1 to 40 characters")
        yield from _sign_findings(name, part.reviewed.by_capacity)


def _structure_findings(parts: Parts) -> Iterator[Finding]:
    """Whether the parts of the structure fit each other."""
    own = parts.get(STRUCTURE, {})
    for needed in ("about", "order"):
        if needed not in own:
            yield _error((STRUCTURE, needed), "missing", "is missing")
    order = own.get("order")
    placed = [step for section in order.sections for step in section.steps] if isinstance(order, Order) else []
    for section in order.sections if isinstance(order, Order) else ():
        if not section.steps:
            yield _error((STRUCTURE, "order"), "empty_section", f"the section {section.id!r} has no step")
    for step in placed:
        if f"step.{step}" not in own:
            yield _error((STRUCTURE, f"step.{step}"), "missing", "stands in the order, but there is no such step")
    known_fields = fields(parts) if own else {}
    for name, part in own.items():
        if isinstance(part, StepPart):
            if name.partition(".")[2] not in placed:
                yield _error((STRUCTURE, name), "no_place", "stands in no section")
            for field in part.fields:
                if field not in known_fields:
                    yield _error((STRUCTURE, name), "no_field", f"there is no field {field!r}")


def _source_findings(source: str, parts: Parts, wanted: list[str]) -> Iterator[Finding]:
    written = texts(parts, source)
    for message in wanted:
        if message not in written:
            yield _error((source, message), "missing", "the source language has every text; this one is missing")
    for message, part in written.items():
        if part.source_hash != text_hash(part.text):
            yield _error((source, message), "bad_hash", "a source text is made from itself")


def _language_findings(language: str, parts: Parts, wanted: list[str], known: Known) -> Iterator[Finding]:
    written = texts(parts, language)
    for message, part in written.items():
        if message not in wanted:
            yield _warning((language, message), "no_message", "the guide has no such message; it is not shown")
        else:
            yield from check_part((language, message), part, known)
    script = _SCRIPT_NAMES.get(known.scripts.get(language, ""))
    if script and written and _share_of(script, (part.text for part in written.values())) < 0.5:
        yield _error((language, ""), "wrong_script", f"these texts are not in the script of {language!r}")


def _share_of(script: str, words: Iterable[str]) -> float:
    """The share of letters that belong to a script. Names of services stay Latin everywhere, so half is asked."""
    letters = [unicodedata.name(sign, "") for text in words for sign in text if sign.isalpha()]
    return sum(name.startswith(script) for name in letters) / len(letters) if letters else 1.0
