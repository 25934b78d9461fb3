"""Security headers on every answer, errors too: set when the answer starts, because other hooks skip errors."""

from collections.abc import Awaitable, Callable

from litestar.types import Message, Scope

from wegwijs.foundation.settings import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        # wasm for Argon2id; nothing else may be compiled from text.
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        # The second policy creates the addresses of our own workers; without it no service worker registers.
        "trusted-types svelte-trusted-html wegwijs-worker",
    )
)
# Everything a page could ask for and ours never does; camera and microphone serve scanning and dictation.
_REFUSED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(["camera=(self)", "microphone=(self)", *(f"{name}=()" for name in _REFUSED)])

SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": PERMISSIONS_POLICY,
}
HSTS = "max-age=31536000"
# What devices keep of the interface's answers: the catalogue says of itself `private, no-cache`, with an ETag; a
# version of a guide is named by the hash of what it says.
_KEPT = "/api/catalogue"
_KEPT_FOR_EVER = "/api/guides/bundle/"


def security_headers(settings: Settings) -> Callable[[Message, Scope], Awaitable[None]]:
    """The `before_send` hook that sets the headers of every answer; HSTS only where browsers come by TLS."""
    fixed = dict(SECURITY_HEADERS)
    if settings.tls:
        fixed["strict-transport-security"] = HSTS
    always = [(name.encode(), value.encode()) for name, value in fixed.items()]
    ours = {name for name, _ in always}

    async def set_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = [(name, value) for name, value in message["headers"] if name.lower() not in ours]
        chosen = any(name.lower() == b"cache-control" for name, _ in headers)
        if not (chosen and _may_be_kept(scope["path"])):
            headers = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
            headers.append((b"cache-control", b"no-store"))
        message["headers"] = [*headers, *always]

    return set_headers


def _may_be_kept(path: str) -> bool:
    return path == _KEPT or path.startswith(_KEPT_FOR_EVER) or not path.startswith("/api")
