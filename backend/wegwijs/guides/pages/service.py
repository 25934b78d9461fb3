"""Which organisation a host name stands for, and its guides, ready to be shown. Knows no HTTP."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from wegwijs.foundation.database import Transaction
from wegwijs.foundation.problems import Problem
from wegwijs.guides.document import Guide
from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.facts import PublicFacts, read_facts
from wegwijs.guides.pages.guide_page import GuidePage
from wegwijs.guides.service import published_guide, published_guides, published_versions

_KEPT = 48


class Here(msgspec.Struct, frozen=True):
    """The organisation whose guides are read at a host name; `origin` as `https://guides.example.org`."""

    organisation: UUID
    country: str
    default_language: str
    time_zone: str
    origin: str
    facts: PublicFacts


async def organisation_at(tx: Transaction, guide_hosts: Mapping[str, str], host: str) -> dict[str, Any] | None:
    """The row of the organisation whose guides are read at a host; None where it is nobody's."""
    columns = "SELECT id, country, default_language, time_zone FROM organisation"
    slug = guide_hosts.get(host.lower())
    rows = await (tx.fetch(f"{columns} WHERE slug = ?", slug) if slug else tx.fetch(f"{columns} LIMIT 2"))
    return rows[0] if len(rows) == 1 else None


async def find_here(tx: Transaction, guide_hosts: Mapping[str, str], scheme: str, host: str) -> Here:
    """The organisation of a host: the one the setting names, else the only one. Raises Problem `no_guides_here`."""
    row = await organisation_at(tx, guide_hosts, host)
    if row is None:
        raise Problem("no_guides_here")
    facts = await read_facts(tx, row["id"])
    return Here(row["id"], row["country"], row["default_language"], row["time_zone"], f"{scheme}://{host}", facts)


class Library:
    """Guides that were laid out once: a page costs a few milliseconds for each language, a request next to none."""

    def __init__(self, built: Built, *, pdf: bool) -> None:
        self.built, self._pdf = built, pdf
        self._pages: OrderedDict[tuple[object, ...], GuidePage] = OrderedDict()

    async def page(self, tx: Transaction, here: Here, code: str) -> GuidePage | None:
        """A published guide, or None when there is none of this code."""
        digest = (await published_versions(tx, here.organisation)).get(code)
        if digest is None:
            return None
        key = (here.organisation, code, digest, here.origin, msgspec.json.encode(here.facts))
        if key not in self._pages:
            guide = await published_guide(tx, here.organisation, code)
            if guide is None:
                return None
            self._pages[key] = GuidePage(guide, here.facts, self.built, here.origin, pdf=self._pdf)
            while len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(key)
        return self._pages[key]

    async def guides(self, tx: Transaction, here: Here) -> list[Guide]:
        """All published guides of the organisation that have a step."""
        return [guide for guide in await published_guides(tx, here.organisation) if guide.steps]
