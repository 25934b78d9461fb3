"""The addresses of the catalogue: read it whole, change one entry."""

import re
from typing import Annotated

from litestar import Controller, MediaType, Response, get, put
from litestar.di import NamedDependency as Given
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody

from wegwijs.catalogue import service
from wegwijs.catalogue.schemas import Catalogue, EntryChange, EntryState
from wegwijs.foundation.database import Database
from wegwijs.people.access import Actor

# The device keeps it and asks each time whether it still holds; no shared cache may: the words are one organisation's.
_CACHE = "private, no-cache"
_REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


def _takes_gzip(accept_encoding: str) -> bool:
    accepted = accept_encoding.lower()
    return "gzip" in accepted and not _REFUSES_GZIP.search(accepted)


def _names(if_none_match: str, etag: str) -> bool:
    """Whether the condition names a tag; the mark of a weak tag makes no difference here (RFC 9110, 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags


class CatalogueController(Controller):
    """`/api/catalogue`: everybody who is signed in reads; administrators change."""

    path = "/api/catalogue"
    tags = ("catalogue",)

    @get(
        responses={
            200: ResponseSpec(Catalogue, generate_examples=False, description="The catalogue, with a strong ETag"),
            304: ResponseSpec(None, description="The copy that If-None-Match names still holds"),
        }
    )
    async def read_catalogue(
        self,
        db: Given[Database],
        actor: Given[Actor],
        if_none_match: Annotated[str, HeaderParameter(name="If-None-Match")] = "",
        accept_encoding: Annotated[str, HeaderParameter(name="Accept-Encoding")] = "",
    ) -> Response[bytes]:
        """All lists in the words of the organisation and its country, in every language at once."""
        async with db.read() as tx:
            document = await service.document(tx, actor.organisation, actor.country)
        packed = _takes_gzip(accept_encoding)
        etag = f'"{document.version}{"-gzip" if packed else ""}"'
        headers = {"ETag": etag, "Cache-Control": _CACHE, "Vary": "Accept-Encoding"}
        if _names(if_none_match, etag):
            return Response(content=b"", status_code=304, headers=headers, media_type=MediaType.JSON)
        if packed:
            headers["Content-Encoding"] = "gzip"
        content = document.gzip if packed else document.body
        return Response(content=content, headers=headers, media_type=MediaType.JSON)

    @put("/{list_name:str}/{code:str}")
    async def change_entry(
        self,
        list_name: FromPath[str],
        code: FromPath[str],
        data: JSONBody[EntryChange],
        db: Given[Database],
        actor: Given[Actor],
    ) -> EntryState:
        """Add, reword, hide, show, retire, place or switch on one entry."""
        return await db.run_write(
            lambda tx: service.change_entry(tx, actor.organisation, actor.country, (list_name, code), data)
        )
