"""The drawings that a guide may show. They lie in `pwa/pictograms`; a wheel carries a copy beside this module."""

from functools import cache
from pathlib import Path

_FOLDERS = (Path(__file__).parent / "pictograms", Path(__file__).parents[3] / "pwa" / "pictograms")


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


def drawing(sign: str) -> str | None:
    """The full name of the drawing that a sign's id means; None when nobody drew it."""
    return next((name for name in (f"sign-{sign}", sign) if name in names()), None)
