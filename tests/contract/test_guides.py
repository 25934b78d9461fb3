"""Guides of an organisation: edited by several at once, checked, published as versions that never change."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests.helpers import Json, SignedIn, make_organisation, sign_in
from wegwijs.guides.document import decode, text_hash
from wegwijs.guides.parts import Order, TextPart
from wegwijs.guides.service import published_guide, published_guides
from wegwijs.guides.shipping import Shipped, shipped_guides
from wegwijs.guides.store import load, write_change
from wegwijs.people.organisations import MadeOrganisation


def rent() -> Shipped:
    return next(one for one in shipped_guides() if one.starter.code == "rent")


def a_step() -> str:
    order = rent().starter.parts[""]["order"]
    assert isinstance(order, Order)
    return order.sections[0].steps[0]


async def draft(editor: SignedIn, code: str = "rent") -> Json:
    answer = await editor.client.get(f"/api/guides/{code}/draft")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def text(words: str, source_hash: str = "", state: str = "draft") -> Json:
    return {"text": words, "state": state, "source_hash": source_hash}


async def change(editor: SignedIn, *changes: Json, code: str = "rent") -> httpx.Response:
    return await editor.client.post(f"/api/guides/{code}/changes", json={"changes": list(changes)})


def of_text(seen: Json, language: str, message: str, words: str, **more: Any) -> Json:
    """A change of a text of a draft as somebody saw it."""
    there = seen["texts"].get(language, {}).get(message)
    source_hash = seen["source_hashes"].get(message, "")
    return {
        "language": language,
        "part": message,
        "seen": there["revision"] if there else "",
        "content": text(words, source_hash) | more,
    }


async def publish(editor: SignedIn, code: str = "rent") -> httpx.Response:
    revision = (await draft(editor, code))["revision"]
    return await editor.client.post(f"/api/guides/{code}/versions", json={"revision": revision})


async def two_editors(app: Litestar) -> tuple[SignedIn, SignedIn, MadeOrganisation]:
    made = await make_organisation(app)
    return await sign_in(app, "supervisor", made), await sign_in(app, "supervisor", made), made


async def test_a_new_organisation_can_show_the_starter_guides_of_its_country(app: Litestar) -> None:
    made = await make_organisation(app)
    async with app.state.db.read() as tx:
        guides = await published_guides(tx, made.organisation)
        guide = await published_guide(tx, made.organisation, "rent")
        assert await published_guide(tx, made.organisation, "none") is None
    assert {guide.jurisdiction for guide in guides} == {"BE-VLG"}
    assert guide is not None
    assert (guide.version, guide.source) == (1, "nl")
    title = guide.texts["nl"]["title"]
    assert guide.texts["ar"]["title"].source_hash == text_hash(title.text)
    assert guide.texts["ar"]["title"].state == "machine"


async def test_one_changed_source_sentence_makes_exactly_that_message_outdated_everywhere(app: Litestar) -> None:
    editor, _, _ = await two_editors(app)
    before, message = await draft(editor), f"step.{a_step()}"
    answer = await change(editor, of_text(before, "nl", message, "Betaal niets voor het bezoek."))
    assert [result["status"] for result in answer.json()["results"]] == ["saved"]
    after = await draft(editor)
    outdated = {
        (language, name)
        for language, own in after["texts"].items()
        for name, one in own.items()
        if one["state"] == "outdated"
    }
    others = set(before["texts"]) - {"nl"}
    assert len(others) >= 2
    assert outdated == {(language, message) for language in others}
    # And back again: the hash says so, whatever the clock.
    source = before["texts"]["nl"][message]["content"]["text"]
    await change(editor, of_text(after, "nl", message, source))
    assert "outdated" not in {one["state"] for own in (await draft(editor))["texts"].values() for one in own.values()}


async def test_two_people_at_one_sentence_keep_both_texts_and_both_see_them(app: Litestar) -> None:
    one, other, _ = await two_editors(app)
    seen, message = await draft(one), f"step.{a_step()}"
    await change(one, of_text(seen, "fr", message, "Premier texte."))
    late = of_text(seen, "fr", message, "Second texte.")
    answer = await change(other, late)
    assert answer.status_code == 200
    result = answer.json()["results"][0]
    assert result["status"] == "clash"
    # Handing it in again, as a phone on a bad line does, makes no second one.
    assert (await change(other, late)).json()["results"][0]["clash"] == result["clash"]
    for editor in (one, other):
        now = await draft(editor)
        assert now["texts"]["fr"][message]["content"]["text"] == "Premier texte."
        assert [(c["mine"]["text"], c["theirs"]["text"]) for c in now["clashes"]] == [
            ("Second texte.", "Premier texte.")
        ]
        assert now["clashes"][0]["mine_by"] == other.me["display_name"]
        assert now["clashes"][0]["theirs_by"] == one.me["display_name"]
    # Nothing is published while two texts wait for a choice.
    refused = await publish(one)
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "clash")
    merged = {
        "clash": result["clash"],
        "choice": "merged",
        "seen": now["texts"]["fr"][message]["revision"],
        "content": text("Les deux textes.", seen["source_hashes"][message]),
    }
    assert (await one.client.post("/api/guides/rent/clashes", json=merged)).status_code == 204
    again = await other.client.post("/api/guides/rent/clashes", json=merged)
    assert (again.status_code, again.json()["code"]) == (409, "already_chosen")
    after = await draft(other)
    assert (after["clashes"], after["texts"]["fr"][message]["content"]["text"]) == ([], "Les deux textes.")


@pytest.mark.parametrize(("choice", "left"), [("mine", "Second texte."), ("theirs", "Premier texte.")])
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_clash_ends_with_the_text_that_was_chosen(app: Litestar, choice: str, left: str) -> None:
    one, other, _ = await two_editors(app)
    seen = await draft(one)
    await change(one, of_text(seen, "fr", "title", "Premier texte."))
    clash = (await change(other, of_text(seen, "fr", "title", "Second texte."))).json()["results"][0]["clash"]
    now = (await draft(one))["texts"]["fr"]["title"]["revision"]
    settle = {"clash": clash, "choice": choice, "seen": now}
    assert (await one.client.post("/api/guides/rent/clashes", json={**settle, "seen": "0"})).status_code == 409
    assert (await one.client.post("/api/guides/rent/clashes", json=settle)).status_code == 204
    assert (await draft(one))["texts"]["fr"]["title"]["content"]["text"] == left


async def test_two_saves_in_the_same_moment_lose_neither(app: Litestar) -> None:
    one, other, _ = await two_editors(app)
    seen = await draft(one)
    answers = await asyncio.gather(
        change(one, of_text(seen, "fr", "title", "Premier texte.")),
        change(other, of_text(seen, "fr", "title", "Second texte.")),
    )
    assert sorted(answer.json()["results"][0]["status"] for answer in answers) == ["clash", "saved"]
    after = await draft(one)
    kept = {after["texts"]["fr"]["title"]["content"]["text"], *(clash["mine"]["text"] for clash in after["clashes"])}
    assert kept == {"Premier texte.", "Second texte."}


async def test_a_save_that_waits_for_another_is_judged_by_what_that_one_wrote(app: Litestar) -> None:
    one, other, made = await two_editors(app)
    seen = await draft(one)
    async with app.state.db.write() as tx:
        guide = await load(tx, made.organisation, "rent", for_update=True)
        written = TextPart("Premier texte.", "draft", seen["source_hashes"]["title"])
        await write_change(tx, guide, ("fr", "title"), written, UUID(one.membership_id))
        waiting = asyncio.create_task(change(other, of_text(seen, "fr", "title", "Second texte.")))
        # Long enough for the other to come to the lock; had it not, it would see what was written all the more.
        await asyncio.sleep(0.3)
    assert (await waiting).json()["results"][0]["status"] == "clash"
    assert (await draft(one))["texts"]["fr"]["title"]["content"]["text"] == "Premier texte."


async def test_a_save_with_one_bad_part_stores_nothing_and_names_every_place(app: Litestar) -> None:
    editor, _, _ = await two_editors(app)
    seen = await draft(editor)
    bad_step = {"kind": "info", "signs": [{"id": "no-such-drawing"}], "subthemes": ["HOU.none"]}
    answer = await change(
        editor,
        of_text(seen, "fr", "title", "Bon titre"),
        of_text(seen, "nl", "title", "Lees <b>dit</b>"),
        of_text(seen, "fr", "summary", "é" * 121),
        of_text(seen, "xx", "title", "Titel"),
        {"language": "", "part": f"step.{a_step()}", "seen": "", "content": bad_step},
        {"language": "", "part": "nonsense", "seen": "", "content": {}},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "guide_invalid")
    found = {(one["code"], one.get("language", ""), one.get("part", "")) for one in answer.json()["findings"]}
    assert {
        ("markup", "nl", "title"),
        ("too_long", "fr", "summary"),
        ("no_language", "xx", "title"),
        ("no_pictogram", "", f"step.{a_step()}"),
        ("no_subtheme", "", f"step.{a_step()}"),
        ("bad_content", "", "nonsense"),
    } <= found
    after = await draft(editor)
    assert after["revision"] == seen["revision"]


async def test_steps_are_added_moved_and_taken_out(app: Litestar) -> None:
    editor, other, _ = await two_editors(app)
    seen = await draft(editor)
    section, first = seen["order"]["content"]["sections"][0]["id"], a_step()
    step = {"kind": "do", "signs": [{"id": "action-phone", "overlay": "clock"}], "subthemes": ["HOU.rent_search"]}
    new = {"id": "call-first", "section": section, "after": first, "step": step, "text": "Bel eerst de eigenaar."}
    assert (await editor.client.post("/api/guides/rent/steps", json=new)).status_code == 200
    twice = await editor.client.post("/api/guides/rent/steps", json=new)
    assert (twice.status_code, twice.json()["findings"][0]["code"]) == (422, "duplicate_id")
    after = await draft(editor)
    assert after["order"]["content"]["sections"][0]["steps"][:2] == [first, "call-first"]
    assert after["texts"]["nl"]["step.call-first"]["content"]["text"] == "Bel eerst de eigenaar."
    move = {"section": section, "after": None, "seen_section": section, "seen_after": first}
    path = "/api/guides/rent/steps/call-first"
    assert (await editor.client.post(f"{path}/move", json=move)).status_code == 200
    # Somebody else saw it at its old place and wants it elsewhere: the present place is shown.
    elsewhere = {**move, "after": after["order"]["content"]["sections"][0]["steps"][-1]}
    late = await other.client.post(f"{path}/move", json=elsewhere)
    assert (late.status_code, late.json()["code"]) == (409, "guide_changed")
    assert late.json()["current"]["content"]["sections"][0]["steps"][0] == "call-first"
    # Taking out what somebody changed meanwhile is refused, too.
    stale = await other.client.post(f"{path}/remove", json={"seen": "0123456789abcdef"})
    assert (stale.status_code, stale.json()["code"]) == (409, "guide_changed")
    revision = (await draft(editor))["steps"]["call-first"]["revision"]
    assert (await editor.client.post(f"{path}/remove", json={"seen": revision})).status_code == 200
    assert (await draft(editor))["order"] == seen["order"]


async def test_a_version_is_numbered_compared_and_never_changes(app: Litestar) -> None:
    editor, _, made = await two_editors(app)
    nothing = await publish(editor)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_new")
    seen = await draft(editor)
    await change(editor, of_text(seen, "nl", "title", "Een huis huren"))
    compared = (await editor.client.get("/api/guides/rent/comparison")).json()["differences"]
    others = set(seen["texts"]) - {"nl"}
    assert {(one["language"], one["part"]) for one in compared} == {(language, "title") for language in {"nl", *others}}
    stale = await editor.client.post("/api/guides/rent/versions", json={"revision": seen["revision"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "guide_changed")
    published = await publish(editor)
    assert (published.status_code, published.json()["version"]) == (201, 2)
    versions = (await editor.client.get("/api/guides/rent/versions")).json()["versions"]
    assert [(one["version"], one["published_by"]) for one in versions] == [
        (2, editor.me["display_name"]),
        (1, None),
    ]
    # The old version is still there under its own name, for a phone that is offline for weeks.
    first = await editor.client.get(f"/api/guides/bundle/rent/{versions[1]['digest']}")
    assert decode(first.content).texts["nl"]["title"].text == seen["texts"]["nl"]["title"]["content"]["text"]
    assert "immutable" in first.headers["Cache-Control"]
    async with app.state.db.read() as tx:
        latest = await published_guide(tx, made.organisation, "rent")
    assert latest is not None
    assert (latest.version, latest.texts["nl"]["title"].text) == (2, "Een huis huren")
    assert {latest.texts[language]["title"].state for language in others} == {"outdated"}
    listed = (await editor.client.get("/api/guides/bundles")).json()["bundles"]
    assert listed["rent"] == published.json()["digest"]


async def test_a_guide_that_lacks_a_source_text_is_not_published(app: Litestar) -> None:
    editor, _, _ = await two_editors(app)
    new = {
        "code": "bikes",
        "source": "nl",
        "title": "Een fiets kopen",
        "valid_as_of": "2026-11-01",
        "check_again_by": "2099-11-01",
    }
    assert (await editor.client.post("/api/guides", json=new)).status_code == 201
    taken = await editor.client.post("/api/guides", json=new)
    assert (taken.status_code, taken.json()["code"]) == (409, "guide_exists")
    refused = await publish(editor, "bikes")
    assert refused.status_code == 422
    assert {(one["code"], one["part"]) for one in refused.json()["findings"] if one["level"] == "error"} == {
        ("missing", "summary"),
        ("missing", "section.start"),
        ("missing", "step.first"),
    }
    seen = await draft(editor, "bikes")
    texts = [of_text(seen, "nl", message, "Een zin.") for message in ("summary", "section.start", "step.first")]
    await change(editor, *texts, code="bikes")
    assert (await publish(editor, "bikes")).json()["version"] == 1
    guides = (await editor.client.get("/api/guides")).json()["guides"]
    line = next(one for one in guides if one["code"] == "bikes")
    assert (line["version"], line["states"], line["overdue"]) == (1, {"nl": {"draft": 4}}, False)


async def test_a_guide_whose_check_is_due_says_so(app: Litestar) -> None:
    editor, _, _ = await two_editors(app)
    seen = await draft(editor)
    about = {"valid_as_of": "2020-01-01", "check_again_by": "2021-01-01"}
    await change(editor, {"language": "", "part": "about", "seen": seen["about"]["revision"], "content": about})
    guides = (await editor.client.get("/api/guides")).json()["guides"]
    assert "rent" in {one["code"] for one in guides if one["overdue"]}


async def test_another_organisations_guide_cannot_be_seen_or_changed(app: Litestar) -> None:
    mine, theirs = await sign_in(app, "supervisor"), await sign_in(app, "supervisor")
    new = {
        "code": "bikes",
        "source": "nl",
        "title": "Een fiets kopen",
        "valid_as_of": "2026-11-01",
        "check_again_by": "2099-11-01",
    }
    await theirs.client.post("/api/guides", json=new)
    versions = (await theirs.client.get("/api/guides/rent/versions")).json()["versions"]
    await change(theirs, of_text(await draft(theirs), "fr", "title", "Leur titre"))
    for path in ("bikes/draft", "bikes/comparison", "bikes/versions", "bikes/check?language=nl"):
        answer = await mine.client.get(f"/api/guides/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_guide"), path
    assert (await draft(mine))["texts"]["fr"]["title"]["content"]["text"] != "Leur titre"
    await change(theirs, of_text(await draft(theirs), "nl", "title", "Hun titel"))
    await publish(theirs)
    digest = (await theirs.client.get("/api/guides/bundles")).json()["bundles"]["rent"]
    assert digest != versions[0]["digest"]
    assert (await mine.client.get(f"/api/guides/bundle/rent/{digest}")).status_code == 404


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sections_fields_and_lists_are_edited_as_parts(app: Litestar) -> None:
    editor, _, _ = await two_editors(app)
    seen, first = await draft(editor), a_step()
    sections = seen["order"]["content"]["sections"]

    def order(*more: Json) -> Json:
        content = {"sections": [*sections, *more]}
        return {"language": "", "part": "order", "seen": seen["order"]["revision"], "content": content}

    lost = order()
    lost["content"] = {"sections": [{**sections[0], "steps": sections[0]["steps"][1:]}, *sections[1:]]}
    refused = await change(editor, lost)
    assert (refused.status_code, [one["code"] for one in refused.json()["findings"]]) == (422, ["order"])
    step = seen["steps"][first]
    fuller = {**step["content"], "bring": ["pen"], "deadline": True, "fields": ["our-desk"]}
    desk = {"kind": "phone", "value": "09 123 45 67", "scope": "local"}
    saved = await change(
        editor,
        order({"id": "later", "steps": []}),
        {"language": "", "part": f"step.{first}", "seen": step["revision"], "content": fuller},
        {"language": "", "part": "field.our-desk", "seen": "", "content": desk},
    )
    assert [one["status"] for one in saved.json()["results"]] == ["saved"] * 3
    after = await draft(editor)
    assert {"bring.pen", f"deadline.{first}", "field.our-desk"} <= set(after["messages"])
    # What it lacks now is named, and nothing of it reaches a reader.
    codes = {(one["code"], one["part"]) for one in after["findings"] if one["level"] == "error"}
    assert codes == {("empty_section", "order")}
    move = {"section": "later", "after": None, "seen_section": sections[0]["id"], "seen_after": None}
    assert (await editor.client.post(f"/api/guides/rent/steps/{first}/move", json=move)).status_code == 200
    missing = {one["part"] for one in (await publish(editor)).json()["findings"] if one["level"] == "error"}
    assert missing == {"section.later", "bring.pen", f"deadline.{first}", "field.our-desk"}
