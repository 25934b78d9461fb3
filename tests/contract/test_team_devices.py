"""A supervisor sees the people and devices of the own team, and no others."""

from litestar import Litestar

from tests.helpers import SignedIn, make_organisation, make_team, sign_in


async def seen_by(somebody: SignedIn) -> set[str]:
    answer = await somebody.client.get("/api/people")
    assert answer.status_code == 200
    return {member["membership_id"] for member in answer.json()["members"]}


async def test_a_supervisor_sees_the_devices_of_the_own_team_only(app: Litestar) -> None:
    made = await make_organisation(app)
    worker = await sign_in(app, "worker", made)
    supervisor = await sign_in(app, "supervisor", made)
    elsewhere = await sign_in(app, "worker", made, team=await make_team(app, made))
    administrator = await sign_in(app, "administrator", made)
    everybody = {one.membership_id for one in (worker, supervisor, elsewhere, administrator)}

    assert await seen_by(supervisor) == (everybody | {str(made.administrator)}) - {elsewhere.membership_id}
    assert everybody <= await seen_by(administrator)


async def test_a_worker_sees_no_list_of_people(app: Litestar) -> None:
    worker = await sign_in(app, "worker", await make_organisation(app))
    assert (await worker.client.get("/api/people")).status_code == 403
