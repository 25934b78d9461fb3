"""Texts checked by those who speak the language: workers on their phones say *right*, or write a better sentence.

An answer names the text and the source that were seen. It carries the device's own id, so that a phone without a
network hands it in later, as often as it likes. Supervisors take answers over or decline them; what readers see then
says when and in what capacity a text was found right, and never who.
"""

from collections.abc import Sequence

import msgspec

from wegwijs.foundation.clock import local_day, now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import Finding, Known, check_part, errors
from wegwijs.guides.document import Reviewed, message_ids, text_hash, tidy
from wegwijs.guides.editing import invalid, keep_clash
from wegwijs.guides.parts import TextPart, is_outdated, revision, structure, texts
from wegwijs.guides.sounds import current_sounds
from wegwijs.guides.store import Stored, known_to, load, write_change
from wegwijs.guides.text_schemas import (
    Answer,
    AnswerResult,
    Answers,
    SettleSuggestion,
    Suggestion,
    Suggestions,
    ToCheck,
    ToCheckText,
)
from wegwijs.people.access import Actor

MOST_ANSWERS = 200


async def texts_to_check(tx: Transaction, actor: Actor, code: str, language: str) -> ToCheck:
    """Every text of a guide in a language beside its source, in reading order. Raises Problem `no_such_guide`."""
    guide = await load(tx, actor.organisation, code)
    own, sources, sounds = (
        texts(guide.parts, language),
        texts(guide.parts, guide.source),
        await current_sounds(tx, guide),
    )
    rows = await tx.fetch(
        "SELECT message, text_hash FROM guide_answer WHERE guide = ? AND language = ? AND answered_by = ?",
        guide.id,
        language,
        actor.membership,
    )
    answered = {(row["message"], row["text_hash"]) for row in rows}
    wanted = [message for message in message_ids(structure(guide.parts)) if message in sources]
    return ToCheck(
        code=code,
        language=language,
        source=guide.source,
        texts=[
            _to_check(message, sources[message], own.get(message), answered, sounds.get((language, message)))
            for message in wanted
        ],
    )


def _to_check(
    message: str, source: TextPart, own: TextPart | None, answered: set[tuple[str, str]], sound: object
) -> ToCheckText:
    digest = text_hash(own.text) if own else ""
    return msgspec.convert(
        {
            "message": message,
            "source": source.text,
            "source_hash": text_hash(source.text),
            "text": own.text if own else None,
            "text_hash": digest,
            "state": "missing" if own is None else "outdated" if is_outdated(own, source) else own.state,
            "sound": sound,
            "answered": (message, digest) in answered,
        },
        ToCheckText,
    )


async def take_answers(tx: Transaction, actor: Actor, answers: Sequence[Answer]) -> Answers:
    """Keep answers, one result each: a wrong one stops no other. An id that came before is not looked at again."""
    if len(answers) > MOST_ANSWERS:
        raise Problem("too_large", f"At most {MOST_ANSWERS} answers at once.")
    known, guides, results = await known_to(tx, actor.organisation), {}, []
    for answer in answers:
        if answer.guide not in guides:
            guides[answer.guide] = await _load(tx, actor, answer.guide)
        results.append(await _take(tx, actor, guides[answer.guide], known, answer))
    return Answers(results)


async def _load(tx: Transaction, actor: Actor, code: str) -> Stored | None:
    try:
        return await load(tx, actor.organisation, code)
    except Problem:
        return None


