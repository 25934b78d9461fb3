"""Files of guides: texts as PO or spreadsheet, and sound. Raw bodies, each address with the one type it takes.

Reading a file, and decoding or making sound, takes a moment of computing: that happens in a thread, outside of any
transaction.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Annotated, Any, Final

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides import exchange_po, exchange_xlsx, service, text_schemas
from wegwijs.guides.exchange import NotReadable, TextFile, refused, take_file, text_file
from wegwijs.guides.sound import Encoded, encode_sound, speak
from wegwijs.guides.sounds import ToSpeak
from wegwijs.people.access import Actor

AnyRequest = Request[Any, Any, Any]
Code = Annotated[str, QueryParameter(max_length=40)]
Language = Annotated[str, QueryParameter(max_length=12)]
Message = Annotated[str, QueryParameter(max_length=60)]
Hash = Annotated[str, QueryParameter(pattern="^[0-9a-f]{12}$")]
Name = Annotated[str, QueryParameter(max_length=40)]

# 30 seconds of 16 bits at 48 kHz in mono.
_MOST_SOUND_BYTES = 3 * 1024 * 1024
# A request makes as many voices as fit; the client asks again for the rest.
_SPEAKING_SECONDS = 15.0

CONTENT_TYPES: Final = {
    "/api/guides/files/po": exchange_po.MEDIA_TYPE,
    "/api/guides/files/xlsx": exchange_xlsx.MEDIA_TYPE,
    "/api/guides/sound/wav": "audio/wav",
    "/api/guides/sound/ogg": "audio/ogg",
    "/api/guides/sound/webm": "audio/webm",
}
"""Content types besides JSON, by address."""


async def _body(request: AnyRequest) -> bytes:
    """The raw body. Raises Problem `wrong_content_type` when it is not declared as the type of this address."""
    wanted = CONTENT_TYPES[request.url.path]
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        raise Problem("wrong_content_type", f"Send `{wanted}`.")
    return await request.body()


def _download(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


class GuideFilesController(Controller):
    """`/api/guides/files`: texts of a guide in a language, out and in."""

    path = "/api/guides/files"
    tags = ("guides",)

    @get("/po", responses={200: ResponseSpec(None, description="A PO file", media_type=exchange_po.MEDIA_TYPE)})
    async def po_out(self, code: Code, language: Language, actor: Given[Actor], db: Given[Database]) -> Response[bytes]:
        """The texts as gettext PO."""
        async with db.read() as tx:
            file = await text_file(tx, actor.organisation, code, language)
            plural = (await service.languages(tx, actor.organisation))[language].plural
        content = await asyncio.to_thread(exchange_po.write_texts, file, plural)
        return _download(content, exchange_po.MEDIA_TYPE, f"{code}-{language}.po")

    @get("/xlsx", responses={200: ResponseSpec(None, description="A table", media_type=exchange_xlsx.MEDIA_TYPE)})
    async def xlsx_out(
        self, code: Code, language: Language, actor: Given[Actor], db: Given[Database]
    ) -> Response[bytes]:
        """The texts as a spreadsheet."""
        async with db.read() as tx:
            file = await text_file(tx, actor.organisation, code, language)
            direction = (await service.languages(tx, actor.organisation))[language].direction
        content = await asyncio.to_thread(exchange_xlsx.write_texts, file, direction)
        return _download(content, exchange_xlsx.MEDIA_TYPE, f"{code}-{language}.xlsx")

    @post("/po", status_code=200)
    async def po_in(
        self,
        request: AnyRequest,
        code: Code,
        language: Language,
        actor: Given[Actor],
        db: Given[Database],
        dry: bool = True,
    ) -> text_schemas.Imported:
        """Take a PO file over, or (`dry`, the default) say what it would change."""
        file = await _read(exchange_po.read_texts, await _body(request))
        return await db.run_write(lambda tx: take_file(tx, actor, code, language, file, dry=dry))

    @post("/xlsx", status_code=200)
    async def xlsx_in(
        self,
        request: AnyRequest,
        code: Code,
        language: Language,
        actor: Given[Actor],
        db: Given[Database],
        dry: bool = True,
    ) -> text_schemas.Imported:
        """Take a spreadsheet over, or (`dry`, the default) say what it would change."""
        file = await _read(exchange_xlsx.read_texts, await _body(request))
        return await db.run_write(lambda tx: take_file(tx, actor, code, language, file, dry=dry))


async def _read(reader: Callable[[bytes], TextFile], data: bytes) -> TextFile:
    """A file, or Problem `not_this_guide` with every place that is wrong."""
    try:
        return await asyncio.to_thread(reader, data)
    except NotReadable as error:
        raise refused(error.findings) from None


class GuideSoundController(Controller):
    """`/api/guides/sound`: recordings and computer voices."""

    path = "/api/guides/sound"
    tags = ("guides",)

    @post("/{kind:str}", request_max_body_size=_MOST_SOUND_BYTES)
    async def record(  # noqa: PLR0913, PLR0917 (what a recording must say of itself)
        self,
        request: AnyRequest,
        kind: FromPath[str],
        code: Code,
        language: Language,
        message: Message,
        text_hash: Annotated[str, QueryParameter(name="hash", pattern="^[0-9a-f]{12}$")],
        actor: Given[Actor],
        db: Given[Database],
        speaker: Name = "",
        consent: bool = False,
    ) -> text_schemas.SoundMade:
        """A recording of a text as a raw body: `wav`, `ogg` or `webm`. It is offered with the next version."""
        told = text_schemas.Recording(
            language=language, message=message, hash=text_hash, speaker=speaker, consent=consent
        )
        if f"{self.path}/{kind}" not in CONTENT_TYPES:
            raise Problem("not_found")
        sound = await asyncio.to_thread(encode_sound, await _body(request), f"audio/{kind}")
        return await db.run_write(lambda tx: service.add_recording(tx, actor, code, told, sound))

    @post("/withdraw", status_code=204)
    async def withdraw(
        self, code: Code, data: JSONBody[text_schemas.Withdraw], actor: Given[Actor], db: Given[Database]
    ) -> None:
        """Forget the recordings of a text."""
        await db.run_write(lambda tx: service.withdraw_recordings(tx, actor, code, data.language, data.message))

    @post("/speak", status_code=200)
    async def speak(
        self, code: Code, data: JSONBody[text_schemas.Speak], actor: Given[Actor], db: Given[Database]
    ) -> text_schemas.Spoken:
        """Let the computer read the texts of a language aloud that have no sound."""
        async with db.read() as tx:
            wanted = await service.without_sound(tx, actor.organisation, code, data.language)
        spoken = await asyncio.to_thread(spoken_within, wanted, _SPEAKING_SECONDS)

        async def work(tx: Transaction) -> None:
            await service.keep_spoken(tx, actor.organisation, code, spoken)

        await db.run_write(work)
        return text_schemas.Spoken(made=len(spoken), left=len(wanted) - len(spoken))


def spoken_within(wanted: list[ToSpeak], seconds: float) -> list[tuple[ToSpeak, Encoded]]:
    """As many texts in the computer's voice as fit into a time; at least one. Raises Problem `no_computer_voice`."""
    until, found = time.monotonic() + seconds, []
    for one in wanted:
        found.append((one, speak(one.text, one.voice)))
        if time.monotonic() > until:
            break
    return found


