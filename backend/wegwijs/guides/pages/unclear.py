"""Counting that a step was not understood: one number a step, language and month, so that nobody can be found in it."""

from uuid import UUID

import msgspec

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem
from wegwijs.guides.document import Guide
from wegwijs.people import throttle

# Nobody taps this often in one month at one step: beyond, a program does, and the count says no more.
_MOST = 5_000
# Of all readers of an organisation together in ten minutes: their addresses are not looked at, not even as a MAC.
_AT_ONCE = 300


class Unclear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends: the step's id and the language in which it was not understood."""

    step: str
    language: str


class UnclearCount(msgspec.Struct, frozen=True):
    """How often a step was not understood in a month (`2026-11`)."""

    guide: str
    step: str
    language: str
    month: str
    times: int


async def count_unclear(tx: Transaction, secret: bytes, organisation: UUID, guide: Guide, told: Unclear) -> None:
    """Add one; `secret`: the server's, for the name of the bucket.

    Raises Problem `bad_request` for a step or a language that the guide does not have, `too_many_requests` when more
    come at once than people can tap.
    """
    if told.step not in {step.id for step in guide.steps}:
        raise Problem("bad_request", "step: the guide has no such step")
    if told.language not in guide.texts:
        raise Problem("bad_request", "language: the guide is not in this language")
    pace = [throttle.bucket(secret, "unclear", str(organisation), _AT_ONCE)]
    await throttle.check(tx, pace)
    await throttle.count(tx, pace)
    await tx.execute(
        "INSERT INTO guide_unclear (id, organisation, guide, step, language, month, times) "
        "VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (organisation, guide, step, language, month) "
        "DO UPDATE SET times = guide_unclear.times + 1 WHERE guide_unclear.times < ?",
        uuid4(),
        organisation,
        guide.code,
        told.step,
        told.language,
        now().strftime("%Y-%m"),
        _MOST,
    )


async def unclear_counts(tx: Transaction, organisation: UUID) -> list[UnclearCount]:
    """All counts of an organisation, the highest first: what its editors look at."""
    rows = await tx.fetch(
        "SELECT guide, step, language, month, times FROM guide_unclear WHERE organisation = ? "
        "ORDER BY times DESC, guide, step, language, month",
        organisation,
    )
    return [msgspec.convert(row, type=UnclearCount) for row in rows]
