"""The working copy of a guide as *parts*, each changed, compared and shipped on its own. Pure.

A part is named by a language and an id. The structure has language `""` and the ids `about`, `order`, `step.<id>` and
`field.<id>`; texts have the ids of their messages. What an organisation changed lies over what the package ships, part
by part: so an upgrade brings new words and corrected facts without touching anything that somebody made their own.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from wegwijs.guides.document import (
    Field,
    FieldKind,
    Guide,
    Kind,
    Reviewed,
    Section,
    Sign,
    Sound,
    Step,
    Text,
    message_ids,
    text_hash,
    tidy,
)

STRUCTURE: Final = ""
Name = tuple[str, str]
"""(language, id); language `""` for the structure."""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Since when the facts hold, and when somebody must look again."""

    valid_as_of: date
    check_again_by: date


class SectionOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section with the ids of its steps in their order."""

    id: str
    steps: tuple[str, ...]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sections in their order."""

    sections: tuple[SectionOrder, ...]


class StepPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step without its id and place."""

    kind: Kind
    signs: tuple[Sign, ...]
    bring: tuple[str, ...] = ()
    deadline: bool = False
    fields: tuple[str, ...] = ()
    subthemes: tuple[str, ...] = ()


class FieldPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field without its id."""

    kind: FieldKind
    value: str = ""
    scope: Literal["law", "local"] = "law"
    source: str | None = None
    checked_on: date | None = None


class TextPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text as somebody wrote it. Whether it is outdated is not kept: it follows from `source_hash`."""

    text: str
    state: Literal["machine", "draft", "reviewed"]
    source_hash: str
    reviewed: Reviewed | None = None


Part = About | Order | StepPart | FieldPart | TextPart
Parts = dict[str, dict[str, Part]]
"""By language (`""` the structure) and id."""
Sounds = Mapping[Name, Sound]


def part_type(name: Name) -> type[Part] | None:
    """What a part of this name holds; None when there is no such part."""
    language, part = name
    if language != STRUCTURE:
        return TextPart
    if part in {"about", "order"}:
        return About if part == "about" else Order
    if part.startswith("step."):
        return StepPart
    return FieldPart if part.startswith("field.") else None


def written(part: Part) -> bytes:
    """A part as JSON; the same content gives the same bytes."""
    return msgspec.json.encode(part, order="sorted")


def read_part(name: Name, content: str | bytes | Mapping[str, Any]) -> Part:
    """A part from JSON or from plain values. Raises ValueError with the place when it does not fit."""
    kind = part_type(name)
    if kind is None:
        raise ValueError(f"{name[1]} is no part of a guide")
    try:
        if isinstance(content, str | bytes):
            found: Part = msgspec.json.decode(content, type=kind)
        else:
            found = msgspec.convert(dict(content), type=kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    return tidied(found)


def tidied(part: Part) -> Part:
    """A part with its words in the form in which they are compared."""
    if isinstance(part, TextPart):
        return msgspec.structs.replace(part, text=tidy(part.text))
    if isinstance(part, FieldPart):
        return msgspec.structs.replace(part, value=tidy(part.value), source=part.source or None)
    return part


def revision(part: Part | None) -> str:
    """What names a content: a save says which one it saw. Empty for none."""
    return "" if part is None else hashlib.sha256(written(part)).hexdigest()[:16]


def revision_of_all(parts: Parts) -> str:
    """The revision of a whole working copy: what a publication says that it saw."""
    digest = hashlib.sha256()
    for language in sorted(parts):
        for part in sorted(parts[language]):
            digest.update(f"{language}|{part}|{revision(parts[language][part])}\n".encode())
    return digest.hexdigest()[:16]


class Change(msgspec.Struct, frozen=True):
    """One part as an organisation has it: `content` None is *taken out*; `base` is what was shipped at that time."""

    language: str
    part: str
    content: Part | None
    base: Part | None


def laid_over(shipped: Parts, changes: Iterable[Change]) -> Parts:
    """The working copy: what is shipped, with an organisation's changes over it."""
    found: Parts = {language: dict(parts) for language, parts in shipped.items()}
    reordered: Change | None = None
    for change in changes:
        of_language = found.setdefault(change.language, {})
        if change.content is None:
            of_language.pop(change.part, None)
        else:
            of_language[change.part] = change.content
        if isinstance(change.content, Order):
            reordered = change
    if reordered is not None and isinstance(reordered.content, Order):
        ours = shipped.get(STRUCTURE, {}).get("order")
        steps = {name.removeprefix("step.") for name in found[STRUCTURE] if name.startswith("step.")}
        found[STRUCTURE]["order"] = merged_order(
            reordered.base if isinstance(reordered.base, Order) else None,
            ours if isinstance(ours, Order) else None,
            reordered.content,
            steps,
        )
    return found


