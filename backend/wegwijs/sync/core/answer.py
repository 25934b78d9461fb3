"""What an answer means for the queue (`pwa/src/sync/core/answer.ts`).

Between phone and server stand captive portals, proxies and virus scanners that answer in our place: only what is
provably ours (our JSON, our problem documents) may stop or settle anything.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["ok", "retry", "signed_out", "too_large", "stop"]
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The parts of a response that are judged. `body` is the text as it came."""

    status: int
    content_type: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The judgement: our answer (`ok`), try again later, sign in, halve the batch, or stop and keep."""

    kind: Kind
    body: Any = None
    document: dict[str, Any] | None = None

    @property
    def code(self) -> str | None:
        """The code of our problem document."""
        return self.document["code"] if self.document else None


def judge(raw: RawAnswer, is_ours: Callable[[Any], bool]) -> Answer:
    """Judge one answer. `is_ours` says whether a decoded body has the shape that this address answers with."""
    if 200 <= raw.status < 300:
        body = _decode(raw.body) if _media_type(raw) == "application/json" else None
        return Answer("ok", body) if body is not None and is_ours(body) else Answer("retry")
    document = _problem_document(raw)
    if raw.status == 413:
        return Answer("too_large", document=document)
    if document is None or raw.status >= 500 or raw.status in _TRY_AGAIN:
        return Answer("retry", document=document)
    return Answer("signed_out" if raw.status == 401 else "stop", document=document)


def _problem_document(raw: RawAnswer) -> dict[str, Any] | None:
    if _media_type(raw) != "application/problem+json":
        return None
    body = _decode(raw.body)
    ours = (
        isinstance(body, dict)
        and isinstance(body.get("code"), str)
        and isinstance(body.get("number"), int)
        and body.get("status") == raw.status
        and str(body.get("type")).startswith("/problems/")
    )
    return body if ours else None


def _media_type(raw: RawAnswer) -> str:
    return (raw.content_type or "").split(";")[0].strip().lower()


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
