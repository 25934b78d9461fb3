"""Keys of the server: each organisation's two pairs, and one secret for MACs. Private parts are files, mode 0400.

They lie in `settings.keys_dir`, never in the data folder: a copy of the data, or a backup of it, must not carry the
keys that open it. An X25519 pair (`seal`) opens letterboxes, an Ed25519 pair (`sign`) signs wipes and the next keys;
devices pin both public parts.
"""

import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.settings import Settings
from wegwijs.people.schemas import OrganisationKeys, PublicKey
from wegwijs.people.secrets import to_base64url
from wegwijs.people.tables import OrganisationKey

_PAIRS: dict[str, type[X25519PrivateKey] | type[Ed25519PrivateKey]] = {
    "seal": X25519PrivateKey,
    "sign": Ed25519PrivateKey,
}

LOST = "PRIVATE FILE LOST"


class KeysError(Exception):
    """The private keys cannot be kept, or found, where the settings say."""


def _folder(keys_dir: Path, data_dir: Path) -> Path:
    """The folder of private keys. Raises KeysError when it lies in the data folder, by whatever link."""
    folder = keys_dir.resolve()
    if folder.is_relative_to(data_dir.resolve()):
        raise KeysError(
            f"keys_dir ({folder}) lies inside data_dir ({data_dir.resolve()}): a copy of the data would carry "
            "the keys that open it. Set WEGWIJS_KEYS_DIR to a folder outside."
        )
    return folder


def _write_once(path: Path, content: bytes, keys_dir: Path) -> None:
    """Write a file of mode 0400 whole or not at all; leaves a file alone that is there already."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link fails when the name is taken: of two processes that start together, one wins and both read its file.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@lru_cache(maxsize=16)
def _secret(keys_dir: Path, data_dir: Path, name: str, make: bool = True) -> bytes:
    path = _folder(keys_dir, data_dir) / name
    if not path.exists():
        if not make:
            raise KeysError(f"{path} is missing; take it from your copy of the keys")
        _write_once(path, secrets.token_bytes(32), path.parent)
    content = path.read_bytes()
    if len(content) != 32:
        raise KeysError(f"{path} must hold 32 bytes; take it from your copy of the keys")
    return content


def server_secret(settings: Settings) -> bytes:
    """32 bytes for MACs (cursors, throttle buckets), made once. Raises KeysError."""
    return _secret(settings.keys_dir, settings.data_dir, "server.secret")


def backup_key(settings: Settings, *, make: bool = False) -> bytes:
    """The 32 bytes that open every backup of this server; with `make`, made when there are none. Raises KeysError."""
    return _secret(settings.keys_dir, settings.data_dir, "backup.key", make)


def private_key_path(settings: Settings, organisation: UUID, purpose: str, kid: str) -> Path:
    """Where the private part of a key lies (PKCS#8, PEM)."""
    return _folder(settings.keys_dir, settings.data_dir) / str(organisation) / f"{purpose}-{kid}.pem"


async def make_keys(tx: Transaction, settings: Settings, organisation: UUID) -> None:
    """Make both pairs of an organisation: private files first, so that no public key is known without its file."""
    for purpose, kind in _PAIRS.items():
        pair = kind.generate()
        raw = pair.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        kid = hashlib.sha256(raw).hexdigest()[:16]
        _write_once(
            private_key_path(settings, organisation, purpose, kid),
            pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            _folder(settings.keys_dir, settings.data_dir),
        )
        await OrganisationKey.insert(
            OrganisationKey(
                organisation=organisation,
                purpose=purpose,
                kid=kid,
                public_key=to_base64url(raw),
                created_at=now(),
            )
        )


async def public_keys(tx: Transaction, organisation: UUID) -> OrganisationKeys:
    """The two public keys that devices pin: the newest of each purpose."""
    rows = await tx.fetch(
        "SELECT purpose, kid, public_key FROM organisation_key WHERE organisation = ? AND retired_at IS NULL "
        "ORDER BY created_at",
        organisation,
    )
    found = {row["purpose"]: PublicKey(kid=row["kid"], public=row["public_key"]) for row in rows}
    return OrganisationKeys(seal=found["seal"], sign=found["sign"])


async def seal_keys(tx: Transaction, settings: Settings, organisation: UUID) -> dict[str, X25519PrivateKey]:
    """The private keys that open this organisation's letterboxes, by kid: every one whose file is there."""
    rows = await tx.fetch("SELECT kid FROM organisation_key WHERE organisation = ? AND purpose = 'seal'", organisation)
    paths = {row["kid"]: private_key_path(settings, organisation, "seal", row["kid"]) for row in rows}
    return {kid: _seal_key(path) for kid, path in paths.items() if path.is_file()}


@lru_cache(maxsize=256)
def _seal_key(path: Path) -> X25519PrivateKey:
    """Raises KeysError when the file holds something else."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise KeysError(f"{path} cannot be read as a private key: {error}") from None
    if not isinstance(key, X25519PrivateKey):
        raise KeysError(f"{path} is not an X25519 key")
    return key


async def check_keys(tx: Transaction, settings: Settings, organisation: UUID) -> list[str]:
    """One line for each key in use: purpose, kid, public part, and whether its private file is there."""
    rows = await tx.fetch(
        "SELECT purpose, kid, public_key FROM organisation_key WHERE organisation = ? AND retired_at IS NULL "
        "ORDER BY purpose",
        organisation,
    )
    lines = []
    for row in rows:
        path = private_key_path(settings, organisation, row["purpose"], row["kid"])
        lines.append(f"{row['purpose']} {row['kid']} {row['public_key']} {path if path.is_file() else LOST}")
    return lines
