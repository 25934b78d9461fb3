"""Numbers about guides without anybody in them: which step was not understood, how often, in which language.

A number below `FEW` is not told: in a small town "not understood in Ingush in March" can be one family. Nothing is
kept but the number; not the time, not the address, not what was read before.
"""

from collections import defaultdict
from uuid import UUID

from wegwijs.foundation.clock import local_day, now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.guides.schemas import NotUnderstood, StepAnswer, StepsOfSubthemes
from wegwijs.guides.versions import published_guide, published_guides

FEW = 5


async def count_not_understood(tx: Transaction, organisation: UUID, guide: str, step: str, language: str) -> bool:
    """Count one "I don't understand". False, and nothing counted, for a step or language that is not published.

    Only published steps and languages can be counted, so that nobody fills the table with names of their own.
    """
    row = await tx.fetch_one("SELECT time_zone FROM organisation WHERE id = ?", organisation)
    if row is None or not await _is_published(tx, organisation, guide, step, language):
        return False
    month = local_day(now(), row["time_zone"]).isoformat()[:7]
    await tx.execute(
        "INSERT INTO guide_not_understood (id, organisation, guide, step, language, month, marks) "
        "VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (organisation, guide, step, language, month) "
        "DO UPDATE SET marks = guide_not_understood.marks + 1",
        uuid4(),
        organisation,
        guide,
        step,
        language,
        month,
    )
    return True


async def _is_published(tx: Transaction, organisation: UUID, code: str, step: str, language: str) -> bool:
    guide = await published_guide(tx, organisation, code)
    return guide is not None and language in guide.texts and any(one.id == step for one in guide.steps)


async def not_understood(tx: Transaction, organisation: UUID) -> list[NotUnderstood]:
    """By guide, step and language over all months, the most first; `count` is null where it is below `FEW`."""
    rows = await tx.fetch(
        "SELECT guide, step, language, sum(marks) AS marks FROM guide_not_understood WHERE organisation = ? "
        "GROUP BY guide, step, language ORDER BY sum(marks) DESC, guide, step, language",
        organisation,
    )
    return [
        NotUnderstood(
            guide=row["guide"],
            step=row["step"],
            language=row["language"],
            count=int(row["marks"]) if row["marks"] >= FEW else None,
        )
        for row in rows
    ]


async def steps_of_subthemes(tx: Transaction, organisation: UUID, subtheme: str | None) -> StepsOfSubthemes:
    """Which published step answers a question about which subtheme, for the app to offer it without a network."""
    found: dict[str, list[StepAnswer]] = defaultdict(list)
    for guide in await published_guides(tx, organisation):
        for step in guide.steps:
            for code in step.subthemes:
                if subtheme in {None, code}:
                    found[code].append(StepAnswer(guide=guide.code, step=step.id, version=guide.version))
    return StepsOfSubthemes(dict(sorted(found.items())))
