"""Weeks, counted: what "my week" shows of the time before the records left the device.

A device counts recent weeks itself, from the records that it holds: live, offline, and with what is unsent. So the
counts of the server need not be of this minute: they are made at night, for everybody whose records changed since the
night before, over the last year. A push pays nothing for them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from wegwijs.foundation.clock import local_day
from wegwijs.foundation.database import Database, Row, Transaction
from wegwijs.sync.entity import Served
from wegwijs.sync.feed import FeedEntry, record_changes
from wegwijs.sync.marks import seq_before

WEEKS = 53
_COUNTED = ("contacts", "requests", "by_theme", "by_language", "by_setting")


def _wire(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("week", *_COUNTED)}


WEEK_COUNT = Served(
    name="week_count",
    table="week_count",
    wire=_wire,
    lists=frozenset({"by_theme", "by_language", "by_setting"}),
    keeps=lambda row: True,  # it is small, and goes by itself after a year
)


@dataclass(slots=True)
class _Week:
    contacts: int = 0
    requests: int = 0
    by_theme: Counter[str] = field(default_factory=Counter)
    by_language: Counter[str] = field(default_factory=Counter)
    by_setting: Counter[str] = field(default_factory=Counter)

    def values(self) -> list[Any]:
        """As the columns hold them: codes in order, so that equal counts are equal text."""
        by = (self.by_theme, self.by_language, self.by_setting)
        return [self.contacts, self.requests, *(msgspec.json.encode(dict(sorted(one.items()))).decode() for one in by)]


def week_of(day: str) -> str:
    """The ISO week of a day: `2026-W47` of `2026-11-21`."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


async def count_weeks(db: Database, organisation: UUID, time_zone: str, moment: datetime) -> int:
    """Count the weeks of everybody whose records changed since the last mark. Returns how many rows were written."""
    monday = local_day(moment, time_zone) - timedelta(days=local_day(moment, time_zone).weekday())
    oldest = (monday - timedelta(weeks=WEEKS - 1)).isoformat()
    async with db.read() as tx:
        touched = await _touched(tx, organisation, await seq_before(tx, organisation, moment))
        aged = await tx.fetch(
            "SELECT DISTINCT author FROM week_count WHERE organisation = ? AND week < ?", organisation, week_of(oldest)
        )
    written = 0
    for member in sorted({*touched, *(row["author"] for row in aged)}):
        written += await db.run_write(lambda tx, member=member: _count_member(tx, organisation, member, oldest))  # type: ignore[misc]
    return written


async def _touched(tx: Transaction, organisation: UUID, since: int) -> set[UUID]:
    rows = await tx.fetch(
        "SELECT DISTINCT scope FROM sync_change WHERE organisation = ? AND scope LIKE 'member:%' AND seq > ? "
        "AND entity IN ('contact', 'help_request')",
        organisation,
        since,
    )
    return {UUID(row["scope"].removeprefix("member:")) for row in rows}


async def _count_member(tx: Transaction, organisation: UUID, member: UUID, oldest: str) -> int:
    weeks = await _weeks(tx, organisation, member, oldest)
    stored = {
        row["week"]: row
        for row in await tx.fetch(
            "SELECT * FROM week_count WHERE organisation = ? AND author = ?", organisation, member
        )
    }
    entries = []
    for week, counted in sorted(weeks.items()):
        entries += await _put(tx, organisation, member, week, counted.values(), stored.get(week))
    entries += await _drop(tx, organisation, member, [row for week, row in stored.items() if week not in weeks])
    if entries:
        await record_changes(tx, organisation, entries)
    return len(entries)


async def _weeks(tx: Transaction, organisation: UUID, member: UUID, oldest: str) -> dict[str, _Week]:
    mine = "c.organisation = ? AND c.author = ? AND c.deleted_at IS NULL AND c.merged_into IS NULL AND c.day >= ?"
    found: dict[str, _Week] = {}
    for row in await tx.fetch(
        f"SELECT c.day, c.language, c.setting, COUNT(*) AS n FROM contact c WHERE {mine} "  # noqa: S608
        "GROUP BY c.day, c.language, c.setting",
        organisation,
        member,
        oldest,
    ):
        week = found.setdefault(week_of(row["day"]), _Week())
        week.contacts += row["n"]
        _add(week.by_language, row["language"], row["n"])
        _add(week.by_setting, row["setting"], row["n"])
    for row in await tx.fetch(
        "SELECT c.day, h.theme, COUNT(*) AS n FROM contact c JOIN help_request h ON h.contact_id = c.id "  # noqa: S608
        f"WHERE {mine} AND h.organisation = c.organisation AND h.deleted_at IS NULL GROUP BY c.day, h.theme",
        organisation,
        member,
        oldest,
    ):
        week = found.setdefault(week_of(row["day"]), _Week())
        week.requests += row["n"]
        _add(week.by_theme, row["theme"], row["n"])
    return found


def _add(counter: Counter[str], code: str | None, n: int) -> None:
    if code is not None:
        counter[code] += n


async def _put(
    tx: Transaction, organisation: UUID, member: UUID, week: str, values: list[Any], stored: Row | None
) -> list[FeedEntry]:
    if stored is not None and [stored[name] for name in _COUNTED] == values:
        return []
    # The same id at every server that counts the same week: also after a restore.
    identity, version = uuid5(member, week), 1 if stored is None else stored["version"] + 1
    await tx.execute(
        "INSERT INTO week_count (id, organisation, author, version, week, contacts, requests, by_theme, by_language, "
        "by_setting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, "
        "contacts = excluded.contacts, requests = excluded.requests, by_theme = excluded.by_theme, "
        "by_language = excluded.by_language, by_setting = excluded.by_setting",
        identity,
        organisation,
        member,
        version,
        week,
        *values,
    )
    return [FeedEntry(f"member:{member}", WEEK_COUNT.name, identity, "put", version)]


async def _drop(tx: Transaction, organisation: UUID, member: UUID, rows: Iterable[Row]) -> list[FeedEntry]:
    entries = []
    for row in rows:
        await tx.execute("DELETE FROM week_count WHERE id = ? AND organisation = ?", row["id"], organisation)
        entries.append(
            FeedEntry(f"member:{member}", WEEK_COUNT.name, row["id"], "remove", row["version"] + 1, "deleted")
        )
    return entries
