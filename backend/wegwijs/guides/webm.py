"""Opus out of WebM into Ogg: browsers record into WebM, which our sound library does not read.

Only the boxes are changed, the sound packets stay as they are; decoding them afterwards proves that they are sound.
Formats: RFC 8794 (EBML), RFC 9559 (Matroska), RFC 7845 (Opus in Ogg), RFC 3533 (Ogg).
"""

import struct
from collections.abc import Iterator

_SEGMENT, _TRACKS, _TRACK, _CLUSTER, _GROUP = 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0
_INSIDE = {_SEGMENT, _TRACKS, _TRACK, _CLUSTER, _GROUP}
_CODEC, _CODEC_PRIVATE, _SIMPLE_BLOCK, _BLOCK = 0x86, 0x63A2, 0xA3, 0xA1
_SERIAL = 0x57454757
_MOST_PACKETS = 20_000
_LACING = 0x06
# Samples of one frame at 48 kHz by the packet's configuration (RFC 6716, 3.1).
_FRAMES = [*[480, 960, 1920, 2880] * 3, *[480, 960] * 2, *[120, 240, 480, 960] * 4]


class NotWebm(ValueError):
    """The bytes are no WebM file with one track of Opus."""


def _number(data: bytes, at: int, *, keep_mark: bool) -> tuple[int, int]:
    """An EBML number at a place, and the place behind it."""
    if at >= len(data) or data[at] == 0:
        raise NotWebm("a number is broken")
    size = 9 - data[at].bit_length()
    if at + size > len(data):
        raise NotWebm("ends in the middle of a number")
    value = int.from_bytes(data[at : at + size], "big")
    return (value if keep_mark else value & (1 << 7 * size) - 1), at + size


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The leaves in their order. Boxes are entered and not skipped: a recorder does not know their size beforehand."""
    at = 0
    while at < len(data):
        name, at = _number(data, at, keep_mark=True)
        size, at = _number(data, at, keep_mark=False)
        if name in _INSIDE:
            continue
        yield name, data[at : at + size]
        at += size


def _packets(data: bytes) -> tuple[bytes, list[bytes]]:
    """The head of the Opus track, and its packets."""
    codec, head, packets = b"", b"", []
    for name, body in _elements(data):
        if name == _CODEC:
            codec = body
        elif name == _CODEC_PRIVATE:
            head = body
        elif name in {_SIMPLE_BLOCK, _BLOCK}:
            _, at = _number(body, 0, keep_mark=False)
            if len(body) < at + 4 or body[at + 2] & _LACING:
                raise NotWebm("a block is broken")
            packets.append(body[at + 3 :])
        if len(packets) > _MOST_PACKETS:
            raise NotWebm("is too long")
    if codec.rstrip(b"\0") != b"A_OPUS" or not head.startswith(b"OpusHead") or not packets:
        raise NotWebm("has no track of Opus")
    return head, packets


def _crc_table() -> list[int]:
    table = []
    for number in range(256):
        value = number << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


_CRC = _crc_table()


def _page(flags: int, granule: int, number: int, packet: bytes) -> bytes:
    """One Ogg page with one packet."""
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    if len(lacing) > 255:
        raise NotWebm("a packet is too large")
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, _SERIAL, number, 0, len(lacing)) + lacing
    checksum = 0
    for byte in head + packet:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ _CRC[checksum >> 24 ^ byte]
    return head[:22] + struct.pack("<I", checksum) + head[26:] + packet


def _samples(packet: bytes) -> int:
    """How long a packet lasts, in samples at 48 kHz."""
    count = {0: 1, 1: 2, 2: 2}.get(packet[0] & 3)
    if count is None:
        count = packet[1] & 0x3F if len(packet) > 1 else 0
    return _FRAMES[packet[0] >> 3] * count


def as_ogg(data: bytes) -> bytes:
    """A WebM file with Opus as Ogg Opus. Raises NotWebm."""
    head, packets = _packets(data)
    tags = b"OpusTags" + struct.pack("<I7sI", 7, b"wegwijs", 0)
    pages, granule = [_page(2, 0, 0, head), _page(0, 0, 1, tags)], 0
    for number, packet in enumerate(packets, 2):
        if not packet:
            raise NotWebm("a packet is empty")
        granule += _samples(packet)
        pages.append(_page(4 if number == len(packets) + 1 else 0, granule, number, packet))
    return b"".join(pages)
