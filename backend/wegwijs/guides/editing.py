"""Changing the working copy of a guide. Two people at one sentence is a clash that both see, and never a loss.

A save names the revision of each part that it saw. What stands there meanwhile stays; the later text is kept beside it
until somebody chooses one or merges both. A save is taken over as a whole or, when a part of it is not valid, not at
all.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.clock import local_day, now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import Finding, Known, check_part, errors, is_identifier
from wegwijs.guides.document import text_hash
from wegwijs.guides.parts import STRUCTURE, Name, Order, Part, SectionOrder, StepPart, TextPart, read_part, revision
from wegwijs.guides.schemas import AddStep, MoveStep, PartChange, PartResult, RemoveStep, Saved, Settle, SettleNews
from wegwijs.guides.store import Stored, json_or_none, known_to, load, write_change
from wegwijs.people.access import Actor

MOST_CHANGES = 500


async def save(tx: Transaction, actor: Actor, code: str, changes: Sequence[PartChange]) -> Saved:
    """Take changes over, one result each. Raises Problem `no_such_guide`, `guide_invalid`."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    wanted = _judged(guide, await known_to(tx, actor.organisation), changes, local_day(now(), actor.time_zone))
    results = [await _save_one(tx, guide, actor.membership, change, wanted[change.name]) for change in changes]
    after = await load(tx, actor.organisation, code)
    return Saved(results=results, revision=after.revision)


def _judged(guide: Stored, known: Known, changes: Sequence[PartChange], today: date) -> dict[Name, Part | None]:
    """What each part shall be. Raises Problem `guide_invalid` with every place that cannot be."""
    found: list[Finding] = []
    wanted: dict[Name, Part | None] = {}
    if len(changes) > MOST_CHANGES:
        raise invalid([_finding((STRUCTURE, ""), "too_many", f"at most {MOST_CHANGES} changes at once")])
    for change in changes:
        name = change.name
        if name in wanted:
            found.append(_finding(name, "duplicate_id", "is changed twice in one save"))
        try:
            part = None if change.content is None else read_part(name, change.content)
        except ValueError as error:
            found.append(_finding(name, "bad_content", str(error)))
            continue
        wanted[name] = _completed(guide, name, part, today)
        found += _findings_of(guide, known, name, wanted[name])
    if errors(found):
        raise invalid(found)
    return wanted


def _findings_of(guide: Stored, known: Known, name: Name, part: Part | None) -> list[Finding]:
    if part is None:
        if name in {(STRUCTURE, "about"), (STRUCTURE, "order"), (guide.source, "title")}:
            return [_finding(name, "missing", "a guide cannot be without it")]
        placed = name[0] == STRUCTURE and name[1].removeprefix("step.") in placed_steps(guide)
        return [_finding(name, "placed", "take the step out instead")] if placed else []
    if isinstance(part, Order) and sorted(_steps(part)) != sorted(placed_steps(guide)):
        return [_finding(name, "order", "an order has every step of the guide once, and no other")]
    if isinstance(part, StepPart) and name[1].removeprefix("step.") not in placed_steps(guide):
        return [_finding(name, "no_place", "add the step to a section instead")]
    return check_part(name, part, known)


def _completed(guide: Stored, name: Name, part: Part | None, today: date) -> Part | None:
    """A text with what only the server can say: a source text is made from itself, and a review is of today."""
    if not isinstance(part, TextPart):
        return part
    if name[0] == guide.source:
        part = msgspec.structs.replace(part, source_hash=text_hash(part.text))
    if part.state != "reviewed":
        return msgspec.structs.replace(part, reviewed=None)
    if part != guide.part(name) and part.reviewed is not None:
        return msgspec.structs.replace(part, reviewed=msgspec.structs.replace(part.reviewed, on=today))
    return part


async def _save_one(tx: Transaction, guide: Stored, by: UUID, change: PartChange, wanted: Part | None) -> PartResult:
    current = guide.part(change.name)
    if current == wanted:
        return PartResult(change.language, change.part, "same", revision(current))
    if revision(current) == change.seen:
        await write_change(tx, guide, change.name, wanted, by)
        return PartResult(change.language, change.part, "saved", revision(wanted))
    clash = await keep_clash(tx, guide, change.name, wanted, by)
    return PartResult(change.language, change.part, "clash", revision(current), clash)