def merged_order(base: Order | None, shipped: Order | None, own: Order, steps: set[str]) -> Order:
    """An organisation's order with the steps that the package brought since, and without those that are gone.

    A new step comes behind the one that it follows in the package, or at the head of its section.
    """
    found = {section.id: [step for step in section.steps if step in steps] for section in own.sections}
    placed = {step for ids in found.values() for step in ids}
    before = {step for section in (base.sections if base else ()) for step in section.steps}
    for section in shipped.sections if shipped else ():
        last: str | None = None
        for step in section.steps:
            if step in steps - placed - before:
                into = next((ids for ids in found.values() if last in ids), None)
                into = found.setdefault(section.id, []) if into is None else into
                into.insert(into.index(last) + 1 if last is not None and last in into else 0, step)
                placed.add(step)
            last = step if step in placed else last
    return Order(tuple(SectionOrder(section, tuple(ids)) for section, ids in found.items()))


def is_news(change: Change, shipped: Parts) -> bool:
    """Whether the package now ships something else than what the organisation changed then."""
    return shipped.get(change.language, {}).get(change.part) != change.base


def structure(parts: Parts) -> tuple[Section, ...]:
    """The sections with their steps. Raises KeyError when the order names a step that is not there."""
    order, own = parts[STRUCTURE]["order"], parts[STRUCTURE]
    assert isinstance(order, Order)
    return tuple(
        Section(section.id, tuple(_step(step, own[f"step.{step}"]) for step in section.steps))
        for section in order.sections
    )


def _step(step_id: str, part: Part) -> Step:
    assert isinstance(part, StepPart)
    return Step(step_id, part.kind, part.signs, part.bring, part.deadline, part.fields, part.subthemes)


def fields(parts: Parts) -> dict[str, FieldPart]:
    """The fields by id."""
    found = {name.removeprefix("field."): part for name, part in parts[STRUCTURE].items() if name[:6] == "field."}
    return {name: part for name, part in found.items() if isinstance(part, FieldPart)}


def texts(parts: Parts, language: str) -> dict[str, TextPart]:
    """The texts of a language by message, whether the guide still has that message or not."""
    return {name: part for name, part in parts.get(language, {}).items() if isinstance(part, TextPart)}


def is_outdated(text: TextPart, source: TextPart | None) -> bool:
    """THE rule: a text is outdated when the source text is no longer the one it was made from. No clock is asked."""
    return source is not None and text.source_hash != text_hash(source.text)


def as_document(
    head: tuple[str, str, str], parts: Parts, sounds: Sounds, version: int, published_at: datetime
) -> Guide:
    """The document of a working copy. `head` is (code, jurisdiction, source language); the copy has been checked."""
    code, jurisdiction, source = head
    about, sections = parts[STRUCTURE]["about"], structure(parts)
    assert isinstance(about, About)
    wanted, sources = list(message_ids(sections)), texts(parts, source)
    used = {field for section in sections for step in section.steps for field in step.fields}
    written_in = sorted(language for language in parts if language != STRUCTURE)
    by_language = {
        language: {
            message: _text(own[message], sources.get(message), sounds.get((language, message)))
            for own in [texts(parts, language)]
            for message in wanted
            if message in own
        }
        for language in written_in
    }
    return Guide(
        code=code,
        jurisdiction=jurisdiction,
        source=source,
        version=version,
        published_at=published_at,
        valid_as_of=about.valid_as_of,
        check_again_by=about.check_again_by,
        sections=sections,
        fields={
            name: Field(part.kind, part.value, part.scope, part.source, part.checked_on)
            for name, part in fields(parts).items()
            if name in used
        },
        texts={language: found for language, found in by_language.items() if found},
    )


def _text(part: TextPart, source: TextPart | None, sound: Sound | None) -> Text:
    outdated = is_outdated(part, source)
    fits = sound is not None and sound.hash == text_hash(part.text)
    return Text(
        part.text,
        "outdated" if outdated else part.state,
        part.source_hash,
        part.reviewed if part.state == "reviewed" else None,
        sound if fits else None,
    )
