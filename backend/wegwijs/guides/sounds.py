"""Which sound belongs to which text: recordings of persons, computer voices, and what a version may offer.

A sound belongs to the hash of a text. When the text changes, the sound is no longer offered; when the text comes back,
so does its sound.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from wegwijs.catalogue.service import languages
from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import check_part, errors
from wegwijs.guides.document import Reviewed, Sound, message_ids, text_hash, tidy
from wegwijs.guides.parts import STRUCTURE, Name, TextPart, structure, texts
from wegwijs.guides.sound import Encoded, has_computer_voice
from wegwijs.guides.store import Stored, known_to, load
from wegwijs.guides.text_schemas import Recording, SoundMade, Voice, Voices
from wegwijs.people.access import Actor

_FACTS = "language, message, text_hash, voice, speaker, opus_name, mp3_name"


async def current_sounds(tx: Transaction, guide: Stored) -> dict[Name, Sound]:
    """For each text that has one: the sound of exactly this text; a person's voice before a computer's."""
    rows = await tx.fetch(
        f"SELECT {_FACTS} FROM guide_sound WHERE guide = ? ORDER BY voice, created_at",  # noqa: S608 (fixed)
        guide.id,
    )
    found: dict[Name, Sound] = {}
    for row in rows:
        name = (row["language"], row["message"])
        part = guide.part(name)
        # Ordered by voice, "computer" comes first: a person's recording replaces it, and a later one an earlier.
        if isinstance(part, TextPart) and row["text_hash"] == text_hash(part.text):
            found[name] = Sound(row["opus_name"], row["mp3_name"], row["text_hash"], row["voice"], row["speaker"])
    return found


async def add_recording(tx: Transaction, actor: Actor, code: str, told: Recording, sound: Encoded) -> SoundMade:
    """Keep a person's recording. Raises Problem `no_consent`, `guide_changed`, `not_found`, `guide_invalid`."""
    if not told.consent:
        raise Problem("no_consent")
    guide = await load(tx, actor.organisation, code)
    part = guide.part((told.language, told.message))
    if not isinstance(part, TextPart):
        raise Problem("not_found")
    if text_hash(part.text) != told.hash:
        raise Problem("guide_changed", current={"content": msgspec.to_builtins(part)})
    speaker = tidy(told.speaker) or None
    if speaker is not None:
        # The speaker's name is shown to readers, so it is held to what their texts are.
        named = TextPart("x", "draft", "", Reviewed(speaker, now().date()))
        known = await known_to(tx, actor.organisation)
        if found := errors(check_part((told.language, told.message), named, known)):
            raise Problem("guide_invalid", findings=[msgspec.to_builtins(one) for one in found])
    await keep_sound(tx, guide, (told.language, told.message), sound, (told.hash, "person", speaker), actor.membership)
    return SoundMade(opus=sound.opus_name, mp3=sound.mp3_name, hash=told.hash, seconds=round(sound.seconds, 1))


async def keep_sound(
    tx: Transaction, guide: Stored, name: Name, sound: Encoded, facts: tuple[str, str, str | None], by: UUID | None
) -> None:
    """Store a sound. `facts` are the hash of its text, person or computer, and the speaker."""
    await tx.execute(
        f"INSERT INTO guide_sound (id, organisation, guide, {_FACTS}, seconds, opus, mp3, made_by, created_at) "  # noqa: S608
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        uuid4(),
        guide.organisation,
        guide.id,
        *name,
        *facts,
        sound.opus_name,
        sound.mp3_name,
        sound.seconds,
        sound.opus,
        sound.mp3,
        by,
        now(),
    )


async def withdraw_recordings(tx: Transaction, actor: Actor, code: str, language: str, message: str) -> None:
    """Forget every recording by a person of a message: their voice is theirs. Published versions then have no sound."""
    guide = await load(tx, actor.organisation, code, for_update=True)
    await tx.execute(
        "DELETE FROM guide_sound WHERE guide = ? AND language = ? AND message = ? AND voice = 'person'",
        guide.id,
        language,
        message,
    )


async def sound_file(tx: Transaction, name: str) -> tuple[bytes, str] | None:
    """The content and media type of a sound by its file name, or None. Names are hashes: nobody can guess one."""
    column, media_type = ("opus", "audio/ogg") if name.endswith(".opus") else ("mp3", "audio/mpeg")
    row = await tx.fetch_one(f"SELECT {column} AS body FROM guide_sound WHERE {column}_name = ?", name)  # noqa: S608
    return None if row is None else (bytes(row["body"]), media_type)


async def list_voices(tx: Transaction, organisation: UUID) -> Voices:
    """The languages in which a computer could read aloud, and whether it may here."""
    facts = await languages(tx, organisation)
    rows = await tx.fetch("SELECT language, allowed FROM guide_voice WHERE organisation = ?", organisation)
    decided = {row["language"]: bool(row["allowed"]) for row in rows}
    return Voices(
        installed=has_computer_voice(),
        voices=[
            Voice(language=code, rule=fact.voice_rule, allowed=decided.get(code, fact.voice_rule == "on"))
            for code, fact in facts.items()
            if fact.voice_rule != "never"
        ],
    )


async def allow_voice(tx: Transaction, actor: Actor, language: str, allowed: bool) -> None:
    """Let a computer read a language aloud, or not. Raises Problem `no_computer_voice` where none speaks it."""
    fact = (await languages(tx, actor.organisation)).get(language)
    if fact is None or fact.voice_rule == "never":
        raise Problem("no_computer_voice", "No computer voice speaks this language; a sister language's gives rubbish.")
    await tx.execute(
        "INSERT INTO guide_voice (id, organisation, language, allowed, decided_by, decided_at) "
        "VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (organisation, language) DO UPDATE SET allowed = excluded.allowed, "
        "decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        uuid4(),
        actor.organisation,
        language,
        allowed,
        actor.membership,
        now(),
    )


class ToSpeak(msgspec.Struct, frozen=True):
    """A text that has no sound yet, and the voice for it."""

    name: Name
    text: str
    voice: str


async def without_sound(tx: Transaction, organisation: UUID, code: str, language: str) -> list[ToSpeak]:
    """The texts of a language that a computer may and should read aloud. Raises Problem `no_computer_voice`."""
    fact = (await languages(tx, organisation)).get(language)
    allowed = {voice.language for voice in (await list_voices(tx, organisation)).voices if voice.allowed}
    if fact is None or language not in allowed:
        raise Problem("no_computer_voice", "A computer voice is not allowed for this language here.")
    guide = await load(tx, organisation, code)
    have, own = await current_sounds(tx, guide), texts(guide.parts, language)
    wanted = [message for message in message_ids(structure(guide.parts)) if message in own]
    return [
        ToSpeak((language, message), own[message].text, fact.voice)
        for message in wanted
        if (language, message) not in have
    ]


async def keep_spoken(
    tx: Transaction, organisation: UUID, code: str, spoken: Iterable[tuple[ToSpeak, Encoded]]
) -> None:
    """Store what a computer read aloud."""
    guide = await load(tx, organisation, code)
    for one, sound in spoken:
        await keep_sound(tx, guide, one.name, sound, (text_hash(one.text), "computer", None), None)


def spoken_languages(guide: Stored) -> list[str]:
    """The languages in which a guide has texts."""
    return [language for language in sorted(guide.parts) if language != STRUCTURE and guide.parts[language]]
