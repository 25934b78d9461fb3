"""The demo's organisation: a team of five known by their roles only, with districts and destinations of its own."""

from uuid import UUID

import msgspec

from wegwijs.catalogue.schemas import EntryChange
from wegwijs.catalogue.service import change_entry
from wegwijs.demo.figures import spread
from wegwijs.demo.public import public_facts
from wegwijs.foundation.database import Transaction
from wegwijs.foundation.settings import Settings
from wegwijs.guides.pages.facts import write_facts
from wegwijs.people.access import Role
from wegwijs.people.service import NewOrganisation, add_membership, make_organisation

COUNTRY = "BE"
TIME_ZONE = "Europe/Brussels"
_ADMINISTRATOR = "Beheerder"
_MEMBERS = {
    "Toeleider 1": Role.WORKER,
    "Toeleider 2": Role.WORKER,
    "Coach": Role.SUPERVISOR,
    "Coördinator": Role.COORDINATOR,
    _ADMINISTRATOR: Role.ADMINISTRATOR,
}


class DemoOrganisation(msgspec.Struct, frozen=True):
    """Its id, and its memberships by display name."""

    id: UUID
    members: dict[str, UUID]

    @property
    def workers(self) -> tuple[UUID, UUID]:
        """Those who log."""
        return self.members["Toeleider 1"], self.members["Toeleider 2"]

    @property
    def signs_in(self) -> dict[str, UUID]:
        """For each role, who a visitor can be."""
        return {
            "worker": self.members["Toeleider 1"],
            "supervisor": self.members["Coach"],
            "coordinator": self.members["Coördinator"],
            "administrator": self.members[_ADMINISTRATOR],
        }


async def find_or_make(tx: Transaction, settings: Settings) -> DemoOrganisation:
    """The demo organisation of this database, made when there is none; whom a visitor switched off is added anew.

    Raises Problem `organisation_exists` when a real organisation is called Demo.
    """
    found = await tx.fetch_one("SELECT id FROM organisation WHERE is_demo = ? ORDER BY created_at, id", True)
    organisation = found["id"] if found else await _make(tx, settings)
    team = await tx.fetch_one("SELECT id FROM team WHERE organisation = ? ORDER BY created_at, id", organisation)
    rows = await tx.fetch(
        "SELECT m.id, p.display_name FROM membership m JOIN person p ON p.id = m.person "
        "WHERE m.organisation = ? AND m.active = ? ORDER BY m.created_at DESC, m.id",
        organisation,
        True,
    )
    # Of two with one name the oldest counts: a visitor may have added another Coach.
    members = {row["display_name"]: row["id"] for row in rows}
    for name, role in _MEMBERS.items():
        if name not in members and team is not None:
            members[name] = await add_membership(tx, organisation, team["id"], role, name)
    return DemoOrganisation(organisation, members)


async def _make(tx: Transaction, settings: Settings) -> UUID:
    """The organisation with its first administrator and its lists."""
    made = await make_organisation(
        tx,
        settings,
        NewOrganisation(
            name="Demo",
            country=COUNTRY,
            time_zone=TIME_ZONE,
            team="Team Demo",
            administrator=_ADMINISTRATOR,
            is_demo=True,
            legal_hold=True,
        ),
    )
    await write_facts(tx, made.organisation, public_facts())
    for list_name, entries in spread().own_entries.items():
        for code, labels in entries.items():
            change = EntryChange(add=True, labels=dict(labels))
            await change_entry(tx, made.organisation, COUNTRY, (list_name, code), change)
    return made.organisation
