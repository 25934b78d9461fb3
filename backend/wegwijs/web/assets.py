"""The built app: read whole at start, so that no request can ever name a path on the disk.

`index.html`, the service worker and the manifest are asked for anew each time (ETag, 304); what lies in `/assets/`
has a hash in its name and never changes. The hashed files of the release before are served too: a page that was
open during an upgrade still finds the parts it has not loaded yet.
"""

import asyncio
import hashlib
import mimetypes
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from litestar import HttpMethod, Request, Response, route
from litestar.handlers import HTTPRouteHandler

from wegwijs.foundation.ids import uuid4
from wegwijs.foundation.problems import Problem

BUILT = Path(__file__).parent / "app"
_KEPT_RELEASES = 2
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}


class _File(NamedTuple):
    """One file in all its encodings; the plain one is `""`."""

    bodies: dict[str, bytes]
    etag: str
    media_type: str
    cache: str


def _media_type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _read(folder: Path, prefix: str) -> dict[str, _File]:
    """Every file under `folder` by the address it has under `prefix`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in {".br", ".gz"}:
            continue
        bodies = {"": path.read_bytes()}
        for encoding, suffix in _ENCODINGS:
            packed = path.with_name(path.name + suffix)
            if packed.is_file():
                bodies[encoding] = packed.read_bytes()
        address = f"{prefix}/{path.relative_to(folder).as_posix()}"
        hashed = address.startswith("/assets/")
        found[address] = _File(
            bodies=bodies,
            etag=hashlib.sha256(bodies[""]).hexdigest()[:32],
            media_type=_media_type(path),
            cache="public, max-age=31536000, immutable" if hashed else "no-cache",
        )
    return found


def _keep_release(built: Path, kept: Path) -> list[Path]:
    """Copy this release's hashed files to the data folder; returns the folders of the releases kept, newest first."""
    kept.mkdir(parents=True, exist_ok=True)
    names = sorted(path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file())
    release = kept / hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    if not release.exists():
        draft = kept / f".{uuid4().hex}"
        shutil.copytree(built, draft)
        try:
            draft.rename(release)
        except OSError:
            # Another process of this server was quicker.
            shutil.rmtree(draft)
    os.utime(release)
    folders = [path for path in kept.iterdir() if path.is_dir() and not path.name.startswith(".")]
    folders.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in folders[_KEPT_RELEASES:]:
        shutil.rmtree(old, ignore_errors=True)
    return folders[:_KEPT_RELEASES]


class Assets:
    """The files of the app by address. Empty until `load`, and when the app has not been built."""

    def __init__(self, built: Path = BUILT) -> None:
        self._built = built
        self._files: dict[str, _File] = {}

    async def load(self, data_dir: Path) -> None:
        """Read this release, and from `<data>/assets` the hashed files of the one before."""
        self._files = await asyncio.to_thread(self._load, data_dir)

    def _load(self, data_dir: Path) -> dict[str, _File]:
        files: dict[str, _File] = {}
        hashed = self._built / "assets"
        if hashed.is_dir():
            for folder in reversed(_keep_release(hashed, data_dir / "assets")):
                files.update(_read(folder, "/assets"))
        return {**files, **_read(self._built, "")}

    def find(self, path: str, *, navigation: bool) -> _File | None:
        """The file at an address; for a page navigation anywhere outside /api and /assets: the app itself."""
        if path == "/":
            path = "/index.html"
        found = self._files.get(path)
        if found is None and navigation and not path.startswith(("/api/", "/assets/")):
            found = self._files.get("/index.html")
        return found


def _accepted(header: str) -> set[str]:
    """The encodings a client accepts: those it names, without `q=0`."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return accepted


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    return "gzip" in _accepted(header)


def matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match header names the entity tag."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return etag in tags or "*" in tags


def _respond(request: Request[Any, Any, Any], file: _File) -> Response[bytes]:
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    encoding = next((name for name, _ in _ENCODINGS if name in accepted and name in file.bodies), "")
    etag = f'"{file.etag}{"-" if encoding else ""}{encoding}"'
    headers = {"ETag": etag, "Cache-Control": file.cache}
    if len(file.bodies) > 1:
        headers["Vary"] = "Accept-Encoding"
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(content=b"", status_code=304, headers=headers, media_type=file.media_type)
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(content=file.bodies[encoding], headers=headers, media_type=file.media_type)


def assets_route(assets: Assets) -> HTTPRouteHandler:
    """The route that serves the app. Unknown addresses: Problem `not_found`."""

    @route(
        # The guides' service worker has an address of its own, or it would be taken for the name of a guide.
        ["/", "/g/sw.js", "/{path:path}"],
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        include_in_schema=False,
        status_code=200,
        sync_to_thread=False,
    )
    def serve_app(request: Request[Any, Any, Any]) -> Response[bytes]:
        navigation = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        file = assets.find(request.scope["path"], navigation=navigation)
        if file is None:
            raise Problem("not_found")
        return _respond(request, file)

    return serve_app
