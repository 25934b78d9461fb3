"""Structured logs: one JSON object (or one text line) an event, with allow-listed fields only.

A log that cannot hold content cannot leak it: fields outside the list are dropped, never printed.
"""

import json
import logging
import sys
from typing import Any

from wegwijs.foundation.clock import now, rfc3339

ALLOWED = frozenset(
    {
        "method", "route", "status", "duration_ms", "request_id", "problem", "organisation", "count", "seconds",
        "migration", "kind", "error_type", "where",
    }
)  # fmt: skip


def fields(**values: Any) -> dict[str, Any]:
    """Fields for `logger.info("request", extra=fields(status=200))`.

    Raises ValueError for a field that is not on the list, so that a leak fails in the tests and not in a log.
    """
    unknown = set(values) - ALLOWED
    if unknown:
        raise ValueError(f"not an allowed log field: {', '.join(sorted(unknown))}")
    return {"wegwijs": values}


class _Formatter(logging.Formatter):
    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        extra: dict[str, Any] = getattr(record, "wegwijs", {})
        # Exceptions are named by type only: their text may quote a value.
        if record.exc_info and record.exc_info[0] is not None:
            extra = {**extra, "error_type": record.exc_info[0].__name__}
        if self._json:
            line = {
                "time": rfc3339(now()),
                "level": record.levelname.lower(),
                "event": record.getMessage(),
                **extra,
            }
            return json.dumps(line, ensure_ascii=False)
        return " ".join([record.levelname, record.getMessage(), *(f"{key}={value}" for key, value in extra.items())])


def configure(level: str, style: str) -> None:
    """Send the `wegwijs` loggers to standard error; the server's own access log is switched off."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(style))
    logger = logging.getLogger("wegwijs")
    logger.handlers = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False
    # What libraries complain of goes the same way: the default handler would print tracebacks, which quote values.
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").disabled = True
