"""The addresses of the guide pages, `/g`. They look at no cookie and set none; nobody who reads is known to them."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Controller, Request, Response, get, post, put
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from wegwijs.foundation.clock import now
from wegwijs.foundation.database import Database, Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.foundation.settings import Settings
from wegwijs.guides.document import Guide
from wegwijs.guides.pages.about_page import about_page
from wegwijs.guides.pages.answer import HTML, JSON, PDF, answer
from wegwijs.guides.pages.ask import ready_cards
from wegwijs.guides.pages.facts import FactsChange, KnownFacts, change_facts, known_facts
from wegwijs.guides.pages.guide_page import GuidePage
from wegwijs.guides.pages.html import Html
from wegwijs.guides.pages.languages import language, preferred
from wegwijs.guides.pages.list_page import guides_page, language_page
from wegwijs.guides.pages.paper import paper
from wegwijs.guides.pages.pdf import PdfMaker
from wegwijs.guides.pages.service import Here, Library, find_here
from wegwijs.guides.pages.unclear import Unclear, UnclearCount, count_unclear, unclear_counts
from wegwijs.people.access import Actor
from wegwijs.people.keys import server_secret

_Request = Request[Any, Any, Any]
_PDF = ".pdf"
_BUNDLE = "all.json"
_ABOUT = "about"


def _today(here: Here) -> date:
    return now().astimezone(ZoneInfo(here.time_zone)).date()


async def _here(request: _Request, tx: Transaction, settings: Settings) -> Here:
    scheme = settings.public_url.partition("://")[0]
    return await find_here(tx, settings.guide_hosts, scheme, request.headers.get("host", ""))


def _page(request: _Request, page: Html, *, vary: str = "") -> Response[bytes]:
    return answer(page.encode(), HTML, dict(request.headers), vary=vary)


def _shown(page: GuidePage, wanted: str) -> list[str]:
    """The languages of an address (`nl+ar`), each once; none when one of them is not offered."""
    shown = list(dict.fromkeys(wanted.split("+")))
    return shown if len(shown) <= 2 and set(shown) <= set(page.pieces) else []


def _languages(
    request: _Request, library: Library, here: Here, guides: list[Guide], code: str | None, *, lost: bool = False
) -> Response[Any]:
    """The languages of a guide or of all. Whoever came by an address that leads nowhere may choose here, too.

    Raises Problem `not_found` for a program that asked for something else than a page.
    """
    known = code in {guide.code for guide in guides}
    lost = lost or not (code is None or known)
    if lost and "text/html" not in request.headers.get("accept", ""):
        raise Problem("not_found")
    page = language_page(library.built, guides, here.facts, _said_in(request, here), code if known else None)
    response = _page(request, page, vary="Accept-Language")
    if lost and response.status_code != 304:
        response.status_code = 404
    return response


class GuidePages(Controller):
    """What newcomers read."""

    path = "/g"
    include_in_schema = False

    @get()
    async def start(
        self, request: _Request, db: Given[Database], settings: Given[Settings], library: Given[Library]
    ) -> Response[Any]:
        """All languages. The address ends in a slash, so that the page lies within its service worker's scope."""
        if not request.scope["raw_path"].endswith(b"/"):
            return Redirect("/g/", status_code=308)
        async with db.read() as tx:
            here = await _here(request, tx, settings)
            guides = await library.guides(tx, here)
        return _languages(request, library, here, guides, None)

    @get("/{name:str}")
    async def guides_or_languages(
        self, request: _Request, name: str, db: Given[Database], settings: Given[Settings], library: Given[Library]
    ) -> Response[Any]:
        """`/g/ar`: the guides in a language. `/g/rent`: the languages of a guide."""
        async with db.read() as tx:
            here = await _here(request, tx, settings)
            guides = await library.guides(tx, here)
        if language(name) is not None:
            return _page(request, guides_page(library.built, guides, here.facts, name, _today(here)))
        return _languages(request, library, here, guides, name)

    @get("/{name:str}/{wanted:str}")
    async def read(
        self,
        request: _Request,
        name: str,
        wanted: str,
        db: Given[Database],
        settings: Given[Settings],
        library: Given[Library],
        pdf_maker: Given[PdfMaker],
    ) -> Response[Any]:
        """A guide in one language or two; with `.pdf` for paper; `all.json` is everything for reading offline."""
        async with db.read() as tx:
            here = await _here(request, tx, settings)
            page = await library.page(tx, here, name)
            guides = await library.guides(tx, here) if page is None else [page.guide]
        if name == _ABOUT and language(wanted) is not None:
            return _page(request, about_page(library.built, here.facts, here.country, wanted))
        if page is not None and wanted == _BUNDLE:
            return answer(page.bundle, JSON, dict(request.headers))
        shown = _shown(page, wanted.removesuffix(_PDF)) if page is not None else []
        if page is None or not shown:
            return _languages(request, library, here, guides, name, lost=True)
        if wanted.endswith(_PDF):
            sheet = paper(page.guide, here.facts, shown, page.address(shown), _today(here))
            return _pdf(request, await pdf_maker.make(sheet), f"{name}-{'-'.join(shown)}.pdf")
        if "+".join(shown) != wanted:
            return Redirect(f"/g/{name}/{'+'.join(shown)}", status_code=308)
        return _page(request, page.show(shown, _today(here)))

    @post("/{name:str}/unclear", status_code=204)
    async def unclear(
        self,
        request: _Request,
        name: str,
        data: Unclear,
        db: Given[Database],
        settings: Given[Settings],
        library: Given[Library],
    ) -> None:
        """'I don't understand': one more, for a step in a language. Nothing of who said so is kept."""
        async with db.write() as tx:
            here = await _here(request, tx, settings)
            page = await library.page(tx, here, name)
            if page is None:
                raise Problem("not_found")
            await count_unclear(tx, server_secret(settings), here.organisation, page.guide, data)

    @post("/forget", status_code=204)
    async def forget(self) -> Response[None]:
        """Have the browser clear the copies of its own: the script can remove only what the worker kept."""
        return Response(None, status_code=204, headers={"Clear-Site-Data": '"cache"'})


