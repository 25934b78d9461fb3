"""The drawings that a guide may show. They lie in `pwa/pictograms`; a wheel carries a copy beside this module."""

from functools import cache
from pathlib import Path

import msgspec

_FOLDERS = (Path(__file__).parent / "pictograms", Path(__file__).parents[3] / "pwa" / "pictograms")


class Described(msgspec.Struct, frozen=True):
    """What the catalogue says of a drawing.

    English `keywords` to find it by, `alt` as a message, `mirror` when it turns around in a right-to-left page,
    `recognised` by eyes that did not know the list (None: not asked), `same_as` the drawing that a sign shares.
    """

    keywords: tuple[str, ...]
    alt: str
    mirror: bool
    recognised: bool | None
    same_as: str | None = None


@cache
def folder() -> Path:
    """Where the drawings are. Raises FileNotFoundError when the package was put together without them."""
    for place in _FOLDERS:
        if place.is_dir():
            return place
    raise FileNotFoundError("the pictograms are missing from this package")


@cache
def names() -> frozenset[str]:
    """Every drawing by its full name (`theme-HOU`, `sign-key`)."""
    return frozenset(path.stem for path in folder().glob("*.svg"))


@cache
def catalogue() -> dict[str, Described]:
    """Every drawing, and every name that shares one, as the catalogue describes it."""
    return msgspec.json.decode((folder() / "catalogue.json").read_bytes(), type=dict[str, Described])


def drawing(sign: str) -> str | None:
    """The full name of the drawing that a sign's id means; None when nobody drew it."""
    for name in (f"sign-{sign}", sign):
        if described := catalogue().get(name):
            return described.same_as or name
    return None
