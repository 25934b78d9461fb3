"""Envelopes: what a phone seals opens here, and nothing that was changed on its way does."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from wegwijs.sync.core.envelope import (
    EnvelopeFault,
    Sealer,
    check_signature,
    envelope_hash,
    from_text,
    is_signed,
    open_envelope,
    seal,
    seal_statement,
    to_text,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "envelope.json").read_text())
ORGANISATION = X25519PrivateKey.from_private_bytes(from_text(VECTORS["keys"]["organisation"]["private"]))
DEVICE = Ed25519PrivateKey.from_private_bytes(from_text(VECTORS["keys"]["device"]["private"]))
DEVICE_PUBLIC = DEVICE.public_key().public_bytes_raw()
WHOLE = VECTORS["envelopes"][0]

Json = dict[str, Any]


def sealed(mutations: list[Json]) -> Json:
    return seal(mutations, Sealer(**VECTORS["sealer"], key=DEVICE, public_key=ORGANISATION.public_key()))


def changed(*path: str | int, to: Any) -> Json:
    envelope = deepcopy(WHOLE["envelope"])
    place = envelope
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return dict(envelope)


@pytest.mark.parametrize("vector", VECTORS["envelopes"], ids=lambda vector: str(vector["name"]))
def test_what_a_phone_sealed_opens_to_what_it_signed(vector: Json) -> None:
    opened = open_envelope(vector["envelope"], ORGANISATION)
    check_signature(opened, DEVICE_PUBLIC)
    assert [one.mutation for one in opened.statement.mutations] == vector["mutations"]
    assert str(opened.statement.member) == VECTORS["sealer"]["member"]
    assert envelope_hash(vector["envelope"]) == vector["hash"]


def test_what_is_sealed_here_opens_here() -> None:
    envelope = sealed(WHOLE["mutations"])
    assert envelope["header"] == WHOLE["envelope"]["header"]
    check_signature(open_envelope(envelope, ORGANISATION), DEVICE_PUBLIC)


def test_a_letterbox_is_signed_as_a_whole() -> None:
    body, signature = VECTORS["letterbox"]["body"], from_text(VECTORS["letterbox"]["signature"])
    assert is_signed(signature, b"wegwijs/letterbox/1|", body, DEVICE_PUBLIC)
    assert not is_signed(signature, b"wegwijs/letterbox/1|", {**body, "envelopes": []}, DEVICE_PUBLIC)


OTHER = "11111111-2222-4333-8444-555555555555"
BOX = WHOLE["envelope"]["box"]


@pytest.mark.parametrize(
    "envelope",
    [
        changed("header", "kid", to="fedcba9876543210"),
        changed("header", "device", to=OTHER),
        changed("header", "group", to=None),
        changed("header", "mutations", 0, to=OTHER),
        changed("header", "entities", 1, to=OTHER),
        changed("header", to=VECTORS["envelopes"][1]["envelope"]["header"]),
        changed("box", to=BOX[:-40]),
        changed("box", to=BOX[:20]),
        changed("box", to=""),
        changed("box", to=("B" if BOX[0] == "A" else "A") + BOX[1:]),
        changed("box", to=BOX[:-3] + ("BBB" if BOX[-3:] == "AAA" else "AAA")),
    ],
)
def test_with_another_header_or_box_it_does_not_open(envelope: Json) -> None:
    with pytest.raises(EnvelopeFault, match="not_opened"):
        open_envelope(envelope, ORGANISATION)


def test_with_another_key_it_does_not_open() -> None:
    with pytest.raises(EnvelopeFault, match="not_opened"):
        open_envelope(WHOLE["envelope"], X25519PrivateKey.generate())


@pytest.mark.parametrize(
    "envelope",
    [
        None, 7, "x", [], {}, {"header": {}, "box": ""}, {**WHOLE["envelope"], "more": 1}, changed("box", to=7),
        changed("box", to="not base64!"), changed("header", "v", to=2), changed("header", "device", to="x"),
        changed("header", "mutations", to=[]), changed("header", "mutations", to=[OTHER] * 21),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_malformed(envelope: Any) -> None:
    with pytest.raises(EnvelopeFault, match="malformed"):
        open_envelope(envelope, ORGANISATION)


def test_signed_by_another_device_it_is_not_believed() -> None:
    statement = open_envelope(WHOLE["envelope"], ORGANISATION).raw
    stranger = Ed25519PrivateKey.generate()
    again = seal_statement(statement, WHOLE["envelope"]["header"], stranger, ORGANISATION.public_key())
    with pytest.raises(EnvelopeFault, match="bad_signature"):
        check_signature(open_envelope(again, ORGANISATION), DEVICE_PUBLIC)


def test_a_changed_statement_is_not_believed() -> None:
    statement = open_envelope(WHOLE["envelope"], ORGANISATION).raw
    header = WHOLE["envelope"]["header"]
    envelope = seal_statement(statement, header, DEVICE, ORGANISATION.public_key())
    opened = open_envelope(envelope, ORGANISATION)
    opened.raw["member"] = OTHER
    with pytest.raises(EnvelopeFault, match="bad_signature"):
        check_signature(opened, DEVICE_PUBLIC)


def test_the_header_must_say_what_is_inside() -> None:
    statement = open_envelope(WHOLE["envelope"], ORGANISATION).raw
    header = WHOLE["envelope"]["header"]
    for wrong in (
        {**header, "device": OTHER},
        {**header, "group": None},
        {**header, "mutations": header["mutations"][:1]},
        {**header, "entities": header["entities"][::-1]},
        {**header, "entities": header["entities"][:1]},
    ):
        envelope = seal_statement(statement, wrong, DEVICE, ORGANISATION.public_key())
        with pytest.raises(EnvelopeFault, match="header_differs"):
            open_envelope(envelope, ORGANISATION)


@pytest.mark.parametrize("group", [[], {}, 7, OTHER])
def test_a_group_inside_that_is_not_the_headers_is_refused_whatever_it_is(group: object) -> None:
    statement = deepcopy(open_envelope(WHOLE["envelope"], ORGANISATION).raw)
    statement["mutations"][1]["mutation"]["group"] = group
    envelope = seal_statement(statement, WHOLE["envelope"]["header"], DEVICE, ORGANISATION.public_key())
    with pytest.raises(EnvelopeFault, match="header_differs"):
        open_envelope(envelope, ORGANISATION)


def test_a_mutation_must_have_the_hash_it_was_signed_under() -> None:
    statement = deepcopy(open_envelope(WHOLE["envelope"], ORGANISATION).raw)
    statement["mutations"][1]["mutation"]["set"]["text"] = "iets anders"
    envelope = seal_statement(statement, WHOLE["envelope"]["header"], DEVICE, ORGANISATION.public_key())
    with pytest.raises(EnvelopeFault, match="wrong_hash"):
        open_envelope(envelope, ORGANISATION)


@pytest.mark.parametrize("inside", [b"", b"[]", b"{}", b'{"statement":{}}', b"[" * 5000, b"\xff"])
def test_an_inside_of_another_make_is_malformed(inside: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wegwijs.sync.core.envelope.canonical", lambda value: inside)
    envelope = seal_statement({}, WHOLE["envelope"]["header"], DEVICE, ORGANISATION.public_key())
    with pytest.raises(EnvelopeFault, match="malformed"):
        open_envelope(envelope, ORGANISATION)


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\xfb\xff", bytes(range(255))])
def test_bytes_survive_their_text(raw: bytes) -> None:
    assert from_text(to_text(raw)) == raw
