"""How a phone seals what it logged and hands it in without a session, for tests."""

from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from tests.helpers import Json, SignedIn, base64url, browser_like
from wegwijs.sync.core.canonical import canonical
from wegwijs.sync.core.envelope import Sealer, envelope_hash, from_text, seal
from wegwijs.sync.letterbox.schemas import MEDIA_TYPE

LETTERBOX, RESCUE, QUARANTINE = (f"/api/sync/v1/{name}" for name in ("letterbox", "rescue", "quarantine"))
AS_ENVELOPES = {"Content-Type": MEDIA_TYPE}


def sealer(phone: SignedIn, **other: Any) -> Sealer:
    """What a phone seals with; `other` is what somebody with ill intent puts in its place."""
    key = phone.me["keys"]["seal"]
    own: dict[str, Any] = {
        "organisation": phone.organisation_id,
        "member": phone.membership_id,
        "device": phone.device_id,
        "key": phone.key,
        "kid": key["kid"],
        "public_key": X25519PublicKey.from_public_bytes(from_text(key["public"])),
    }
    return Sealer(**{**own, **other})


def sealed(phone: SignedIn, *groups: list[Json], **other: Any) -> list[Json]:
    """One envelope for each group."""
    return [seal(group, sealer(phone, **other)) for group in groups]


def letterbox_body(phone: SignedIn, envelopes: list[Any], key: Ed25519PrivateKey | None = None, **other: Any) -> Json:
    """What a phone sends, signed as a whole."""
    said = {
        "device_id": phone.device_id,
        "client_time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "envelopes": envelopes,
        **other,
    }
    signature = (key or phone.key).sign(b"wegwijs/letterbox/1|" + canonical(said))
    return {**said, "signature": base64url(signature)}


async def post(phone: SignedIn, body: Json, path: str = LETTERBOX) -> httpx.Response:
    """Send envelopes from a browser that nobody is signed in on."""
    async with browser_like(phone.app) as nobody:
        return await nobody.post(path, content=canonical(body), headers=AS_ENVELOPES)


async def hand_in(phone: SignedIn, *groups: list[Json]) -> list[Json]:
    """Seal and hand in groups; checks that the answer is a receipt for each and nothing else."""
    envelopes = sealed(phone, *groups)
    await deliver(phone, envelopes)
    return envelopes


async def deliver(phone: SignedIn, envelopes: list[Any]) -> None:
    """Hand in envelopes as they are; the answer is receipts whatever becomes of them."""
    answer = await post(phone, letterbox_body(phone, envelopes))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert list(told) == ["receipts"]
    assert [one["hash"] for one in told["receipts"]] == [envelope_hash(one) for one in envelopes]


async def rescue(bringer: SignedIn, envelopes: list[Any]) -> Json:
    """Bring a rescue file."""
    answer = await bringer.client.post(RESCUE, content=canonical({"envelopes": envelopes}), headers=AS_ENVELOPES)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    assert [one["hash"] for one in told["receipts"]] == [envelope_hash(one) for one in envelopes]
    return told


async def waiting(supervisor: SignedIn) -> list[Json]:
    """What a supervisor sees in quarantine."""
    answer = await supervisor.client.get(QUARANTINE)
    assert answer.status_code == 200, answer.text
    envelopes: list[Json] = answer.json()["envelopes"]
    return envelopes
