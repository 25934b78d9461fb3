"""What the demo is made of: the published figures, and what is spread around them. Read from `data/`."""

from functools import cache
from pathlib import Path

import msgspec

_FOLDER = Path(__file__).parent / "data"


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of the source, in help requests; nothing that the source does not list. `…_remark` says what is missing.

    `languages_percent` are the only readable shares of languages.
    """

    source: str
    unit: str
    total: int
    months: dict[str, int]
    months_remark: str
    settings: dict[str, int]
    settings_remark: str
    actions: dict[str, int]
    actions_remark: str
    subthemes: dict[str, int]
    subthemes_remark: str
    languages_percent: dict[str, int]
    languages_remark: str

    @property
    def without_month(self) -> int:
        """Help requests that no month of the source counts."""
        return self.total - sum(self.months.values())

    @property
    def without_setting(self) -> int:
        """Help requests that no setting of the source counts."""
        return self.total - sum(self.settings.values())

    @property
    def outside_top(self) -> int:
        """Help requests whose subtheme the source does not tell."""
        return self.total - sum(self.subthemes.values())


class Spread(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the source does not say.

    `destinations` are keyed by theme or subtheme; `own_entries` are the organisation's own, by list, code, language.
    """

    about: str
    languages: list[str]
    destinations: dict[str, list[str]]
    own_entries: dict[str, dict[str, dict[str, str]]]


@cache
def published() -> Published:
    """The known answer: what the demo's counts must be."""
    return msgspec.json.decode((_FOLDER / "published.json").read_bytes(), type=Published)


@cache
def spread() -> Spread:
    """The rest, made up for the demo and said to be."""
    return msgspec.json.decode((_FOLDER / "spread.json").read_bytes(), type=Spread)
