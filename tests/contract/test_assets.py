"""The built app as browsers get it: caching, packing, fallback, upgrades, and no way out of it."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from tests.conftest import started
from tests.helpers import browser_like
from wegwijs import app as wiring
from wegwijs.app import create_app
from wegwijs.foundation.settings import Settings
from wegwijs.web import assets as web_assets

NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CANARY = "canary-7f3a"
SCRIPT = "/assets/index-abc123.js"
PLAIN = b"export {}"
BROTLI, GZIP = brotli.compress(PLAIN), gzip.compress(PLAIN)


def built_app(folder: Path, name: str = SCRIPT) -> Path:
    """A small built app, precompressed as the real one is."""
    for address, content in {
        "/index.html": f"<!doctype html><script type=module src={name}></script>",
        "/sw.js": "self",
        "/manifest.webmanifest": "{}",
        name: PLAIN.decode(),
    }.items():
        path = folder / address.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    packed = folder / name.lstrip("/")
    packed.with_name(packed.name + ".br").write_bytes(BROTLI)
    packed.with_name(packed.name + ".gz").write_bytes(GZIP)
    return folder


@pytest_asyncio.fixture
async def shown_app(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Litestar]:
    """An application with a small built app."""
    built = built_app(tmp_path / "built")
    (tmp_path / "secret.txt").write_text(CANARY)
    monkeypatch.setattr(wiring, "Assets", lambda: web_assets.Assets(built))
    application = create_app(settings)
    async with started(application):
        yield application


@pytest_asyncio.fixture
async def shown(shown_app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that visits it."""
    async with browser_like(shown_app) as client:
        yield client


async def raw(app: Litestar, path: str) -> tuple[int, bytes]:
    """Ask for a path exactly as it stands: httpx would tidy it first."""
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost:8000"), (b"accept", b"*/*")],
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
        "root_path": "",
    }
    await app(scope, receive, send)
    return said[0]["status"], b"".join(message["body"] for message in said[1:])


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_page_is_asked_for_anew_and_hashed_files_are_kept(shown: httpx.AsyncClient) -> None:
    for path in ("/", "/index.html", "/sw.js", "/manifest.webmanifest"):
        assert (await shown.get(path)).headers["cache-control"] == "no-cache"
    answer = await shown.get(SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (await shown.get("/sw.js")).headers["content-type"].startswith("text/javascript")
    assert (await shown.get("/manifest.webmanifest")).headers["content-type"] == "application/manifest+json"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip, deflate, br", "br", BROTLI),
        ("gzip", "gzip", GZIP),
        ("br;q=0, gzip", "gzip", GZIP),
        ("identity", None, PLAIN),
        ("", None, PLAIN),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_was_packed_is_sent_packed(
    shown: httpx.AsyncClient, accepted: str, encoding: str | None, body: bytes
) -> None:
    async with shown.stream("GET", SCRIPT, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert b"".join([chunk async for chunk in answer.aiter_raw()]) == body


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_is_current_is_not_sent_again(shown: httpx.AsyncClient) -> None:
    etag = (await shown.get("/")).headers["etag"]
    for said in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await shown.get("/", headers={"If-None-Match": said})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "no-cache"
    assert (await shown.get("/", headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_each_encoding_has_its_own_tag(shown: httpx.AsyncClient) -> None:
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        async with shown.stream("GET", SCRIPT, headers={"Accept-Encoding": accepted}) as answer:
            tags.add(answer.headers["etag"])
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/enrol", NAVIGATION, 200),
        ("GET", "/today/2026-11-21", NAVIGATION, 200),
        ("GET", "/enrol", {"Accept": "*/*"}, 404),
        ("GET", "/api/nothing", NAVIGATION, 404),
        ("GET", "/api", NAVIGATION, 404),
        ("GET", "/assets/old-1234.js", NAVIGATION, 404),
        ("HEAD", "/enrol", NAVIGATION, 404),
        ("POST", "/enrol", NAVIGATION, 405),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_navigations_fall_back_to_the_page(
    shown: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await shown.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.text.startswith("<!doctype html>") is (status == 200)


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "//secret.txt",
        "/..\\secret.txt",
        "/assets/\0",
        "/etc/passwd",
        "/sw.js.br",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_no_path_leads_out_of_the_app(shown_app: Litestar, path: str) -> None:
    status, body = await raw(shown_app, path)
    assert status == 404
    assert CANARY.encode() not in body


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_head_has_no_body(shown: httpx.AsyncClient) -> None:
    answer = await shown.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_the_release_before_is_still_served(tmp_path: Path) -> None:
    data = tmp_path / "data"
    names = [f"/assets/index-{release}.js" for release in ("one", "two", "three")]
    for release, name in enumerate(names):
        files = web_assets.Assets(built_app(tmp_path / f"built{release}", name))
        await files.load(data)
    assert [files.find(name, navigation=False) is not None for name in names] == [False, True, True]
    assert len(list((data / "assets").iterdir())) == 2


async def test_starting_again_keeps_the_release_before(tmp_path: Path) -> None:
    data = tmp_path / "data"
    old, new = (built_app(tmp_path / name, f"/assets/{name}.js") for name in ("old", "new"))
    for built in (old, new, new, new):
        files = web_assets.Assets(built)
        await files.load(data)
    assert files.find("/assets/old.js", navigation=False) is not None


async def test_an_app_that_was_not_built_is_simply_not_there(tmp_path: Path) -> None:
    files = web_assets.Assets(tmp_path / "nothing")
    await files.load(tmp_path / "data")
    assert files.find("/", navigation=True) is None
