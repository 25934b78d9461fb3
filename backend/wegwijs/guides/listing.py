"""The list of guides as the editor sees it: versions, states by language, what is due."""

from collections import Counter
from uuid import UUID

from wegwijs.foundation.clock import local_day, now
from wegwijs.foundation.database import Transaction
from wegwijs.guides.document import message_ids
from wegwijs.guides.parts import STRUCTURE, About, Parts, is_outdated, structure, texts
from wegwijs.guides.schemas import GuideLine, Guides
from wegwijs.guides.store import Stored, codes_of, latest_version, load


async def list_guides(tx: Transaction, organisation: UUID, time_zone: str) -> Guides:
    """Every guide, with what its editor must know at a glance."""
    codes = await codes_of(tx, organisation)
    return Guides([await _line(tx, await load(tx, organisation, code), time_zone) for code in codes])


async def _line(tx: Transaction, guide: Stored, time_zone: str) -> GuideLine:
    about, latest = guide.part((STRUCTURE, "about")), await latest_version(tx, guide.id)
    assert isinstance(about, About)
    clashes = await tx.fetch_one(
        "SELECT count(*) AS count FROM guide_clash WHERE guide = ? AND settled_at IS NULL", guide.id
    )
    return GuideLine(
        code=guide.code,
        jurisdiction=guide.jurisdiction,
        source=guide.source,
        title={language: texts(guide.parts, language)["title"].text for language in titled(guide.parts)},
        version=latest["version"] if latest else None,
        published_at=latest["published_at"] if latest else None,
        valid_as_of=about.valid_as_of,
        check_again_by=about.check_again_by,
        overdue=about.check_again_by < local_day(now(), time_zone),
        unpublished=latest is None or latest["draft_revision"] != guide.revision,
        clashes=clashes["count"] if clashes else 0,
        states=states(guide.parts, guide.source),
    )


def titled(parts: Parts) -> list[str]:
    """The languages in which a guide has a title."""
    return [language for language in sorted(parts) if "title" in texts(parts, language)]


def states(parts: Parts, source: str) -> dict[str, dict[str, int]]:
    """By language: how many messages are missing, machine, draft, reviewed, outdated."""
    wanted, sources = list(message_ids(structure(parts))), texts(parts, source)
    found: dict[str, dict[str, int]] = {}
    for language in sorted(parts):
        if language != STRUCTURE:
            own = texts(parts, language)
            found[language] = dict(
                Counter(
                    "missing"
                    if message not in own
                    else "outdated"
                    if is_outdated(own[message], sources.get(message))
                    else own[message].state
                    for message in wanted
                )
            )
    return found
