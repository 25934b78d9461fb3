"""From working copy to version: looking at it, comparing it, publishing it, and looking versions up."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import Finding, check_guide, errors, is_identifier
from wegwijs.guides.document import Guide, Sign, decode, encode, message_ids, text_hash
from wegwijs.guides.editing import invalid
from wegwijs.guides.parts import (
    STRUCTURE,
    About,
    Name,
    Order,
    Part,
    SectionOrder,
    StepPart,
    TextPart,
    as_document,
    fields,
    is_news,
    is_outdated,
    revision,
    structure,
    texts,
)
from wegwijs.guides.schemas import (
    ClashView,
    Comparison,
    Difference,
    Draft,
    DraftAbout,
    DraftField,
    DraftOrder,
    DraftStep,
    DraftText,
    NewGuide,
    Version,
    Versions,
)
from wegwijs.guides.shipping import store_version
from wegwijs.guides.sounds import current_sounds
from wegwijs.guides.starter import CODE_LENGTH
from wegwijs.guides.store import Stored, known_to, latest_version, load, write_change
from wegwijs.people.access import Actor

P = TypeVar("P", bound=Part)
# Messages of steps that were taken out stay in the store, for the day the step comes back; the editor need not know.
_NOT_TOLD = {"no_message"}


async def make_guide(tx: Transaction, actor: Actor, new: NewGuide) -> None:
    """A guide of the organisation's own. Raises Problem `guide_exists`, `guide_invalid`."""
    known = await known_to(tx, actor.organisation)
    found = []
    if not is_identifier(new.code) or len(new.code) > CODE_LENGTH:
        found.append(Finding(level="error", code="bad_id", message=f"code: a-z, 0-9 and -, at most {CODE_LENGTH}"))
    if new.source not in known.scripts:
        found.append(Finding(level="error", code="no_language", message=f"{new.source!r} is no language"))
    if found:
        raise invalid(found)
    made = await tx.execute(
        "INSERT INTO guide (id, organisation, code, jurisdiction, source, created_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (organisation, code) DO NOTHING",
        uuid4(),
        actor.organisation,
        new.code,
        actor.country,
        new.source,
        now(),
    )
    if not made:
        raise Problem("guide_exists")
    guide = await load(tx, actor.organisation, new.code)
    parts: dict[Name, Part] = {
        (STRUCTURE, "about"): About(new.valid_as_of, new.check_again_by),
        (STRUCTURE, "order"): Order((SectionOrder("start", ("first",)),)),
        (STRUCTURE, "step.first"): StepPart("info", (Sign("question"),)),
        (new.source, "title"): TextPart(new.title, "draft", text_hash(new.title)),
    }
    for name, part in parts.items():
        await write_change(tx, guide, name, part, actor.membership)


async def read_draft(tx: Transaction, organisation: UUID, code: str) -> Draft:
    """The working copy with everything its editor must know."""
    guide = await load(tx, organisation, code)
    latest, sections, sources = (
        await latest_version(tx, guide.id),
        structure(guide.parts),
        texts(guide.parts, guide.source),
    )
    views, sounds = _Views(guide), await current_sounds(tx, guide)
    clashes = await _clashes(tx, guide)
    return Draft(
        code=code,
        jurisdiction=guide.jurisdiction,
        source=guide.source,
        revision=guide.revision,
        version=latest["version"] if latest else None,
        unpublished=latest is None or latest["draft_revision"] != guide.revision,
        about=DraftAbout(**views.of((STRUCTURE, "about"))),
        order=DraftOrder(**views.of((STRUCTURE, "order"))),
        steps={
            step.id: DraftStep(**views.of((STRUCTURE, f"step.{step.id}"))) for one in sections for step in one.steps
        },
        fields={name: DraftField(**views.of((STRUCTURE, f"field.{name}"))) for name in fields(guide.parts)},
        messages=list(message_ids(sections)),
        source_hashes={message: text_hash(part.text) for message, part in sources.items()},
        texts={
            language: {
                message: DraftText(
                    **views.of((language, message)),
                    sound=sounds.get((language, message)),
                    state="outdated" if is_outdated(part, sources.get(message)) else part.state,
                )
                for message, part in texts(guide.parts, language).items()
            }
            for language in sorted(guide.parts)
            if language != STRUCTURE
        },
        clashes=clashes,
        findings=await _findings(tx, guide, len(clashes)),
    )


class _Views:
    """What the editor sees of each part beside its content."""

    def __init__(self, guide: Stored) -> None:
        self._guide = guide

    def of(self, name: Name) -> dict[str, Any]:
        change, content = self._guide.changes.get(name), self._guide.part(name)
        ours = self._guide.shipped.get(name[0], {}).get(name[1])
        news = ours if change is not None and is_news(change, self._guide.shipped) else None
        return {"content": content, "revision": revision(content), "own": change is not None, "news": news}


