"""A page as an answer: packed, with a tag of its content, asked for anew each time. No answer sets a cookie."""

import gzip
import hashlib
from functools import lru_cache

from litestar import Response

from wegwijs.web.assets import accepts_gzip, matches

HTML = "text/html"
JSON = "application/json"
PDF = "application/pdf"


@lru_cache(maxsize=128)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def answer(body: bytes, media_type: str, asked: dict[str, str], *, vary: str = "") -> Response[bytes]:
    """The answer to a request with these headers (names in small letters); 304 when the browser has this very body."""
    packed = accepts_gzip(asked.get("accept-encoding", "")) and media_type != PDF
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}{"-gzip" if packed else ""}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": ", ".join(filter(None, ("Accept-Encoding", vary)))}
    if matches(asked.get("if-none-match", ""), etag):
        return Response(content=b"", status_code=304, headers=headers, media_type=media_type)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(content=_packed(body) if packed else body, headers=headers, media_type=media_type)
