"""What authors and operators do with guides on the command line: check and stamp files, let a computer read aloud."""

from pathlib import Path
from uuid import UUID

from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides.check import errors
from wegwijs.guides.publishing import publish_spoken
from wegwijs.guides.sound import speak
from wegwijs.guides.sounds import keep_spoken, list_voices, spoken_languages, without_sound
from wegwijs.guides.starter import StarterInvalid, folders, read_starter, stamp
from wegwijs.guides.store import codes_of, known_as_shipped, load


def check_files(folder: Path) -> tuple[list[str], bool]:
    """Judge every guide below a folder; returns lines for people and whether all may be shipped."""
    found, lines = [], []
    places = folders(folder)
    if not places:
        return [f"{folder}: there is no guide.toml below it"], False
    for place in places:
        try:
            starter, warnings = read_starter(place, known_as_shipped())
            written = {language: len(own) for language, own in starter.parts.items() if language}
            lines.append(f"{place}: {', '.join(f'{language} {count}' for language, count in sorted(written.items()))}")
            found += warnings
        except StarterInvalid as invalid:
            found += invalid.findings
    lines += [str(finding) for finding in found]
    return lines, not errors(found)


def stamp_file(path: Path, messages: list[str]) -> list[str]:
    """Write the stamps that a text file lacks, and renew those of `messages`; returns lines for people.

    Raises StarterInvalid.
    """
    stamped = stamp(path, messages)
    return [f"{path}: stamped {message}" for message in stamped] or [f"{path}: nothing to stamp"]


async def make_voices(db: Database, organisation: UUID) -> list[str]:
    """Let the computer read aloud whatever may be and has no sound; a guide that is as shipped is published with it.

    Raises Problem `no_computer_voice` when espeak-ng is missing.
    """
    async with db.read() as tx:
        voices = await list_voices(tx, organisation)
        guides = [await load(tx, organisation, code) for code in await codes_of(tx, organisation)]
    if not voices.installed:
        raise Problem("no_computer_voice", "espeak-ng is not installed; as root: apt-get install espeak-ng")
    allowed, lines = {voice.language for voice in voices.voices if voice.allowed}, []
    for guide in guides:
        for language in allowed & set(spoken_languages(guide)):
            lines.append(f"{guide.code} {language}: {await _speak(db, organisation, guide.code, language)} texts")

        async def publish(tx: Transaction, code: str = guide.code) -> bool:
            return await publish_spoken(tx, organisation, code)

        if await db.run_write(publish):
            lines.append(f"{guide.code}: published with them")
    return sorted(lines)


async def _speak(db: Database, organisation: UUID, code: str, language: str) -> int:
    async with db.read() as tx:
        wanted = await without_sound(tx, organisation, code, language)
    spoken = [(one, speak(one.text, one.voice)) for one in wanted]

    async def work(tx: Transaction) -> None:
        await keep_spoken(tx, organisation, code, spoken)

    await db.run_write(work)
    return len(spoken)