async def _take(tx: Transaction, actor: Actor, guide: Stored | None, known: Known, answer: Answer) -> AnswerResult:
    if guide is None or answer.message not in texts(guide.parts, guide.source):
        message = "there is no such guide, or no such text in it"
        return AnswerResult(answer.id, "refused", [Finding(level="error", code="no_message", message=message)])
    better = None if answer.better is None else tidy(answer.better)
    judged = TextPart("x" if better is None else better, "reviewed", "", Reviewed(tidy(answer.capacity), now().date()))
    if found := errors(check_part((answer.language, answer.message), judged, known)):
        return AnswerResult(answer.id, "refused", found)
    if better is None and not answer.text_hash:
        message = "there is no text yet that could be right"
        return AnswerResult(answer.id, "refused", [Finding(level="error", code="no_text", message=message)])
    written = await tx.execute(
        "INSERT INTO guide_answer "
        "(id, organisation, guide, language, message, text_hash, source_hash, better, capacity, answered_by, "
        " answered_at, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open') ON CONFLICT (id) DO NOTHING",
        answer.id,
        actor.organisation,
        guide.id,
        answer.language,
        answer.message,
        answer.text_hash,
        answer.source_hash,
        better,
        tidy(answer.capacity),
        actor.membership,
        now(),
    )
    if written:
        return AnswerResult(answer.id, "taken", [])
    there = await tx.fetch_one("SELECT answered_by FROM guide_answer WHERE id = ?", answer.id)
    mine = there is not None and there["answered_by"] == actor.membership
    message = "the id of the answer is taken; make another"
    taken = [] if mine else [Finding(level="error", code="id_taken", message=message)]
    return AnswerResult(answer.id, "duplicate" if mine else "refused", taken)


async def list_suggestions(tx: Transaction, actor: Actor, code: str) -> Suggestions:
    """Open answers, with what stands there now. `fits`: the text is still the one that was judged."""
    guide = await load(tx, actor.organisation, code)
    rows = await tx.fetch(
        "SELECT a.*, p.display_name FROM guide_answer a LEFT JOIN membership m ON m.id = a.answered_by "
        "LEFT JOIN person p ON p.id = m.person WHERE a.guide = ? AND a.status = 'open' ORDER BY a.answered_at, a.id",
        guide.id,
    )
    sources, found = texts(guide.parts, guide.source), []
    for row in rows:
        source, current = sources.get(row["message"]), texts(guide.parts, row["language"]).get(row["message"])
        digest = text_hash(current.text) if current else ""
        found.append(
            Suggestion(
                id=row["id"],
                language=row["language"],
                message=row["message"],
                source=source.text if source else None,
                text=current.text if current else None,
                better=row["better"],
                fits=digest == row["text_hash"] and source is not None and text_hash(source.text) == row["source_hash"],
                seen=revision(current),
                capacity=row["capacity"],
                answered_by=row["display_name"] or "",
                answered_at=row["answered_at"],
            )
        )
    return Suggestions(found)


async def settle_suggestion(tx: Transaction, actor: Actor, code: str, chosen: SettleSuggestion) -> None:
    """Take an answer over, or decline it.

    A sentence that changed meanwhile stays, and the better one is kept beside it as a clash. *Right* about another text
    than the present one cannot be taken over: Problem `guide_changed`. Raises also `not_found`, `already_chosen`.
    """
    guide = await load(tx, actor.organisation, code, for_update=True)
    row = await tx.fetch_one("SELECT * FROM guide_answer WHERE guide = ? AND id = ?", guide.id, chosen.suggestion)
    if row is None:
        raise Problem("not_found")
    if row["status"] != "open":
        raise Problem("already_chosen")
    if chosen.take:
        name = (row["language"], row["message"])
        current = guide.part(name)
        is_that = isinstance(current, TextPart) and text_hash(current.text) == row["text_hash"]
        if row["better"] is None and not is_that:
            raise Problem("guide_changed", current={"revision": revision(current)})
        text = row["better"] or (current.text if isinstance(current, TextPart) else "")
        wanted = TextPart(
            text, "reviewed", row["source_hash"], Reviewed(row["capacity"], local_day(now(), actor.time_zone))
        )
        if name[0] == guide.source:
            wanted = msgspec.structs.replace(wanted, source_hash=text_hash(text))
        if found := errors(check_part(name, wanted, await known_to(tx, actor.organisation))):
            raise invalid(found)
        if revision(current) == chosen.seen:
            await write_change(tx, guide, name, wanted, actor.membership)
        else:
            await keep_clash(tx, guide, name, wanted, actor.membership)
    await tx.execute(
        "UPDATE guide_answer SET status = ?, settled_by = ?, settled_at = ? WHERE id = ?",
        "taken" if chosen.take else "declined",
        actor.membership,
        now(),
        chosen.suggestion,
    )
