"""The supervisor's list over HTTP, on both databases: the own team only, page by page, without what is restricted."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from tests.helpers import Json, SignedIn, contact_mutations, make_organisation, make_team, mutation, push, sign_in
from wegwijs.people.organisations import MadeOrganisation

AT = "/api/review/contacts"


async def team_of_two(app: Litestar) -> tuple[SignedIn, SignedIn, MadeOrganisation]:
    """A worker and the supervisor of the same team."""
    organisation = await make_organisation(app)
    return await sign_in(app, "worker", organisation), await sign_in(app, "supervisor", organisation), organisation


async def page(supervisor: SignedIn, **filters: Any) -> Json:
    answer = await supervisor.client.get(AT, params=filters)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def detail(supervisor: SignedIn, contact_id: str) -> Json:
    answer = await supervisor.client.get(f"{AT}/{contact_id}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def log(worker: SignedIn, *arguments: Any, **contact: Any) -> str:
    """Log one contact; returns its id."""
    made = contact_mutations(*arguments, **contact)
    assert {result["status"] for result in await push(worker, made)} == {"applied"}
    return str(made[0]["entity_id"])


def ids(found: Json) -> list[str]:
    return [contact["id"] for contact in found["contacts"]]


async def test_a_contact_that_arrived_stands_in_the_list(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    contact_id = await log(worker, [{"destination": "lawyer"}, {"primary_action": None}], heavy=True)
    found = await page(supervisor)
    assert (found["total"], found["next"]) == (1, None)
    [contact] = found["contacts"]
    assert contact["id"] == contact_id
    assert contact["author"] == {"membership_id": worker.membership_id, "display_name": worker.me["display_name"]}
    assert (contact["setting"], contact["language"], contact["heavy"], contact["version"]) == ("street", "ar", True, 1)
    assert contact["month"] == contact["day"][:7]
    assert [(one["destination"], one["primary_action"]) for one in contact["requests"]] == [
        ("lawyer", "explain"),
        (None, None),
    ]


async def test_supervisors_see_their_own_team_only(app: Litestar) -> None:
    worker, supervisor, organisation = await team_of_two(app)
    second_team = await make_team(app, organisation)
    colleague = await sign_in(app, "worker", organisation, second_team)
    their_supervisor = await sign_in(app, "supervisor", organisation, second_team)
    stranger = await sign_in(app, "worker")
    own, theirs, strange = await log(worker), await log(colleague), await log(stranger)
    assert ids(await page(supervisor)) == [own]
    assert ids(await page(their_supervisor)) == [theirs]
    assert ids(await page(supervisor, member=colleague.membership_id)) == []
    missing = await supervisor.client.get(f"{AT}/{uuid4()}")
    assert missing.status_code == 404
    for foreign in (theirs, strange):
        answer = await supervisor.client.get(f"{AT}/{foreign}")
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert (await detail(supervisor, own))["id"] == own


async def test_pages_lose_and_double_nothing_while_new_ones_arrive(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    # One batch has one instant of receipt: the order within it must hold, too.
    batch = [one for _ in range(20) for one in contact_mutations()]
    await push(worker, batch)
    before = {one["entity_id"] for one in batch if one["entity"] == "contact"} | {await log(worker)}
    seen: list[str] = []
    at: dict[str, Any] = {}
    while True:
        found = await page(supervisor, limit=4, **at)
        seen += ids(found)
        assert len(found["contacts"]) <= 4
        if found["next"] is None:
            break
        at = {"before": found["next"]}
        await log(worker)
    assert len(seen) == len(set(seen)) == 21
    assert set(seen) == before
    assert (await page(supervisor))["total"] == 21 + 5
    assert await detail(supervisor, seen[-1])


async def test_the_latest_arrivals_come_first(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    first, second = await log(worker), await log(worker, occurred_at="2020-01-01T12:00:00Z", date_precision="day")
    assert ids(await page(supervisor)) == [second, first]


async def test_a_full_last_page_says_that_it_is_the_last(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    for _ in range(2):
        await log(worker)
    assert (await page(supervisor, limit=2))["next"] is None
    assert (await page(supervisor, limit=1))["next"] is not None


async def test_filters_narrow_list_and_total(app: Litestar) -> None:
    worker, supervisor, organisation = await team_of_two(app)
    colleague = await sign_in(app, "worker", organisation)
    may = await log(worker, occurred_at="2026-05-31T12:00:00Z", date_precision="day")
    june = await log(worker, occurred_at="2026-06-01T12:00:00Z", date_precision="day", setting="home_visit")
    only_month = await log(colleague, occurred_at="2026-06-15T12:00:00Z", date_precision="month", setting="home_visit")
    undated = await log(colleague, occurred_at=None, date_precision="none", setting=None)
    everything = [undated, only_month, june, may]

    async def found(**filters: str) -> list[str]:
        answer = await page(supervisor, **filters)
        assert answer["total"] == len(answer["contacts"])
        return ids(answer)

    assert await found() == everything
    assert await found(member=worker.membership_id) == [june, may]
    assert await found(setting="home_visit") == [only_month, june]
    assert await found(setting="not_recorded") == []
    assert await found(**{"from": "2026-06-01"}) == [only_month, june]
    assert await found(to="2026-05-31") == [may]
    # Somewhere in June: it may have been in these days.
    assert await found(**{"from": "2026-06-10", "to": "2026-06-12"}) == [only_month]
    assert await found(member=worker.membership_id, setting="home_visit", **{"from": "2026-06-01"}) == [june]


async def test_what_is_deleted_leaves_list_detail_and_total(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    kept, gone = await log(worker, [{}, {}], note="later"), await log(worker)
    await push(worker, [mutation("contact", gone, "delete", base_version=1)])
    found = await page(supervisor)
    assert (ids(found), found["total"]) == ([kept], 1)
    assert (await supervisor.client.get(f"{AT}/{gone}")).status_code == 404
    before = await detail(supervisor, kept)
    [first, second] = before["requests"]
    await push(
        worker,
        [
            mutation("help_request", first["id"], "delete", base_version=1),
            mutation("note", before["notes"][0]["id"], "delete", base_version=1),
        ],
    )
    after = await detail(supervisor, kept)
    assert ([one["id"] for one in after["requests"]], after["notes"]) == ([second["id"]], [])
    assert [one["id"] for one in (await page(supervisor))["contacts"][0]["requests"]] == [second["id"]]


async def test_one_contact_has_all_its_fields(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    said = {
        "group_size": 4,
        "duration": 25,
        "referred_by": "school",
        "interpreting": "child",
        "gender": "prefers_not",
        "age_band": "25-34",
        "residence_status": "refugee",
        "nationality": "SY",
        "district": "outside_city",
        "household_type": "couple_children",
        "literacy": "other_script",
        "incomplete": True,
    }
    asked = {
        "further_actions": ["listen", "look_up"],
        "self_reliance": "together",
        "outcome": "waiting",
        "barriers": ["waiting_list", "cost"],
        "seen_before": "first_time",
    }
    contact_id = await log(worker, [asked], note="Brengt morgen de brief mee.", **said)
    found = await detail(supervisor, contact_id)
    assert {name: found[name] for name in said} == said
    [request] = found["requests"]
    assert {name: request[name] for name in asked} == asked
    assert (found["tier"], found["clock_skewed"], request["position"]) == ("unlinked", False, 0)
    [note] = found["notes"]
    assert (note["text"], note["restricted"]) == ("Brengt morgen de brief mee.", False)


async def test_a_device_with_a_wrong_clock_is_flagged(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    made = contact_mutations()
    body = {"device_id": worker.device_id, "schema": 1, "client_time": "2026-01-01T00:00:00Z", "mutations": made}
    assert (await worker.client.post("/api/sync/v1/push", json=body)).status_code == 200
    assert (await detail(supervisor, made[0]["entity_id"]))["clock_skewed"] is True


def about(subtheme: str) -> Json:
    return {"theme": subtheme.partition(".")[0], "subtheme": subtheme}


async def test_sensitive_subthemes_are_marked(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    contact_id = await log(worker, [about("HEA.mental"), about("VAR.violence"), about("HOU.social")])
    marks = ["discreet", "restricted", None]
    assert [one["sensitive"] for one in (await page(supervisor))["contacts"][0]["requests"]] == marks
    assert [one["sensitive"] for one in (await detail(supervisor, contact_id))["requests"]] == marks


async def test_a_subtheme_that_the_organisation_made_restricted_is_so_at_once(app: Litestar) -> None:
    worker, supervisor, organisation = await team_of_two(app)
    contact_id = await log(worker, note="Vertrouwelijk.")
    administrator = await sign_in(app, "administrator", organisation)
    answer = await administrator.client.put("/api/catalogue/subtheme/HOU.rent_search", json={"sensitive": "restricted"})
    assert answer.status_code == 200
    found = await detail(supervisor, contact_id)
    assert found["requests"][0]["sensitive"] == "restricted"
    assert (found["notes"][0]["restricted"], found["notes"][0]["text"]) == (True, None)


async def test_the_text_of_a_restricted_note_stays_with_its_author(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    made = contact_mutations([about("VAR.violence"), about("HOU.social")], note="Over het hele gesprek.")
    contact_id, violence, housing = (one["entity_id"] for one in made[:3])
    for request, text in ((violence, "Over geweld."), (housing, "Over de woning.")):
        note = {"contact_id": contact_id, "help_request_id": request, "text": text}
        made.append(mutation("note", str(uuid4()), "create", note))
    await push(worker, made)
    answer = await supervisor.client.get(f"{AT}/{contact_id}")
    notes = {note["help_request_id"]: (note["restricted"], note["text"]) for note in answer.json()["notes"]}
    assert notes == {violence: (True, None), housing: (False, "Over de woning."), None: (True, None)}
    assert "geweld." not in answer.text


async def test_a_note_on_a_discreet_help_request_is_not_restricted(app: Litestar) -> None:
    worker, supervisor, _ = await team_of_two(app)
    contact_id = await log(worker, [about("HEA.mental")], note="Afspraak dinsdag.")
    [note] = (await detail(supervisor, contact_id))["notes"]
    assert (note["restricted"], note["text"]) == (False, "Afspraak dinsdag.")


async def test_the_filter_offers_the_team_and_who_logged_for_it(app: Litestar) -> None:
    worker, supervisor, organisation = await team_of_two(app)
    second_team = await make_team(app, organisation)
    await sign_in(app, "worker", organisation, second_team)
    await sign_in(app, "worker")

    async def members() -> set[tuple[str, bool]]:
        answer = await supervisor.client.get("/api/review/members")
        assert answer.status_code == 200
        return {(one["membership_id"], one["active"]) for one in answer.json()["members"]}

    assert await members() == {(worker.membership_id, True)}
    await log(supervisor)
    administrator = await sign_in(app, "administrator", organisation)
    answer = await administrator.client.post(f"/api/people/{worker.membership_id}/switch-off")
    assert answer.status_code == 204
    assert await members() == {(worker.membership_id, False), (supervisor.membership_id, True)}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"before": "x"}, "bad_page"),
        ({"before": ""}, "bad_page"),
        ({"before": "é" * 10}, "bad_page"),
        (
            {"before": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0"},
            "bad_page",
        ),
        ({"from": "2026-02-30"}, "bad_period"),
        ({"from": "2026-02"}, "bad_period"),
        ({"from": "2026-W06-1"}, "bad_period"),
        ({"from": "2026-06-02", "to": "2026-06-01"}, "bad_period"),
        ({"member": "somebody"}, "bad_request"),
        ({"setting": "a\x00b"}, "bad_request"),
        ({"limit": "0"}, "bad_request"),
        ({"limit": "201"}, "bad_request"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(app: Litestar, filters: dict[str, str], code: str) -> None:
    supervisor = await sign_in(app, "supervisor")
    answer = await supervisor.client.get(AT, params=filters)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_only_supervisors_review(app: Litestar, client: httpx.AsyncClient) -> None:
    addresses = [AT, f"{AT}/{uuid4()}", "/api/review/members"]
    assert {(await client.get(address)).status_code for address in addresses} == {401}
    for role in ("worker", "coordinator", "administrator"):
        signed_in = await sign_in(app, role)
        assert {(await signed_in.client.get(address)).status_code for address in addresses} == {403}
