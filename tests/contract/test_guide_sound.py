"""Texts read aloud: by a person who agreed, or by a computer where that is allowed; never another text's sound."""

import io
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from litestar import Litestar

from tests.contract.test_guides import change, draft, of_text, publish
from tests.helpers import SignedIn, make_organisation, sign_in
from wegwijs.guides.document import text_hash
from wegwijs.guides.file_routes import byte_range
from wegwijs.guides.service import published_guide
from wegwijs.guides.sound import has_computer_voice

RECORDED = (Path(__file__).parents[1] / "data" / "recorded.webm").read_bytes()
"""What a browser's recorder made of a tone of 1.2 seconds: WebM with Opus, its sizes unknown beforehand."""

SPOKEN = ("nl", "fr", "en", "de", "es", "ru", "uk", "tr")
ASKED = ("ar", "fa", "fa-AF", "am", "ti", "sq", "ku")


def wave(seconds: float = 1.0, loudness: float = 0.3, kind: str = "WAV") -> bytes:
    samples = loudness * np.sin(2 * np.pi * 220 * np.arange(int(seconds * 16_000)) / 16_000)
    out = io.BytesIO()
    soundfile.write(out, samples, 16_000, format=kind, subtype="PCM_16" if kind == "WAV" else "OPUS")
    return out.getvalue()


async def record(
    worker: SignedIn, data: bytes, kind: str = "wav", digest: str | None = None, **more: str
) -> httpx.Response:
    if digest is None:
        seen = (await worker.client.get("/api/guides/rent/check", params={"language": "ar"})).json()["texts"][0]
        digest = seen["text_hash"]
    told = {"code": "rent", "language": "ar", "message": "title", "hash": digest, "consent": "true"} | more
    return await worker.client.post(
        f"/api/guides/sound/{kind}", params=told, content=data, headers={"Content-Type": f"audio/{kind}"}
    )


@pytest.mark.parametrize(
    ("kind", "data"), [("wav", wave()), ("ogg", wave(kind="OGG")), ("webm", RECORDED)], ids=["wav", "ogg", "webm"]
)
async def test_a_recording_is_offered_with_the_next_version_in_two_forms(app: Litestar, kind: str, data: bytes) -> None:
    made = await make_organisation(app)
    editor, worker = await sign_in(app, "supervisor", made), await sign_in(app, "worker", made)
    answer = await record(worker, data, kind, speaker="Amal")
    assert answer.status_code == 201, answer.text
    assert (await publish(editor)).status_code == 201
    async with app.state.db.read() as tx:
        guide = await published_guide(tx, made.organisation, "rent")
    assert guide is not None
    title = guide.texts["ar"]["title"]
    assert title.sound is not None
    assert (title.sound.voice, title.sound.speaker, title.sound.hash) == ("person", "Amal", text_hash(title.text))
    for name, media_type in ((title.sound.opus, "audio/ogg"), (title.sound.mp3, "audio/mpeg")):
        file = await worker.client.get(f"/g/sound/{name}", headers={"Cookie": ""})
        assert (file.status_code, file.headers["Content-Type"]) == (200, media_type)
        assert "set-cookie" not in file.headers
        samples, _ = soundfile.read(io.BytesIO(file.content))
        assert 0.9 < len(samples) / 24_000 < 1.4
        assert float(np.abs(samples).max()) > 0.1
        # Safari on iOS asks for two bytes first, and plays nothing when it gets all.
        part = await worker.client.get(f"/g/sound/{name}", headers={"Range": "bytes=0-1"})
        assert (part.status_code, part.content) == (206, file.content[:2])
        assert part.headers["Content-Range"] == f"bytes 0-1/{len(file.content)}"


