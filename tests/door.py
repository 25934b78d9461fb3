"""What tests of the door share: trying codes, signing challenges, letting time pass."""

from datetime import timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.helpers import Json, SignedIn, new_device, sign_challenge
from wegwijs.foundation.database import Database


def device() -> Json:
    return new_device(Ed25519PrivateKey.generate())


async def try_code(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post("/api/enrol", json={"code": code, "device": device()})


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def shifted(db: Database, table: str, column: str, by: timedelta) -> None:
    """Move an instant of every row, as if time had passed."""
    async with db.write() as tx:
        for row in await tx.fetch(f"SELECT id, {column} FROM {table}"):
            await tx.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", row[column] - by, row["id"])


async def challenge_for(signed_in: SignedIn) -> str:
    answer = await signed_in.client.post("/api/sign-in/challenge", json={"device_id": signed_in.device_id})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["challenge"])


async def again(signed_in: SignedIn, challenge: str, **more: Any) -> httpx.Response:
    """Sign in again; `more` replaces fields."""
    said = {
        "device_id": signed_in.device_id,
        "challenge": challenge,
        "signature": sign_challenge(signed_in, challenge),
        **more,
    }
    return await signed_in.client.post("/api/sign-in", json=said)
