"""Running the server: bind, migrate when asked, load the demo, answer, and only then say `ready`."""

import asyncio
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any, cast

import uvicorn
from litestar import Litestar
from uvicorn.supervisors import Multiprocess

from wegwijs.app import create_app
from wegwijs.contacts.entities import REGISTRY
from wegwijs.foundation.database import Database
from wegwijs.foundation.logs import configure
from wegwijs.foundation.migrate import check_schema, migrate
from wegwijs.foundation.settings import Settings, SettingsError, load_settings
from wegwijs.guides.service import bring_starters_everywhere
from wegwijs.guides.sound import has_computer_voice
from wegwijs.operation.nightly import recover

_POLL_SECONDS = 0.05


def worker() -> Litestar:
    """One of several processes: settings from the environment, which the first process completed."""
    settings = load_settings(os.environ)
    configure(settings.log_level, settings.log_format)
    return create_app(settings, jobs=True)


async def prepare(settings: Settings, *, migrating: bool) -> dict[str, Any]:
    """Bring the database and the starter guides up to date; returns the demo's sign-in links (none without the demo).

    A database that was put back is brought up to what was erased and switched off since. Raises SchemaBehind,
    SchemaAhead, JournalError, Problem.
    """
    db = Database.from_url(settings.database_url)
    await db.open()
    try:
        if migrating:
            await migrate(db, lambda line: print(line, file=sys.stderr))
        await check_schema(db)
        await recover(db, settings, REGISTRY)
        await db.run_write(bring_starters_everywhere)
    finally:
        await db.close()
    return await load_demo(settings) if settings.demo else {}


async def load_demo(settings: Settings) -> dict[str, Any]:
    """Make the demo organisation, or find it again, and write its fresh sign-in links to `<data>/demo.json`."""
    # Only the demo pays for loading them.
    from httpx import ASGITransport  # noqa: PLC0415

    from wegwijs.demo.service import make_demo  # noqa: PLC0415

    app, db = create_app(settings), Database.from_url(settings.database_url)
    await db.open()
    try:
        async with app.lifespan():
            content = await make_demo(db, settings, ASGITransport(app=cast(Any, app)))
    finally:
        await db.close()
    path = settings.data_dir / "demo.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, json.dumps(content, indent=2) + "\n")
    return content


def _write(path: Path, text: str) -> None:
    # The links let in whoever reads them, as long as the demo runs.
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise SettingsError([f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"]) from error
    return listening


def _announce(port: int, settings: Settings, demo: dict[str, Any]) -> None:
    """Print `ready …` once the server answers that it is."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host.replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    while True:
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=5):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    shown = "localhost" if _is_loopback(settings.host) else host
    print(f"ready http://{shown}:{port}", flush=True)
    for role, link in demo.get("sign_in", {}).items():
        print(f"sign in as {role}: {link}", flush=True)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def serve(overrides: dict[str, Any], *, migrating: bool, processes: int) -> None:
    """Serve until a signal ends it. Raises SettingsError, SchemaBehind, SchemaAhead, KeysError, Problem.

    `overrides` are settings of the command line; they are put into the environment for further processes.
    """
    settings = load_settings(os.environ, **overrides)
    if settings.demo and not _is_loopback(settings.host):
        raise SettingsError(
            [f"host = {settings.host!r}: the demo answers on this machine only, its links let anybody in"]
        )
    if processes > 1 and settings.database_url.startswith("sqlite"):
        raise SettingsError(["processes: SQLite has one writer; several processes need PostgreSQL"])
    # uvicorn hands a signal on when it has shut down in order; that is then no failure.
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)
    configure(settings.log_level, settings.log_format)
    if not has_computer_voice():
        print("espeak-ng is not installed: guides have no computer voice", file=sys.stderr)
    listening = _bind(settings)
    port = int(listening.getsockname()[1])
    given = {**overrides, "port": port}
    settings = load_settings(os.environ, **given)
    demo = asyncio.run(prepare(settings, migrating=migrating))
    threading.Thread(target=_announce, args=(port, settings, demo), daemon=True).start()
    if processes > 1:
        os.environ.update({f"WEGWIJS_{name.upper()}": str(value) for name, value in given.items() if value is not None})
        config = _config("wegwijs.serving:worker", settings, factory=True, workers=processes)
        Multiprocess(config, sockets=[listening]).run()
    else:
        uvicorn.Server(_config(create_app(settings, jobs=True), settings)).run(sockets=[listening])
    logging.shutdown()


def _config(app: Any, settings: Settings, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=10,
        **more,
    )