class PublicSoundController(Controller):
    """`/g/sound`: the files that a published guide names."""

    path = "/g/sound"
    include_in_schema = False

    @get("/{name:str}", media_type=MediaType.TEXT)
    async def sound(self, request: AnyRequest, name: FromPath[str], db: Given[Database]) -> Response[bytes]:
        """A sound by its name, which is the hash of its content; a part of it for players that ask for parts."""
        async with db.read() as tx:
            found = await service.sound_file(tx, name)
        if found is None:
            raise Problem("not_found")
        body, media_type = found
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Accept-Ranges": "bytes"}
        part = byte_range(request.headers.get("range", ""), len(body))
        if part is None:
            return Response(body, media_type=media_type, headers=headers)
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(body)}"
        return Response(body[part.start : part.stop], status_code=206, media_type=media_type, headers=headers)


def byte_range(asked: str, size: int) -> range | None:
    """The bytes that a Range header names (RFC 9110, 14); None for all: no header, several ranges, or none that fits.

    Safari on iOS plays no sound from a server that does not answer its ranges.
    """
    match = re.fullmatch(r"bytes=(\d{0,12})-(\d{0,12})", asked)
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    found = range(int(first), min(int(last or size), size - 1) + 1) if first else range(max(0, size - int(last)), size)
    return found or None


ROUTES = (GuideFilesController, GuideSoundController, PublicSoundController)
