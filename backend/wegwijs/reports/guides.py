"""What the log says about the guides: which steps are asked about, which questions no step answers, which languages
the people speak who come, and how much of each guide is written in them.
"""

from collections import Counter
from uuid import UUID

from wegwijs.foundation.clock import local_day, now
from wegwijs.foundation.database import Transaction
from wegwijs.guides.service import published_guides
from wegwijs.people.access import Actor
from wegwijs.reports.period import Period
from wegwijs.reports.schemas import AskedStep, CodeCount, GuideDemand, SpokenLanguage, Written

FEW = 5
"""Fewer contacts in a language are not told as a number: in a small town that can be one family."""
_MONTHS = 12


async def guide_demand(tx: Transaction, actor: Actor, period: Period) -> GuideDemand:
    """The demand of a period of months; without a beginning, of the last twelve."""
    period = Period(period.first or _year_ago(actor.time_zone), period.last)
    asked, guides = await _asked(tx, actor.organisation, period), await published_guides(tx, actor.organisation)
    steps = [
        AskedStep(guide=guide.code, step=step.id, asked=sum(asked[code] for code in step.subthemes))
        for guide in guides
        for step in guide.steps
        if step.subthemes
    ]
    answered = {code for guide in guides for step in guide.steps for code in step.subthemes}
    written = [
        (guide.code, language, own, len(guide.texts[guide.source]))
        for guide in guides
        for language, own in guide.texts.items()
    ]
    return GuideDemand(
        first=period.first,
        last=period.last,
        steps=sorted(steps, key=lambda one: -one.asked),
        unanswered=[CodeCount(code, count) for code, count in asked.most_common() if code not in answered],
        languages=[
            SpokenLanguage(
                language=language,
                contacts=count if count >= FEW else None,
                guides={
                    code: Written(
                        texts=len(own),
                        of=total,
                        reviewed=sum(text.state == "reviewed" for text in own.values()),
                        outdated=sum(text.state == "outdated" for text in own.values()),
                    )
                    for code, tag, own, total in written
                    if tag == language
                },
            )
            for language, count in (await _spoken(tx, actor.organisation, period)).most_common()
        ],
    )


def _year_ago(time_zone: str) -> str:
    today = local_day(now(), time_zone)
    number = today.year * 12 + today.month - 1 - _MONTHS
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _in_period(period: Period) -> tuple[str, list[object]]:
    sql, values = "", list[object]()
    for sign, month in ((">=", period.first), ("<=", period.last)):
        if month is not None:
            sql += f" AND c.month {sign} ?"
            values.append(month)
    return sql, values


async def _asked(tx: Transaction, organisation: UUID, period: Period) -> Counter[str]:
    """Help requests by subtheme."""
    clause, values = _in_period(period)
    rows = await tx.fetch(
        "SELECT h.subtheme AS code, count(*) AS count "  # noqa: S608 (fixed)
        "FROM help_request h JOIN contact c ON c.id = h.contact_id "
        f"WHERE h.organisation = ? AND h.deleted_at IS NULL AND c.deleted_at IS NULL{clause} GROUP BY h.subtheme",
        organisation,
        *values,
    )
    return Counter({row["code"]: row["count"] for row in rows})


async def _spoken(tx: Transaction, organisation: UUID, period: Period) -> Counter[str]:
    """Contacts by language."""
    clause, values = _in_period(period)
    rows = await tx.fetch(
        "SELECT c.language AS code, count(*) AS count FROM contact c "  # noqa: S608 (fixed)
        f"WHERE c.organisation = ? AND c.deleted_at IS NULL AND c.language IS NOT NULL{clause} GROUP BY c.language",
        organisation,
        *values,
    )
    return Counter({row["code"]: row["count"] for row in rows})
