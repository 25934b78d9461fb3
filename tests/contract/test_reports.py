"""Counts over HTTP, on both databases: the demo's are the published figures, and only what is there is counted."""

from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.helpers import (
    Json,
    SignedIn,
    contact_mutations,
    enrol,
    make_organisation,
    make_team,
    mutation,
    push,
    sign_in,
)
from wegwijs.demo.service import make_demo
from wegwijs.foundation.database import Database
from wegwijs.foundation.settings import Settings

AT = "/api/reports/counts"

# As published on 5 September 2016; written down here again, so that the demo's own copy is checked too.
MONTHS = {
    "2015-12": 97,
    "2016-01": 142,
    "2016-02": 138,
    "2016-03": 95,
    "2016-04": 91,
    "2016-05": 115,
    "2016-06": 131,
}
SETTINGS = [("reception_office", 754), ("town_hall", 38), ("elsewhere", 37), ("not_recorded", 25), ("street", 10)]
ACTIONS = [
    ("phone", 230),
    ("refer", 183),
    ("accompany", 174),
    ("explain", 135),
    ("fill_online", 71),
    ("fill_together", 52),
    ("email", 19),
    ("translate", 2),
]
TOP_20 = [
    (1, "HOU.rent_search", 45),
    (2, "WRK.search", 37),
    (3, "LEG.residence", 32),
    (4, "LEG.asylum", 29),
    (5, "FIN.taxes", 22),
    (6, "HOU.social", 20),
    (6, "LEG.lawyer", 20),
    (8, "LEG.id_papers", 19),
    (8, "LEG.return", 19),
    (10, "HOU.subsidy", 18),
    (10, "TRN.nt2", 18),
    (12, "FIN.child_benefit", 17),
    (13, "TRN.course", 16),
    (14, "LEG.general", 15),
    (15, "HEA.insurance", 14),
    (15, "LEG.nationality", 14),
    (17, "HEA.mental", 13),
    (17, "LEG.appointment", 13),
    (19, "EDU.parent_contact", 12),
    (20, "TRN.conversation", 11),
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, demo=True)


async def counts(signed_in: SignedIn, **period: str) -> Json:
    answer = await signed_in.client.get(AT, params=period)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def pairs(rows: list[Json]) -> list[tuple[str | None, int]]:
    return [(row["code"], row["count"]) for row in rows]


async def test_the_demos_counts_are_the_published_figures(app: Litestar, db: Database, settings: Settings) -> None:
    demo = await make_demo(db, settings, httpx.ASGITransport(app=cast(Any, app)))
    supervisor = await enrol(app, demo["sign_in"]["supervisor"].partition("#")[2])
    found = await counts(supervisor)
    assert found["total"] == 866
    assert {row["month"]: row["count"] for row in found["months"]} == MONTHS
    assert found["without_month"] == 57
    assert pairs(found["settings"]) == [*SETTINGS, (None, 2)]
    assert pairs(found["actions"]) == ACTIONS
    ranked = [(row["rank"], row["code"], row["count"]) for row in found["subthemes"]]
    assert ranked[:20] == TOP_20
    assert sum(count for _, _, count in ranked[:20]) == 404
    assert sum(count for _, _, count in ranked[20:]) == 462
    assert max(count for _, _, count in ranked[20:]) <= 10
    assert min(rank for rank, _, _ in ranked[20:]) == 21
    assert found["tables"] == {
        "months": {"n": 809, "note": "some_without_month"},
        "settings": {"n": 864, "note": "some_empty"},
        "actions": {"n": 866, "note": None},
        "subthemes": {"n": 866, "note": None},
    }
    assert found["note"] == "demo"
    assert found["notes"] == ["demo_published", "demo_actions_if_sorted", "demo_spread"]


async def test_a_part_of_the_demo_counts_only_its_months(app: Litestar, db: Database, settings: Settings) -> None:
    demo = await make_demo(db, settings, httpx.ASGITransport(app=cast(Any, app)))
    coordinator = await enrol(app, demo["sign_in"]["coordinator"].partition("#")[2])
    quarter = await counts(coordinator, **{"from": "2016-01", "to": "2016-03"})
    assert quarter["months"] == [{"month": month, "count": MONTHS[month]} for month in sorted(MONTHS)[1:4]]
    assert quarter["total"] == sum(row["count"] for row in quarter["settings"]) == 142 + 138 + 95
    assert quarter["without_month"] == 57
    assert quarter["tables"]["months"] == {"n": 375, "note": "undated_left_out"}
    since_may = await counts(coordinator, **{"from": "2016-05"})
    assert (since_may["total"], since_may["from"], since_may["to"]) == (115 + 131, "2016-05", None)
    assert (await counts(coordinator, to="2015-12"))["total"] == 97


async def test_an_empty_register_counts_nothing(app: Litestar) -> None:
    found = await counts(await sign_in(app, "supervisor"))
    assert found["total"] == found["without_month"] == 0
    assert found["months"] == found["settings"] == found["actions"] == found["subthemes"] == []
    assert {facts["note"] for facts in found["tables"].values()} == {None}
    assert (found["note"], found["notes"]) == (None, [])


