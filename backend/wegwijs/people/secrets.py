"""Codes, tokens and signatures: made here, kept as SHA-256 only."""

import base64
import binascii
import hashlib
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# Crockford's base32: no I, L, O, U, so that a code survives being read aloud or typed from paper.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE_LENGTH = 12


def digest(secret: str) -> str:
    """SHA-256 of a secret, hexadecimal: what the database keeps. The secrets are random, 60 bits at least."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_code() -> str:
    """A fresh invitation code of 60 bits: `7GK2-M9QX-4TRB`."""
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(signs[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def plain_code(typed: str) -> str:
    """A code as a person typed it, in the form that is hashed: no hyphens or spaces, misread letters mended."""
    return "".join(sign for sign in typed.upper() if sign.isalnum()).translate(_MISREAD)


def new_token() -> str:
    """256 random bits, base64url: a session's cookie or a challenge."""
    return secrets.token_urlsafe(32)


def from_base64url(text: str, length: int) -> bytes | None:
    """`length` bytes from base64url without padding; None when `text` is anything else."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length else None


def to_base64url(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def is_public_key(text: str) -> bool:
    """Whether this is a raw Ed25519 public key in base64url."""
    raw = from_base64url(text, 32)
    if raw is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        return False
    return True


def signed_sign_in(public_key: str, device: UUID, challenge: str, signature: str) -> bool:
    """Whether the device signed this challenge: Ed25519 over `wegwijs/sign-in/1|<device_id>|<challenge>`."""
    key, given = from_base64url(public_key, 32), from_base64url(signature, 64)
    if key is None or given is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(given, f"wegwijs/sign-in/1|{device}|{challenge}".encode())
    except InvalidSignature:
        return False
    return True
