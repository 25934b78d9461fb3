"""Throttling in the database, so that it holds over restarts and with several processes.

A bucket counts tries of one kind from one address or device within a window. Addresses are not stored: the bucket's
name is a MAC with the server's secret.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import NamedTuple

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem

_WINDOW = timedelta(minutes=10)


class Bucket(NamedTuple):
    """Where tries are counted, and how many are allowed in ten minutes."""

    name: str
    limit: int


def bucket(secret: bytes, kind: str, subject: str, limit: int) -> Bucket:
    """The bucket of a kind (`enrol`, `sign-in` …) and a subject (a peer address, a device id)."""
    return Bucket(hmac.new(secret, f"throttle|{kind}|{subject}".encode(), hashlib.sha256).hexdigest(), limit)


async def check(tx: Transaction, buckets: list[Bucket]) -> None:
    """Raises Problem `too_many_requests`, with the seconds to wait, when one of the buckets is full."""
    for one in buckets:
        row = await tx.fetch_one("SELECT tries, started_at FROM throttle WHERE bucket = ?", one.name)
        if row is None or row["tries"] < one.limit:
            continue
        wait = row["started_at"] + _WINDOW - now()
        if wait > timedelta(0):
            raise Problem("too_many_requests", retry_after=int(wait.total_seconds()) + 1)


async def count(tx: Transaction, buckets: list[Bucket]) -> None:
    """Count one try in each bucket, and forget the buckets whose window has passed."""
    instant = now()
    await tx.execute("DELETE FROM throttle WHERE started_at < ?", instant - _WINDOW)
    for one in buckets:
        await tx.execute(
            "INSERT INTO throttle (id, bucket, tries, started_at) VALUES (?, ?, 1, ?) "
            "ON CONFLICT (bucket) DO UPDATE SET tries = throttle.tries + 1",
            uuid4(),
            one.name,
            instant,
        )