async def test_the_help_request_is_what_is_counted_and_empty_is_not_not_recorded(app: Litestar) -> None:
    organisation = await make_organisation(app)
    worker = await sign_in(app, "worker", organisation)
    coordinator = await sign_in(app, "coordinator", organisation)
    await push(worker, contact_mutations([{}, {"primary_action": None}], setting="not_recorded"))
    await push(worker, contact_mutations([{"subtheme": "HEA.addiction", "theme": "HEA"}], setting=None))
    found = await counts(coordinator)
    assert pairs(found["settings"]) == [("not_recorded", 2), (None, 1)]
    assert pairs(found["actions"]) == [("explain", 2), (None, 1)]
    assert found["subthemes"] == [
        {"code": "HOU.rent_search", "count": 2, "rank": 1},
        {"code": "HEA.addiction", "count": 1, "rank": 2},
    ]
    assert found["tables"]["settings"] == {"n": 2, "note": "some_empty"}
    assert found["tables"]["actions"] == {"n": 2, "note": "some_empty"}
    assert found["tables"]["months"]["note"] is None


async def test_the_month_is_that_of_the_organisations_own_midnight(app: Litestar) -> None:
    organisation = await make_organisation(app)
    worker, supervisor = await sign_in(app, "worker", organisation), await sign_in(app, "supervisor", organisation)
    await push(worker, contact_mutations(occurred_at="2026-05-31T22:30:00Z", date_precision="day"))
    await push(worker, contact_mutations(occurred_at="2026-03-10T08:00:00Z", date_precision="day"))
    found = await counts(supervisor)
    # A month in between in which nothing was asked is told, or a chart would hide it.
    assert [(row["month"], row["count"]) for row in found["months"]] == [
        ("2026-03", 1),
        ("2026-04", 0),
        ("2026-05", 0),
        ("2026-06", 1),
    ]
    asked = await counts(supervisor, **{"from": "2026-02", "to": "2026-04"})
    assert [(row["month"], row["count"]) for row in asked["months"]] == [("2026-02", 0), ("2026-03", 1), ("2026-04", 0)]


async def test_a_phone_with_a_mad_clock_does_not_make_a_thousand_empty_months(app: Litestar) -> None:
    organisation = await make_organisation(app)
    worker, supervisor = await sign_in(app, "worker", organisation), await sign_in(app, "supervisor", organisation)
    for year in ("0001", "1970", "2026"):
        await push(worker, contact_mutations(occurred_at=f"{year}-03-10T08:00:00Z", date_precision="day"))
    assert [row["month"] for row in (await counts(supervisor))["months"]] == ["0001-03", "1970-03", "2026-03"]


async def test_what_is_deleted_is_not_counted_and_counts_again_when_taken_back(app: Litestar) -> None:
    organisation = await make_organisation(app)
    worker, supervisor = await sign_in(app, "worker", organisation), await sign_in(app, "supervisor", organisation)
    first = contact_mutations([{}, {}])
    await push(worker, [*first, *contact_mutations()])
    contact, request = first[0]["entity_id"], first[1]["entity_id"]
    assert (await counts(supervisor))["total"] == 3
    await push(worker, [mutation("help_request", request, "delete", base_version=1)])
    assert (await counts(supervisor))["total"] == 2
    await push(worker, [mutation("contact", contact, "delete", base_version=1)])
    left = await counts(supervisor)
    assert left["total"] == sum(row["count"] for row in left["subthemes"]) == 1
    await push(worker, [mutation("contact", contact, "undelete")])
    assert (await counts(supervisor))["total"] == 2


async def test_the_whole_organisation_is_counted_and_no_other(app: Litestar) -> None:
    organisation, other = await make_organisation(app), await make_organisation(app)
    team = await make_team(app, organisation)
    await push(await sign_in(app, "worker", organisation), contact_mutations())
    await push(await sign_in(app, "worker", organisation, team), contact_mutations())
    await push(await sign_in(app, "worker", other), contact_mutations([{}, {}, {}]))
    assert (await counts(await sign_in(app, "supervisor", organisation)))["total"] == 2
    assert (await counts(await sign_in(app, "coordinator", other)))["total"] == 3


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "period",
    [
        {"from": "2016-13"},
        {"from": "2016-00"},
        {"to": "2016"},
        {"to": ""},
        {"from": "2016-1"},
        {"from": "0000-01"},
        {"from": "2016-01-01"},
        {"from": "٢٠١٦-٠١"},
        {"from": "june"},
        {"from": "2016-02", "to": "2016-01"},
        {"from": "1900-01", "to": "2100-01"},
    ],
)
async def test_a_bad_or_reversed_period_is_refused(app: Litestar, period: dict[str, str]) -> None:
    supervisor = await sign_in(app, "supervisor")
    answer = await supervisor.client.get(AT, params=period)
    assert (answer.status_code, answer.json()["code"], answer.json()["number"]) == (400, "bad_period", 4001)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_counts_are_for_supervisors_and_coordinators(app: Litestar, client: httpx.AsyncClient) -> None:
    assert (await client.get(AT)).status_code == 401
    for role, status in {"worker": 403, "administrator": 403, "supervisor": 200, "coordinator": 200}.items():
        signed_in = await sign_in(app, role)
        assert (await signed_in.client.get(AT)).status_code == status
