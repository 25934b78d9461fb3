"""Making the demo: its organisation, its help requests by two simulated phones, and links to sign in by.

Everything can be done again: the organisation is found, records have ids that follow from the plan, and only the
links are new each time.
"""

from typing import Any

import httpx

from wegwijs.catalogue.shipped import shipped
from wegwijs.demo.figures import published, spread
from wegwijs.demo.organisation import DemoOrganisation, find_or_make
from wegwijs.demo.phone import Phone, batches, record_id
from wegwijs.demo.plan import PlannedContact, make_plan
from wegwijs.foundation.database import Database
from wegwijs.foundation.settings import Settings
from wegwijs.people.service import end_demo_invitations, invite, invite_for_demo


async def make_demo(
    db: Database, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> dict[str, Any]:
    """Make what is missing of the demo and fresh links: `{"base_url", "sign_in": {role: link}}`.

    `transport` leads to the application (`httpx.ASGITransport`); without one, a server runs at `settings.public_url`.
    Raises DemoRefused when the server does not take the records, Problem `organisation_exists` when a real
    organisation is called Demo.
    """
    organisation = await db.run_write(lambda tx: find_or_make(tx, settings))
    await _load(db, settings, organisation, transport)
    return {"base_url": settings.public_url, "sign_in": await _fresh_links(db, settings, organisation)}


def planned() -> list[PlannedContact]:
    """The demo's contacts, with the subthemes of the shipped catalogue."""
    return make_plan(published(), spread(), list(shipped().lists["subtheme"]))


async def _load(
    db: Database, settings: Settings, organisation: DemoOrganisation, transport: httpx.AsyncBaseTransport | None
) -> None:
    """Let each worker's phone hand in its part, unless that has happened before."""
    plan = planned()
    for number, membership in enumerate(organisation.workers):
        own = [contact for contact in plan if contact.worker == number]
        if await _has_arrived(db, organisation, own[-1]):
            continue
        async with db.write() as tx:
            code = (await invite(tx, settings, organisation.id, membership)).code
        async with httpx.AsyncClient(
            transport=transport, base_url=settings.public_url, headers={"Origin": settings.public_url}
        ) as client:
            phone = await Phone.enrol(client, code, f"Demo, telefoon {number + 1}")
            for batch in batches(organisation.id, own):
                await phone.push(batch)
            await phone.sign_out()


async def _has_arrived(db: Database, organisation: DemoOrganisation, last: PlannedContact) -> bool:
    """Whether the last contact of a phone came in, even if somebody deleted it since: what went before did then too.

    A contact that was deleted must not come back by being handed in again.
    """
    async with db.read() as tx:
        row = await tx.fetch_one("SELECT id FROM contact WHERE id = ?", record_id(organisation.id, last.number))
    return row is not None


async def _fresh_links(db: Database, settings: Settings, organisation: DemoOrganisation) -> dict[str, str]:
    """A link for each role, to be used often; those of earlier starts end."""
    async with db.write() as tx:
        await end_demo_invitations(tx)
        return {
            role: (await invite_for_demo(tx, settings, membership)).link
            for role, membership in organisation.signs_in.items()
        }