async def test_a_sound_of_another_text_is_never_offered(app: Litestar) -> None:
    made = await make_organisation(app)
    editor, worker = await sign_in(app, "supervisor", made), await sign_in(app, "worker", made)
    await record(worker, wave())
    before = await draft(editor)
    words = before["texts"]["ar"]["title"]["content"]["text"]
    assert before["texts"]["ar"]["title"]["sound"]["voice"] == "person"
    await change(editor, of_text(before, "ar", "title", "عنوان آخر"))
    assert (await draft(editor))["texts"]["ar"]["title"]["sound"] is None
    # The recording of a text that is gone is not even taken.
    late = await record(worker, wave(), digest=text_hash(words))
    assert (late.status_code, late.json()["code"]) == (409, "guide_changed")
    # The text comes back, and its sound with it.
    await change(editor, of_text(await draft(editor), "ar", "title", words))
    assert (await draft(editor))["texts"]["ar"]["title"]["sound"] is not None
    withdrawn = {"language": "ar", "message": "title"}
    gone = await worker.client.post("/api/guides/sound/withdraw", params={"code": "rent"}, json=withdrawn)
    assert gone.status_code == 204
    assert (await draft(editor))["texts"]["ar"]["title"]["sound"] is None


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-1", range(2)),
        ("bytes=4-", range(4, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=8-99", range(8, 10)),
        ("bytes=10-", None),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("", None),
    ],
)
def test_a_range_is_what_the_header_says_or_everything(asked: str, wanted: range | None) -> None:
    assert byte_range(asked, 10) == wanted


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_is_no_sound_is_refused_and_nothing_is_kept(app: Litestar) -> None:
    worker = await sign_in(app, "worker")
    for data, kind in (
        (b"", "wav"),
        (b"<html></html>", "wav"),
        (wave(seconds=31), "wav"),
        (wave(seconds=0.1), "wav"),
        (wave(loudness=0.0), "wav"),
        (wave()[:30], "wav"),
        (wave(), "webm"),
        (RECORDED[:120], "webm"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 100, "webm"),
        (b"OggS" + b"\0" * 100, "ogg"),
    ):
        answer = await record(worker, data, kind)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_sound"), (data[:20], kind)
    unasked = await record(worker, wave(), consent="false")
    assert (unasked.status_code, unasked.json()["code"]) == (422, "no_consent")
    markup = await record(worker, wave(), speaker="<b>x</b>")
    assert (markup.status_code, markup.json()["code"]) == (422, "guide_invalid")
    undeclared = await worker.client.post("/api/guides/sound/wav", content=wave(), headers={"Content-Type": "audio/x"})
    assert (undeclared.status_code, undeclared.json()["code"]) == (415, "wrong_content_type")
    async with app.state.db.read() as tx:
        assert await tx.fetch("SELECT id FROM guide_sound") == []


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_computer_speaks_only_where_it_may(app: Litestar) -> None:
    made = await make_organisation(app)
    editor, worker = await sign_in(app, "supervisor", made), await sign_in(app, "worker", made)
    voices = {
        one["language"]: one["allowed"] for one in (await editor.client.get("/api/guides/voices")).json()["voices"]
    }
    assert {language for language, allowed in voices.items() if allowed} == set(SPOKEN)
    assert {language for language, allowed in voices.items() if not allowed} == set(ASKED)
    speak = "/api/guides/sound/speak?code=rent"
    asked = await editor.client.post(speak, json={"language": "ar"})
    assert (asked.status_code, asked.json()["code"]) == (409, "no_computer_voice")
    for never in ("inh", "ce", "ary", "ps", "so", "ckb", "xx"):
        refused = await editor.client.put(f"/api/guides/voices/{never}", json={"allowed": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "no_computer_voice"), never
    assert (await editor.client.put("/api/guides/voices/ar", json={"allowed": True})).status_code == 204
    if not has_computer_voice():
        pytest.skip("espeak-ng is not installed: as root, apt-get install espeak-ng")
    await record(worker, wave())
    spoken = (await editor.client.post(speak, json={"language": "ar"})).json()
    assert spoken["made"] >= 1
    own = (await draft(editor))["texts"]["ar"]
    # A person's recording goes before the computer's, whichever came first.
    assert own["title"]["sound"]["voice"] == "person"
    assert own["summary"]["sound"]["voice"] == "computer"
    assert (await editor.client.post(speak, json={"language": "ar"})).json()["made"] == spoken["left"]
