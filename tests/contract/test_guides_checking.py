"""Those who speak the languages check the texts, and the log says what is asked."""

from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar

from tests.contract.test_guides import change, draft, of_text, publish, rent
from tests.helpers import Json, contact_mutations, make_organisation, push, sign_in
from wegwijs.guides.parts import StepPart
from wegwijs.guides.service import published_guide


async def test_a_worker_finds_texts_right_or_better_and_a_supervisor_decides(app: Litestar) -> None:
    made = await make_organisation(app)
    editor, worker = await sign_in(app, "supervisor", made), await sign_in(app, "worker", made)
    asked = (await worker.client.get("/api/guides/rent/check", params={"language": "fr"})).json()["texts"]
    by_message = {one["message"]: one for one in asked}
    assert asked[0]["message"] == "title"

    def answer(message: str, **more: Any) -> Json:
        seen = {name: by_message[message][name] for name in ("text_hash", "source_hash")}
        return {"id": str(uuid4()), "guide": "rent", "language": "fr", "message": message, **seen} | more

    right = answer("title", capacity="locuteur")
    better = answer("summary", capacity="locuteur", better="Une meilleure phrase.")
    bad = answer("title", capacity="locuteur", better="<script>alert(1)</script>")
    handed_in = await worker.client.post("/api/guides/answers", json={"answers": [right, bad, better]})
    assert [one["status"] for one in handed_in.json()["results"]] == ["taken", "refused", "taken"]
    again = await worker.client.post("/api/guides/answers", json={"answers": [right, better]})
    assert [one["status"] for one in again.json()["results"]] == ["duplicate", "duplicate"]
    # Until somebody decides, readers see what they saw.
    assert (await draft(editor))["texts"]["fr"]["title"]["state"] == "machine"
    open_ones = (await editor.client.get("/api/guides/rent/suggestions")).json()["suggestions"]
    assert [(one["message"], one["better"], one["fits"]) for one in open_ones] == [
        ("title", None, True),
        ("summary", "Une meilleure phrase.", True),
    ]
    for one in open_ones:
        settle = {"suggestion": one["id"], "take": True, "seen": one["seen"]}
        assert (await editor.client.post("/api/guides/rent/suggestions", json=settle)).status_code == 204
        twice = await editor.client.post("/api/guides/rent/suggestions", json=settle)
        assert (twice.status_code, twice.json()["code"]) == (409, "already_chosen")
    after = (await draft(editor))["texts"]["fr"]
    assert (after["title"]["state"], after["summary"]["content"]["text"]) == ("reviewed", "Une meilleure phrase.")
    await publish(editor)
    async with app.state.db.read() as tx:
        latest = await published_guide(tx, made.organisation, "rent")
        row = await tx.fetch_one("SELECT max(version), document FROM guide_version WHERE version = 2 GROUP BY document")
    assert latest is not None
    reviewed = latest.texts["fr"]["title"].reviewed
    assert reviewed is not None
    assert reviewed.by_capacity == "locuteur"
    # When and in what capacity; never who.
    assert row is not None
    assert worker.me["display_name"] not in row["document"]
    assert worker.membership_id not in row["document"]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_right_about_a_sentence_that_is_no_longer_there_is_not_taken_over(app: Litestar) -> None:
    made = await make_organisation(app)
    editor, worker = await sign_in(app, "supervisor", made), await sign_in(app, "worker", made)
    seen = (await worker.client.get("/api/guides/rent/check", params={"language": "fr"})).json()["texts"][0]
    right = {
        "id": str(uuid4()),
        "guide": "rent",
        "language": "fr",
        "message": "title",
        "text_hash": seen["text_hash"],
        "source_hash": seen["source_hash"],
        "capacity": "locuteur",
    }
    await change(editor, of_text(await draft(editor), "fr", "title", "Un autre titre"))
    await worker.client.post("/api/guides/answers", json={"answers": [right]})
    one = (await editor.client.get("/api/guides/rent/suggestions")).json()["suggestions"][0]
    assert one["fits"] is False
    settle = {"suggestion": one["id"], "take": True, "seen": one["seen"]}
    refused = await editor.client.post("/api/guides/rent/suggestions", json=settle)
    assert (refused.status_code, refused.json()["code"]) == (409, "guide_changed")
    declined = await editor.client.post("/api/guides/rent/suggestions", json={**settle, "take": False})
    assert declined.status_code == 204


async def test_a_question_in_the_log_leads_to_the_steps_that_answer_it(app: Litestar) -> None:
    worker = await sign_in(app, "worker")
    steps = {name: part for name, part in rent().starter.parts[""].items() if isinstance(part, StepPart)}
    name, subtheme = next((name, part.subthemes[0]) for name, part in steps.items() if part.subthemes)
    found = (await worker.client.get("/api/guides/steps", params={"subtheme": subtheme})).json()["subthemes"]
    assert list(found) == [subtheme]
    assert {"guide": "rent", "step": name.removeprefix("step."), "version": 1} in found[subtheme]
    everything = (await worker.client.get("/api/guides/steps")).json()["subthemes"]
    assert set(found) < set(everything)


async def test_the_log_says_what_is_asked_and_which_languages_are_missing(app: Litestar) -> None:
    made = await make_organisation(app)
    worker, editor = await sign_in(app, "worker", made), await sign_in(app, "supervisor", made)
    steps = {name: part for name, part in rent().starter.parts[""].items() if isinstance(part, StepPart)}
    name, subtheme = next((name, part.subthemes[0]) for name, part in steps.items() if part.subthemes)
    for _ in range(5):
        await push(worker, contact_mutations([{"subtheme": subtheme}], language="ar"))
    await push(worker, contact_mutations([{"theme": "MOB", "subtheme": "MOB.bike"}], language="om"))
    old = {"occurred_at": "2019-03-01T10:00:00+01:00"}
    await push(worker, contact_mutations([{"subtheme": subtheme}], language="bn", **old))
    answer = await editor.client.get("/api/reports/guides")
    assert answer.status_code == 200, answer.text
    demand = answer.json()
    asked = {(one["guide"], one["step"]): one["asked"] for one in demand["steps"]}
    assert asked["rent", name.removeprefix("step.")] >= 5
    assert demand["unanswered"] == [{"code": "MOB.bike", "count": 1}]
    spoken = {one["language"]: one for one in demand["languages"]}
    assert set(spoken) == {"ar", "om"}
    assert spoken["ar"]["contacts"] == 5
    assert spoken["ar"]["guides"]["rent"]["texts"] == spoken["ar"]["guides"]["rent"]["of"]
    # One contact in Oromo is one family: that it is missing is told, how many is not.
    assert (spoken["om"]["contacts"], spoken["om"]["guides"]) == (None, {})
    whole = (await editor.client.get("/api/reports/guides", params={"from": "2019-01"})).json()
    assert "bn" in {one["language"] for one in whole["languages"]}


async def test_a_text_that_no_database_can_hold_is_refused_and_not_stumbled_over(app: Litestar) -> None:
    worker = await sign_in(app, "worker")
    answer = {
        "id": str(uuid4()),
        "guide": "rent\x00",
        "language": "ar",
        "message": "title",
        "text_hash": "",
        "source_hash": "0" * 12,
        "capacity": "native",
    }
    answered = await worker.client.post("/api/guides/answers", json={"answers": [answer]})
    assert answered.status_code < 500, answered.text