async def _clashes(tx: Transaction, guide: Stored) -> list[ClashView]:
    rows = await tx.fetch(
        "SELECT c.*, p.display_name AS mine_name, q.display_name AS theirs_name FROM guide_clash c "
        "LEFT JOIN membership m ON m.id = c.mine_by LEFT JOIN person p ON p.id = m.person "
        "LEFT JOIN membership n ON n.id = c.theirs_by LEFT JOIN person q ON q.id = n.person "
        "WHERE c.guide = ? AND c.settled_at IS NULL ORDER BY c.created_at, c.id",
        guide.id,
    )
    return [
        ClashView(
            id=row["id"],
            language=row["language"],
            part=row["part"],
            mine=None if row["mine"] is None else msgspec.json.decode(row["mine"]),
            theirs=None if row["theirs"] is None else msgspec.json.decode(row["theirs"]),
            mine_by=row["mine_name"] or "",
            theirs_by=row["theirs_name"],
            created_at=row["created_at"],
        )
        for row in rows
    ]


async def _findings(tx: Transaction, guide: Stored, clashes: int) -> list[Finding]:
    known = await known_to(tx, guide.organisation)
    found = [one for one in check_guide(guide.source, guide.parts, known) if one.code not in _NOT_TOLD]
    if clashes:
        message = "two people changed the same part: choose one, or merge both"
        found.insert(0, Finding(level="error", code="clash", message=message))
    return found


async def publish(tx: Transaction, actor: Actor, code: str, seen: str) -> Version:
    """Make the working copy the next version. Raises Problem `guide_changed`, `guide_invalid`, `nothing_new`."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    if guide.revision != seen:
        raise Problem("guide_changed", current={"revision": guide.revision})
    found = await _findings(tx, guide, len(await _clashes(tx, guide)))
    if errors(found):
        raise invalid(found)
    latest, sounds = await latest_version(tx, guide.id), await current_sounds(tx, guide)
    version, instant = latest["version"] + 1 if latest else 1, now().replace(microsecond=0)
    document = as_document(guide.head, guide.parts, sounds, version, instant)
    if latest is not None and _says_the_same(document, decode(latest["document"])):
        raise Problem("nothing_new")
    digest = await store_version(tx, guide.as_version(version), encode(document), actor.membership)
    return Version(version=version, digest=digest, published_at=instant, published_by=None)


async def publish_spoken(tx: Transaction, organisation: UUID, code: str) -> bool:
    """Publish a guide that is as it was shipped with the sounds that were made since; True when that was done.

    A guide that somebody edited or published waits for its supervisor.
    """
    guide = await load(tx, organisation, code, for_update=True)
    latest, sounds = await latest_version(tx, guide.id), await current_sounds(tx, guide)
    if guide.changes or latest is None or latest["published_by"] is not None:
        return False
    instant = now().replace(microsecond=0)
    version = latest["version"] + 1
    document = as_document(guide.head, guide.parts, sounds, version, instant)
    if _says_the_same(document, decode(latest["document"])):
        return False
    await store_version(tx, guide.as_version(version), encode(document), None)
    return True


def _says_the_same(one: Guide, other: Guide) -> bool:
    return one == msgspec.structs.replace(other, version=one.version, published_at=one.published_at)


async def compare(tx: Transaction, organisation: UUID, code: str) -> Comparison:
    """What the next version would change, part by part."""
    guide = await load(tx, organisation, code)
    latest, sounds = await latest_version(tx, guide.id), await current_sounds(tx, guide)
    before = _flat(decode(latest["document"])) if latest else {}
    after = _flat(as_document(guide.head, guide.parts, sounds, 0, now()))
    differences = [
        Difference(language=name[0], part=name[1], before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    return Comparison(version=latest["version"] if latest else None, differences=differences)


def _flat(guide: Guide) -> dict[Name, dict[str, Any]]:
    """A document by the parts it is made of."""
    order = [{"id": section.id, "steps": [step.id for step in section.steps]} for section in guide.sections]
    about = {"valid_as_of": guide.valid_as_of, "check_again_by": guide.check_again_by}
    found: dict[Name, Any] = {(STRUCTURE, "about"): about, (STRUCTURE, "order"): {"sections": order}}
    found |= {(STRUCTURE, f"step.{step.id}"): step for step in guide.steps}
    found |= {(STRUCTURE, f"field.{name}"): field for name, field in guide.fields.items()}
    found |= {(language, message): text for language, own in guide.texts.items() for message, text in own.items()}
    return {name: msgspec.to_builtins(content) for name, content in found.items()}


async def list_versions(tx: Transaction, organisation: UUID, code: str) -> Versions:
    """All versions of a guide, the latest first."""
    guide = await load(tx, organisation, code)
    rows = await tx.fetch(
        "SELECT v.version, v.digest, v.published_at, p.display_name FROM guide_version v "
        "LEFT JOIN membership m ON m.id = v.published_by LEFT JOIN person p ON p.id = m.person "
        "WHERE v.guide = ? ORDER BY v.version DESC",
        guide.id,
    )
    return Versions(
        [
            Version(
                version=row["version"],
                digest=row["digest"],
                published_at=row["published_at"],
                published_by=row["display_name"],
            )
            for row in rows
        ]
    )
