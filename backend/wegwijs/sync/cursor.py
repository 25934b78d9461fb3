"""The cursor of a pull: a position for each scope, sealed for one device, one membership and one epoch."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

import msgspec

from wegwijs.foundation.problems import Problem


class Position(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a cursor holds. `scopes` maps a scope to the last seq that was answered for it.

    `begun` maps a scope that is being told from its beginning to where the counter stood when that began: what was
    removed before, the device cannot have missed.
    """

    epoch: str
    device: UUID
    membership: UUID
    scopes: dict[str, int]
    begun: dict[str, int] = {}

    def seen(self, scope: str) -> int:
        """Up to where the device knows of every removal in a scope."""
        return max(self.scopes[scope], self.begun.get(scope, 0))


def _mac(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, b"wegwijs/cursor/1|" + body, hashlib.sha256).digest()[:16]


def seal(position: Position, secret: bytes) -> str:
    """The cursor as opaque text."""
    body = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_mac(secret, body) + body).decode()


def unseal(text: str, secret: bytes, *, device: UUID, membership: UUID) -> Position:
    """Read a cursor. Raises Problem `bad_cursor` when it is not one of this device and membership."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
        if not hmac.compare_digest(raw[:16], _mac(secret, raw[16:])):
            raise ValueError("wrong MAC")
        position = msgspec.json.decode(raw[16:], type=Position)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Problem("bad_cursor") from error
    if position.device != device or position.membership != membership:
        raise Problem("bad_cursor")
    return position