def _said_in(request: _Request, here: Here) -> str:
    """The language of the few words around a list of languages: what the browser prefers, else the organisation's."""
    offered = tuple(dict.fromkeys((here.default_language, "nl", "fr", "en", "de", "ar", "ru", "tr", "uk", "es", "fa")))
    return preferred(request.headers.get("accept-language", ""), offered)


def _pdf(request: _Request, made: bytes, name: str) -> Response[bytes]:
    response = answer(made, PDF, dict(request.headers))
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


class PublicFactsController(Controller):
    """`/api/guides/public-facts`, `/api/guides/unclear`: what the staff say on the pages, and what came back."""

    path = "/api/guides"
    tags = ("guides",)

    @get("/public-facts")
    async def public_facts(self, actor: Given[Actor], db: Given[Database]) -> KnownFacts:
        """What the organisation tells the public: places, hours, languages, cards, who is answerable."""
        async with db.read() as tx:
            return await known_facts(tx, actor.organisation, ready_cards())

    @put("/public-facts")
    async def set_public_facts(self, actor: Given[Actor], db: Given[Database], data: FactsChange) -> KnownFacts:
        """Replace it as a whole, unless somebody else changed it meanwhile; the pages show it at once."""
        async with db.write() as tx:
            await change_facts(tx, actor.organisation, data)
            return await known_facts(tx, actor.organisation, ready_cards())

    @get("/unclear")
    async def unclear(self, actor: Given[Actor], db: Given[Database]) -> list[UnclearCount]:
        """How often each step was not understood, by language and month, the most frequent first."""
        async with db.read() as tx:
            return await unclear_counts(tx, actor.organisation)
