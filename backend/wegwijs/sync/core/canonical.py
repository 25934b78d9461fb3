"""Canonical JSON and the hash by which a mutation is recognised, whichever way it came.

Keys sorted, no white space, strings escaped as JSON.stringify does, whole numbers only. Our keys are ASCII, so that
byte order and the UTF-16 order of RFC 8785 are the same.
"""

import hashlib
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value (dict, list, str, int, bool, None)."""
    return _encode(value)


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def row_mark(entity: str, entity_id: str, version: int) -> int:
    """The 64 bits with which one row enters a scope's digest: xor of all marks tells whether two views are equal."""
    return int.from_bytes(hashlib.sha256(f"{entity}|{entity_id}|{version}".encode()).digest()[:8], "big")