async def keep_clash(tx: Transaction, guide: Stored, name: Name, mine: Part | None, by: UUID) -> UUID:
    """Keep a text beside the one that stands there; saving the same once more makes no second clash."""
    again = await tx.fetch_one(
        "SELECT id FROM guide_clash WHERE guide = ? AND language = ? AND part = ? AND mine_by = ? "
        "AND settled_at IS NULL AND coalesce(mine, '') = ?",
        guide.id,
        *name,
        by,
        json_or_none(mine) or "",
    )
    if again is not None:
        return UUID(str(again["id"]))
    clash, changed = uuid4(), guide.changed.get(name)
    await tx.execute(
        "INSERT INTO guide_clash "
        "(id, organisation, guide, language, part, mine, theirs, mine_by, theirs_by, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        clash,
        guide.organisation,
        guide.id,
        *name,
        json_or_none(mine),
        json_or_none(guide.part(name)),
        by,
        changed[0] if changed else None,
        now(),
    )
    return clash


async def settle(tx: Transaction, actor: Actor, code: str, chosen: Settle) -> None:
    """Choose one of two texts, or put a third in their place.

    Raises Problem `not_found`, `already_chosen`, `guide_invalid`; `guide_changed` when neither of both stands there
    any more.
    """
    guide = await load(tx, actor.organisation, code, for_update=True)
    row = await tx.fetch_one("SELECT * FROM guide_clash WHERE guide = ? AND id = ?", guide.id, chosen.clash)
    if row is None:
        raise Problem("not_found")
    if row["settled_at"] is not None:
        raise Problem("already_chosen")
    name = (row["language"], row["part"])
    expect(guide, name, chosen.seen)
    if chosen.choice != "theirs":
        content = msgspec.json.decode(row["mine"]) if chosen.choice == "mine" and row["mine"] else chosen.content
        change = PartChange(language=name[0], part=name[1], seen=chosen.seen, content=content)
        await save(tx, actor, code, [change])
    await tx.execute(
        "UPDATE guide_clash SET choice = ?, settled_by = ?, settled_at = ? WHERE id = ?",
        chosen.choice,
        actor.membership,
        now(),
        chosen.clash,
    )


async def settle_news(tx: Transaction, actor: Actor, code: str, chosen: SettleNews) -> None:
    """The package changed a part that the organisation has its own of: take the package's, or keep the own one."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    name = (chosen.language, chosen.part)
    expect(guide, name, chosen.seen)
    if name not in guide.changes:
        raise Problem("already_chosen")
    ours = guide.shipped.get(chosen.language, {}).get(chosen.part)
    if chosen.choice == "shipped":
        await tx.execute("DELETE FROM guide_change WHERE guide = ? AND language = ? AND part = ?", guide.id, *name)
    else:
        await tx.execute(
            "UPDATE guide_change SET base = ? WHERE guide = ? AND language = ? AND part = ?",
            json_or_none(ours),
            guide.id,
            *name,
        )


async def add_step(tx: Transaction, actor: Actor, code: str, new: AddStep) -> Saved:
    """A new step with its sentence in the source language, behind another one or at the head of a section."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    name = (STRUCTURE, f"step.{new.id}")
    if guide.part(name) is not None:
        raise invalid([_finding(name, "duplicate_id", "there is a step of this id")])
    found = [] if is_identifier(new.id) else [_finding(name, "bad_id", "an id is a-z, 0-9 and -, at most 40")]
    text = TextPart(new.text, "draft", text_hash(new.text))
    parts: dict[Name, Part] = {
        name: new.step,
        (STRUCTURE, "order"): _placed(guide, new.id, new.section, new.after),
        (guide.source, f"step.{new.id}"): text,
    }
    known = await known_to(tx, actor.organisation)
    found += [finding for each, part in parts.items() for finding in check_part(each, part, known)]
    if errors(found):
        raise invalid(found)
    return await _written(tx, actor, guide, parts)


