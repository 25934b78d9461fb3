"""The file of a backup: lines of JSON, compressed, encrypted in chunks. Knows no database.

    WEGWIJS-BACKUP/1\\n | key id, 8 bytes | salt, 32 bytes | chunk | chunk | … | last chunk
    chunk: length of what follows, 4 bytes | AES-256-GCM of up to 1 MiB

Each file has a key of its own: HKDF-SHA256 over the server's backup key and the salt. A chunk's nonce is its number;
the head and whether it is the last are authenticated with it. So a chunk that was changed, moved, left out, added or
cut off is found, and nothing is believed that was not written with the key.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"WEGWIJS-BACKUP/1\n"
_HEAD = len(MAGIC) + 8 + 32
_CHUNK = 1024 * 1024
_TAG = 16


class ArchiveError(Exception):
    """The file is no backup of ours, was made with another key, or is not as it was written."""


def key_id(key: bytes) -> bytes:
    """Eight bytes by which a file names its key."""
    return hashlib.sha256(b"wegwijs/backup-key-id/1|" + key).digest()[:8]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"wegwijs/backup/1").derive(key))


def _nonce(number: int) -> bytes:
    return struct.pack(">4xQ", number)


class Writer:
    """Writes an archive. Use as a context manager; when it ends without an error the file is whole and on the disk."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        salt = os.urandom(32)
        self._head = MAGIC + key_id(key) + salt
        self._cipher = _cipher(key, salt)
        self._zip = zlib.compressobj(6)
        self._pending = bytearray()
        self._number = 0
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: BinaryIO = os.fdopen(handle, "wb")
        self._file.write(self._head)

    def write(self, data: bytes) -> None:
        """Add bytes: whole lines, each with its end."""
        self._pending += self._zip.compress(data)
        self._put_full_chunks()

    def _put_full_chunks(self) -> None:
        while len(self._pending) > _CHUNK:
            self._put(bytes(self._pending[:_CHUNK]), last=False)
            del self._pending[:_CHUNK]

    def _put(self, text: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), text, self._head + (b"1" if last else b"0"))
        self._number += 1
        self._file.write(struct.pack(">I", len(sealed)) + sealed)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._pending += self._zip.flush()
                self._put_full_chunks()
                self._put(bytes(self._pending), last=True)
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()


def read(path: Path, key: bytes) -> Iterator[bytes]:
    """The lines of an archive. Raises ArchiveError, before or while lines are given: what came before an error was
    authentic, but is not the whole."""
    try:
        with path.open("rb") as file:
            yield from _lines(_inflated(_chunks(file, key, path), path))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror})") from error


def _chunks(file: BinaryIO, key: bytes, path: Path) -> Iterator[bytes]:
    head = file.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(MAGIC):
        raise ArchiveError(f"{path}: is no backup of Wegwijs that this release can read")
    named = head[len(MAGIC) : len(MAGIC) + 8]
    if named != key_id(key):
        raise ArchiveError(f"{path}: was made with another key ({named.hex()}; backup.key here is {key_id(key).hex()})")
    cipher, number, last = _cipher(key, head[-32:]), 0, False
    while not last:
        size = file.read(4)
        if len(size) < 4:
            raise ArchiveError(f"{path}: is cut off after {number} chunks")
        length = struct.unpack(">I", size)[0]
        if length > _CHUNK + _TAG:
            raise ArchiveError(f"{path}: chunk {number} is damaged")
        sealed = file.read(length)
        if len(sealed) < length:
            raise ArchiveError(f"{path}: is cut off in chunk {number}")
        text, last = _opened(cipher, number, sealed, head, path)
        number += 1
        yield text
    if file.read(1):
        raise ArchiveError(f"{path}: something was added after its end")


def _opened(cipher: AESGCM, number: int, sealed: bytes, head: bytes, path: Path) -> tuple[bytes, bool]:
    """A chunk, and whether it is the last one: the mark is authenticated, so one of the two fits or none."""
    for mark in (b"0", b"1"):
        try:
            return cipher.decrypt(_nonce(number), sealed, head + mark), mark == b"1"
        except InvalidTag:
            continue
    raise ArchiveError(f"{path}: chunk {number} is damaged")


def _inflated(chunks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    unzip = zlib.decompressobj()
    for chunk in chunks:
        # In steps: the text of a chunk may be much larger than the chunk.
        data = unzip.decompress(chunk, _CHUNK)
        while data:
            yield data
            data = unzip.decompress(unzip.unconsumed_tail, _CHUNK)
    if not unzip.eof:
        raise ArchiveError(f"{path}: its compressed text ends too early")


def _lines(parts: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
    if rest:
        yield rest
