"""What the app says in Dutch: tests name a message by its English text, as the code does, and look for the Dutch."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[2] / "locales" / "nl" / "LC_MESSAGES" / "wegwijs.po"


@cache
def _messages() -> dict[str, tuple[str, ...]]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, ignore_obsolete=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        plural = isinstance(message.id, list | tuple)
        name = str(message.id[0]) if plural else str(message.id)
        found[name] = tuple(map(str, message.string or ())) if plural else (str(message.string),)
    return found


def nl(message: str, n: int | None = None, **values: object) -> str:
    """The Dutch text of a message. Raises KeyError for a message the app does not have."""
    forms = _messages()[message]
    text = forms[0 if n in (None, 1) else 1]
    for name, value in {"n": n, **values}.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
