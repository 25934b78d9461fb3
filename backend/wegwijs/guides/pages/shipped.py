"""Where the files lie that the pages are made from: inside the package when it was installed, else in the project."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_PROJECT = _PACKAGE.parents[1]


def locales() -> Path:
    """The folder of the catalogues, `<tag>/LC_MESSAGES/reader.po`."""
    installed = _PACKAGE / "locales"
    return installed if installed.is_dir() else _PROJECT / "locales"
