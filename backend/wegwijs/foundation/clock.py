"""The only place that asks what time it is, and what day that is for an organisation."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def local_day(instant: datetime, time_zone: str) -> date:
    """The calendar day of an aware instant in an organisation's time zone (IANA name).

    Stored beside the instant at write, because neither SQLite nor a portable query knows time zones.
    """
    return instant.astimezone(ZoneInfo(time_zone)).date()


def rfc3339(instant: datetime) -> str:
    """An aware instant as text in UTC, to the millisecond: `2026-11-21T15:40:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
