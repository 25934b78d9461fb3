"""The envelope: mutations of one save, signed by the device, then sealed to the organisation.

    envelope  = {"header": Header, "box": base64url}
    box       = HPKE (RFC 9180, base mode: DHKEM X25519, HKDF-SHA256, AES-256-GCM) of the canonical plaintext,
                with `wegwijs/envelope/1|` and the canonical header as HPKE's `info`
    plaintext = {"signature": base64url, "statement": Statement}
    signature = Ed25519 of the device over `wegwijs/envelope/1|` and the canonical statement

Signed inside, so that whoever carries the envelope cannot put another name on it; sealed outside, so that a copy of the
phone's disk tells nothing. The header travels in the clear (a purge must find what it concerns, a receipt must name it)
and is bound to the box: with another header the box does not open. Organisation and member are inside the signature,
so that who can open an envelope cannot seal it anew for another organisation.

Pure: bytes in, bytes out. `pwa/src/sync/core/envelope.ts` makes the same (tests/vectors/envelope.json).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from msgspec import Meta

from wegwijs.sync.core.canonical import canonical, digest

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CONTEXT = b"wegwijs/envelope/1|"
_MOST = 20
"""Mutations of one envelope: a group is one envelope, and the server takes groups of at most twenty."""

Json = dict[str, Any]


class EnvelopeFault(Exception):
    """Why an envelope cannot be taken: malformed, not_opened, bad_signature, header_differs or wrong_hash."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be read without a key. `entities` are the records that the mutations are about, in the same order."""

    v: Literal[1]
    kid: Annotated[str, Meta(max_length=40)]
    device: UUID
    group: UUID | None
    mutations: Annotated[list[UUID], Meta(min_length=1, max_length=_MOST)]
    entities: Annotated[list[UUID], Meta(min_length=1, max_length=_MOST)]


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mutation with its id and the hash of its canonical text, as the ledger will know it."""

    id: UUID
    hash: Annotated[str, Meta(max_length=64)]
    mutation: Json


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the device signed."""

    v: Literal[1]
    organisation: UUID
    device: UUID
    member: UUID
    schema: Annotated[int, Meta(ge=1, le=10_000)]
    mutations: Annotated[list[Signed], Meta(min_length=1, max_length=_MOST)]


def envelope_hash(envelope: Any) -> str:
    """What a receipt says of an envelope: SHA-256 of its canonical text, 64 hex digits."""
    return digest(envelope)


def read_header(envelope: Any) -> Header:
    """The clear part of an envelope as it came. Raises EnvelopeFault `malformed`."""
    try:
        if set(envelope) != {"header", "box"}:
            raise EnvelopeFault("malformed")
        return msgspec.convert(envelope["header"], Header)
    except (TypeError, msgspec.ValidationError):
        raise EnvelopeFault("malformed") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Who seals, and to whom: ids as text, the device's signing key, the organisation's `seal` key."""

    organisation: str
    member: str
    device: str
    key: Ed25519PrivateKey
    kid: str
    public_key: X25519PublicKey
    schema: int = 1


def seal(mutations: Sequence[Json], by: Sealer) -> Json:
    """The envelope of the mutations of one group, or of a single one."""
    statement = {
        "v": 1,
        "organisation": by.organisation,
        "device": by.device,
        "member": by.member,
        "schema": by.schema,
        "mutations": [{"id": one["id"], "hash": digest(one), "mutation": one} for one in mutations],
    }
    header = {
        "v": 1,
        "kid": by.kid,
        "device": by.device,
        "group": mutations[0].get("group"),
        "mutations": [one["id"] for one in mutations],
        "entities": [one["entity_id"] for one in mutations],
    }
    return seal_statement(statement, header, by.key, by.public_key)


def seal_statement(statement: Json, header: Json, key: Ed25519PrivateKey, public_key: X25519PublicKey) -> Json:
    """Sign a statement and seal it under a header. `seal` makes both fit; only somebody with ill intent would not."""
    signature = key.sign(_CONTEXT + canonical(statement))
    plaintext = canonical({"signature": to_text(signature), "statement": statement})
    box = _SUITE.encrypt(plaintext, public_key, info=_CONTEXT + canonical(header))
    return {"header": header, "box": to_text(box)}


class OpenedEnvelope(msgspec.Struct, frozen=True):
    """The inside of an envelope, not yet believed: `statement` as it came, with its signature."""

    raw: Json
    signature: bytes
    statement: Statement


def open_envelope(envelope: Any, private_key: X25519PrivateKey) -> OpenedEnvelope:
    """Open the box. Raises EnvelopeFault `malformed`, `not_opened`, `header_differs` or `wrong_hash`."""
    header = read_header(envelope)
    try:
        info = _CONTEXT + canonical(envelope["header"])
        plaintext = _SUITE.decrypt(from_text(envelope["box"]), private_key, info=info)
    except (InvalidTag, ValueError):
        raise EnvelopeFault("not_opened") from None
    try:
        raw = msgspec.json.decode(plaintext)
        statement = msgspec.convert(raw["statement"], Statement)
        opened = OpenedEnvelope(raw["statement"], from_text(raw["signature"]), statement)
    except (msgspec.MsgspecError, KeyError, TypeError, RecursionError):
        raise EnvelopeFault("malformed") from None
    _check_inside(header, statement)
    return opened


def _check_inside(header: Header, statement: Statement) -> None:
    """The header tells of the inside what it is; each mutation has the id and the hash it is signed under."""
    said = [(one.mutation.get("id"), one.mutation.get("entity_id")) for one in statement.mutations]
    clear = [(str(one), str(entity)) for one, entity in zip(header.mutations, header.entities, strict=False)]
    group = str(header.group) if header.group else None
    if (
        header.device != statement.device
        or len(header.mutations) != len(header.entities)
        or [(str(one), str(entity)) for one, entity in said] != clear
        or any(one.mutation.get("group") != group for one in statement.mutations)
    ):
        raise EnvelopeFault("header_differs")
    for one in statement.mutations:
        if str(one.id) != one.mutation.get("id") or one.hash != digest(one.mutation):
            raise EnvelopeFault("wrong_hash")


def check_signature(opened: OpenedEnvelope, public_key: bytes) -> None:
    """Whether the device with this Ed25519 key (raw) signed it. Raises EnvelopeFault `bad_signature`."""
    if not is_signed(opened.signature, _CONTEXT, opened.raw, public_key):
        raise EnvelopeFault("bad_signature")


def is_signed(signature: bytes, context: bytes, value: Any, public_key: bytes) -> bool:
    """Whether a raw Ed25519 key signed `context` and the canonical text of a value."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, context + canonical(value))
    except (InvalidSignature, ValueError):
        return False
    return True


def to_text(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: Any) -> bytes:
    """Bytes from base64url without padding. Raises EnvelopeFault `malformed`."""
    if not isinstance(text, str):
        raise EnvelopeFault("malformed")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise EnvelopeFault("malformed") from None
