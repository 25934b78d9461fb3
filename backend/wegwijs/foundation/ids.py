"""Identifiers: random ones for records, time-ordered ones for mutations."""

import os
import time
import uuid


def uuid4() -> uuid.UUID:
    """A random id (RFC 9562 version 4): for records, because it tells nothing about when they were made."""
    return uuid.uuid4()


def uuid7() -> uuid.UUID:
    """A time-ordered id (RFC 9562 version 7): for mutations and ledger rows, whose index then grows at one end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & (1 << 62) - 1
    return uuid.UUID(int=value)
