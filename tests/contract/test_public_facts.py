"""What an organisation tells newcomers: shown at once, refused when wrong, never written over unseen."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from tests.guides_sample import publish, sample_guide
from tests.helpers import SignedIn, make_organisation, sign_in
from tests.reading import page
from wegwijs.people.organisations import MadeOrganisation

PATH = "/api/guides/public-facts"
FACTS = {
    "name": "Stad Voorbeeld",
    "address": "Markt 1, 9000 Voorbeeld",
    "email": "gidsen@voorbeeld.example",
    "phone": "+32 9 123 45 67",
    "privacy": "privacy@voorbeeld.example",
    "places": [
        {
            "name": "Onthaal",
            "address": "Markt 1",
            "way": [{"sign": "setting-street", "text": "Markt"}, {"sign": "setting-town_hall", "text": "Stadhuis"}],
            "hours": [{"days": [0, 2], "opens": "09:00", "closes": "12:30"}],
            "languages": ["nl", "ar"],
            "phone": "09 123 45 67",
        }
    ],
}


@pytest_asyncio.fixture
async def organisation(app: Litestar) -> MadeOrganisation:
    """The only organisation of this server, with a guide."""
    made = await make_organisation(app)
    async with app.state.db.write() as tx:
        await publish(tx, made.organisation, sample_guide())
    return made


async def known(staff: SignedIn) -> dict[str, Any]:
    """What is told now, and its revision."""
    found: dict[str, Any] = (await staff.client.get(PATH)).json()
    return found


async def save(staff: SignedIn, facts: dict[str, Any], seen: str | None = None) -> httpx.Response:
    """Save as somebody who saw the revision `seen`, or what is there now."""
    return await staff.client.put(PATH, json={"facts": facts, "seen": seen or (await known(staff))["revision"]})


async def test_what_the_organisation_tells_is_on_the_page_at_once(
    app: Litestar, organisation: MadeOrganisation
) -> None:
    staff = await sign_in(app, "supervisor", organisation)
    before = (await staff.client.get("/g/try/ar")).text
    assert (await save(staff, FACTS)).status_code == 200
    shown = await page(staff.client, "/g/try/ar")
    assert shown.says("Onthaal", "ar") and shown.says("09:00–12:30", "ar") and "Onthaal" not in before
    assert any("الاثنين" in text for _, text in shown.said)
    assert shown.says("Ik wil mij inschrijven op dit adres.", "nl")
    about = await page(staff.client, "/g/about/nl")
    assert about.says("Stad Voorbeeld", "nl") and ("a", "href", "mailto:privacy@voorbeeld.example") in about.attributes


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"languages": ["xx"]}, "'xx'"),
        ({"way": [{"sign": "no-such-sign", "text": "x"}]}, "no-such-sign"),
        ({"way": []}, "way"),
        ({"phone": "javascript:1"}, "phone"),
        ({"phone": "1"}, "phone"),
        ({"hours": [{"days": [7], "opens": "09:00", "closes": "10:00"}]}, "days"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_wrong_facts_are_refused_with_their_place(app: Litestar, change: dict[str, object], named: str) -> None:
    staff = await sign_in(app, "administrator")
    wrong = {**FACTS, "places": [{**json.loads(json.dumps(FACTS))["places"][0], **change}]}
    answer = await save(staff, wrong)
    assert answer.status_code == 400 and named in answer.json()["detail"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_two_places_or_cards_of_one_id_are_refused(app: Litestar) -> None:
    staff = await sign_in(app, "administrator")
    place = {**json.loads(json.dumps(FACTS))["places"][0], "id": "desk"}
    card = {"id": "post", "sign": "letter", "texts": {"nl": "Is er post?"}}
    for wrong, named in (
        ({"places": [place, place]}, "places"),
        ({"own_cards": [card, card]}, "own_cards"),
        ({"own_cards": [{**card, "sign": "none"}]}, "own_cards[0].sign"),
        ({"own_cards": [{**card, "texts": {"xx": "?"}}]}, "own_cards[0].texts"),
        ({"own_cards": [{**card, "texts": {"nl": " "}}]}, "own_cards[0].texts"),
        ({"own_cards": [{**card, "texts": {}}]}, "texts"),
    ):
        answer = await save(staff, {**FACTS, **wrong})
        assert answer.status_code == 400 and named in answer.json()["detail"]


async def test_cards_are_those_that_the_organisation_offers_and_its_own(
    app: Litestar, organisation: MadeOrganisation
) -> None:
    staff = await sign_in(app, "administrator", organisation)
    ready = {card["id"]: card["texts"] for card in (await known(staff))["ready_cards"]}
    assert ready["register"]["nl"] == "Ik wil mij inschrijven op dit adres." and "ar" in ready["letter"]
    own = {"id": "post", "sign": "letter", "texts": {"nl": "Is er post voor mij?", "ar": "هل توجد رسالة لي؟"}}
    assert (await save(staff, {**FACTS, "cards_off": ["register"], "own_cards": [own]})).status_code == 200
    shown = await page(staff.client, "/g/try/ar")
    assert "card-register" not in shown.ids and "card-letter" in shown.ids and "card-own-1" in shown.ids
    assert shown.says("هل توجد رسالة لي؟", "ar") and shown.says("Is er post voor mij?", "nl")
    # Whose language the sentence lacks reads it as it is, marked as what it is.
    assert (await page(staff.client, "/g/try/fa")).says("Is er post voor mij?", "nl")
    off = [*ready]
    assert (await save(staff, {**FACTS, "cards_off": off})).status_code == 200
    assert not any(one.startswith("card-") for one in (await page(staff.client, "/g/try/ar")).ids)


async def test_who_did_not_see_what_another_wrote_is_shown_it_and_writes_over_nothing(app: Litestar) -> None:
    made = await make_organisation(app)
    first, second = await sign_in(app, "administrator", made), await sign_in(app, "supervisor", made)
    seen = (await known(second))["revision"]
    saved = await save(first, FACTS, seen)
    assert (saved.status_code, saved.json()["facts"]["email"]) == (200, FACTS["email"])
    mine = {**FACTS, "email": "anders@voorbeeld.example"}
    late = await save(second, mine, seen)
    current = late.json()["current"]
    assert (late.status_code, late.json()["code"]) == (409, "facts_changed")
    assert (current["facts"]["email"], current["revision"]) == (FACTS["email"], saved.json()["revision"])
    assert (await known(first))["facts"]["email"] == FACTS["email"]
    # Having seen it, they may; and what an answer that was lost on the way had saved is no clash.
    assert (await save(second, mine, current["revision"])).status_code == 200
    assert (await save(second, mine, current["revision"])).status_code == 200
    assert (await known(first))["facts"]["email"] == "anders@voorbeeld.example"


async def test_of_two_who_save_at_the_same_moment_one_is_shown_the_other(app: Litestar) -> None:
    made = await make_organisation(app)
    staff = [await sign_in(app, role, made) for role in ("administrator", "supervisor")]
    seen = (await known(staff[0]))["revision"]
    changes = [{**FACTS, "name": "Een"}, {**FACTS, "name": "Twee"}]
    answers = await asyncio.gather(*(save(one, change, seen) for one, change in zip(staff, changes, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    lost = next(answer.json() for answer in answers if answer.status_code == 409)
    assert lost["current"]["facts"] == won["facts"] == (await known(staff[0]))["facts"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_worker_reads_it_and_changes_nothing(app: Litestar) -> None:
    worker = await sign_in(app, "worker")
    assert (await save(worker, FACTS)).status_code == 403