async def move_step(tx: Transaction, actor: Actor, code: str, step: str, move: MoveStep) -> Saved:
    """A step to another place. Raises Problem `guide_changed` when it is no longer where the request saw it."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    if step not in placed_steps(guide):
        raise Problem("not_found")
    wanted = _placed(guide, step, move.section, move.after)
    if wanted == guide.part((STRUCTURE, "order")):
        return Saved(results=[], revision=guide.revision)
    if _place_of(guide, step) != (move.seen_section, move.seen_after):
        raise changed_meanwhile(guide, (STRUCTURE, "order"))
    return await _written(tx, actor, guide, {(STRUCTURE, "order"): wanted})


async def remove_step(tx: Transaction, actor: Actor, code: str, step: str, removal: RemoveStep) -> Saved:
    """Take a step out. Raises Problem `guide_changed` when somebody changed it meanwhile: that change is kept."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    if step not in placed_steps(guide):
        raise Problem("not_found")
    expect(guide, (STRUCTURE, f"step.{step}"), removal.seen)
    order = guide.part((STRUCTURE, "order"))
    assert isinstance(order, Order)
    left = Order(tuple(SectionOrder(one.id, tuple(s for s in one.steps if s != step)) for one in order.sections))
    if not _steps(left):
        raise invalid([_finding((STRUCTURE, "order"), "steps", "a guide has at least one step")])
    return await _written(tx, actor, guide, {(STRUCTURE, f"step.{step}"): None, (STRUCTURE, "order"): left})


async def _written(tx: Transaction, actor: Actor, guide: Stored, parts: Mapping[Name, Part | None]) -> Saved:
    for name, part in parts.items():
        await write_change(tx, guide, name, part, actor.membership)
    after = await load(tx, actor.organisation, guide.code)
    results = [PartResult(*name, "saved", revision(after.part(name))) for name in parts]
    return Saved(results=results, revision=after.revision)


def expect(guide: Stored, name: Name, seen: str) -> None:
    """Raises Problem `guide_changed`, with what stands there now, when that is not what the request saw."""
    if revision(guide.part(name)) != seen:
        raise changed_meanwhile(guide, name)


def changed_meanwhile(guide: Stored, name: Name) -> Problem:
    """The problem `guide_changed` with the present content of a part."""
    part = guide.part(name)
    content: Any = None if part is None else msgspec.to_builtins(part)
    return Problem("guide_changed", current={"content": content, "revision": revision(part)})


def invalid(found: Sequence[Finding]) -> Problem:
    """The problem `guide_invalid` with all its places."""
    return Problem("guide_invalid", findings=[msgspec.to_builtins(finding) for finding in found])


def _finding(name: Name, code: str, message: str) -> Finding:
    return Finding(level="error", code=code, message=message, language=name[0], part=name[1])


def _steps(order: Order) -> list[str]:
    return [step for section in order.sections for step in section.steps]


def placed_steps(guide: Stored) -> list[str]:
    """The ids of the steps in their order."""
    order = guide.part((STRUCTURE, "order"))
    return _steps(order) if isinstance(order, Order) else []


def _place_of(guide: Stored, step: str) -> tuple[str, str | None]:
    """The section of a step, and the step before it."""
    order = guide.part((STRUCTURE, "order"))
    assert isinstance(order, Order)
    section = next(one for one in order.sections if step in one.steps)
    at = section.steps.index(step)
    return section.id, section.steps[at - 1] if at else None


def _placed(guide: Stored, step: str, section: str, after: str | None) -> Order:
    """The order with a step in its (new) place. Raises Problem `guide_invalid` when that place does not exist."""
    order = guide.part((STRUCTURE, "order"))
    assert isinstance(order, Order)
    found = {one.id: [each for each in one.steps if each != step] for one in order.sections}
    if section not in found or (after is not None and after not in found[section]):
        raise invalid([_finding((STRUCTURE, "order"), "no_place", "there is no such section, or no such step in it")])
    found[section].insert(0 if after is None else found[section].index(after) + 1, step)
    return Order(tuple(SectionOrder(one, tuple(ids)) for one, ids in found.items()))
