"""All wiring, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from wegwijs.access import PUBLIC, AccessMiddleware, check_matrix, rule_for
from wegwijs.catalogue.routes import CatalogueController
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database
from wegwijs.foundation.jobs import Scheduler
from wegwijs.foundation.journal import Journal
from wegwijs.foundation.migrate import check_schema
from wegwijs.foundation.settings import Settings
from wegwijs.guides import file_routes as guide_files
from wegwijs.guides import routes as guides
from wegwijs.guides.pages.built import read_built
from wegwijs.guides.pages.pdf import PdfMaker, available
from wegwijs.guides.pages.routes import GuidePages, PublicFactsController
from wegwijs.guides.pages.service import Library
from wegwijs.operation import nightly
from wegwijs.operation import routes as operation
from wegwijs.operation.highwater import Highwater
from wegwijs.people import routes as people
from wegwijs.people.cookie import SessionMiddleware, signed_in_actor
from wegwijs.people.service import server_secret
from wegwijs.reports.routes import ReportsController
from wegwijs.review.routes import ReviewController
from wegwijs.sync.letterbox.routes import LetterboxController
from wegwijs.sync.letterbox.schemas import MEDIA_TYPE
from wegwijs.sync.routes import SyncController
from wegwijs.web.access_log import logged
from wegwijs.web.assets import Assets, assets_route
from wegwijs.web.headers import security_headers
from wegwijs.web.health import healthz, readyz
from wegwijs.web.limits import known_hosts_only
from wegwijs.web.openapi import openapi_config, openapi_route
from wegwijs.web.origin import own_pages_only
from wegwijs.web.problem_handlers import EXCEPTION_HANDLERS

CONTROLLERS = (
    *people.ROUTES,
    *operation.ROUTES,
    CatalogueController,
    *guides.ROUTES,
    *guide_files.ROUTES,
    PublicFactsController,
    GuidePages,
    SyncController,
    LetterboxController,
    ReportsController,
    ReviewController,
)

# Content types besides JSON, by address.
CONTENT_TYPES = {
    "/api/sync/v1/letterbox": MEDIA_TYPE,
    "/api/sync/v1/rescue": MEDIA_TYPE,
    **guide_files.CONTENT_TYPES,
}


def _is_public(method: str, template: str) -> bool:
    return rule_for(method, template) is PUBLIC


def _given(value: Any) -> Provide:
    """A dependency that is the same for every request."""
    return Provide(lambda: value, sync_to_thread=False)


@asynccontextmanager
async def _nights(db: Database, settings: Settings) -> AsyncIterator[None]:
    """Run the jobs beside the answering, and note how far the counters stood, at the end too."""
    noted = Highwater(settings.journal_dir)
    scheduler = Scheduler(db, nightly.jobs(db, settings, REGISTRY), each_look=lambda: noted.note(db))
    task = asyncio.create_task(scheduler.forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await noted.note(db)


def create_app(settings: Settings, *, jobs: bool = False) -> Litestar:
    """The whole application; with `jobs` it also runs those of the night.

    Raises RouteWithoutRule for a route the access matrix does not know.

    Opening it (lifespan) raises SchemaBehind or SchemaAhead when the database does not fit the code, and KeysError
    when the keys cannot be kept where the settings say.
    """
    db, assets, built = Database.from_url(settings.database_url), Assets(), read_built()

    @asynccontextmanager
    async def opened(_: Litestar) -> AsyncIterator[None]:
        server_secret(settings)
        await db.open()
        try:
            await check_schema(db)
            await assets.load(settings.data_dir)
            async with _nights(db, settings) if jobs else nullcontext():
                yield
        finally:
            await db.close()

    app = Litestar(
        route_handlers=[*CONTROLLERS, healthz, readyz, openapi_route(settings, _is_public), assets_route(assets)],
        dependencies={
            "db": _given(db),
            "settings": _given(settings),
            "registry": _given(REGISTRY),
            "journal": _given(Journal(settings.journal_dir)),
            "library": _given(Library(built, pdf=available())),
            "pdf_maker": _given(PdfMaker(settings.data_dir / "guide-pdf", built)),
            "cursor_secret": Provide(lambda: server_secret(settings), sync_to_thread=False),
            "actor": Provide(signed_in_actor, sync_to_thread=False),
        },
        middleware=[SessionMiddleware(db, settings), AccessMiddleware()],
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[security_headers(settings)],
        lifespan=[opened],
        openapi_config=openapi_config(),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        debug=False,
    )
    check_matrix(app)
    # Outside of routing, so that these hold for addresses that no route has, too.
    guarded = own_pages_only(app.asgi_handler, settings, CONTENT_TYPES)
    app.asgi_handler = logged(known_hosts_only(guarded, settings.allowed_hosts))
    return app
