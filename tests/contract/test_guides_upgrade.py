"""Starter guides at an upgrade: what nobody touched follows, what somebody changed stays and is shown."""

from litestar import Litestar

from tests.contract.test_guides import change, draft, of_text, rent, two_editors
from wegwijs.foundation.settings import Settings
from wegwijs.guides.document import text_hash
from wegwijs.guides.parts import Order, Parts, SectionOrder, StepPart, TextPart
from wegwijs.guides.service import bring_starters, published_guide
from wegwijs.guides.shipping import Shipped, as_shipped
from wegwijs.people.organisations import MadeOrganisation
from wegwijs.serving import prepare


def renewed(**sentences: str) -> Shipped:
    """The next release: other source sentences, and one more step in the first section."""
    starter = rent().starter
    parts: Parts = {language: dict(own) for language, own in starter.parts.items()}
    for message, words in sentences.items():
        parts["nl"][message.replace("__", ".").replace("_", "-")] = TextPart(words, "draft", text_hash(words))
    order = parts[""]["order"]
    assert isinstance(order, Order)
    head = order.sections[0]
    longer = SectionOrder(head.id, (head.steps[0], "brand-new", *head.steps[1:]))
    parts[""]["order"] = Order((longer, *order.sections[1:]))
    kept = parts[""][f"step.{head.steps[0]}"]
    assert isinstance(kept, StepPart)
    parts[""]["step.brand-new"] = kept
    parts["nl"]["step.brand-new"] = TextPart("Een nieuwe zin.", "draft", text_hash("Een nieuwe zin."))
    return as_shipped(type(starter)(code="rent", jurisdiction="BE-VLG", source="nl", parts=parts))


async def upgrade(app: Litestar, made: MadeOrganisation, release: Shipped) -> list[str]:
    async with app.state.db.write() as tx:
        return await bring_starters(tx, made.organisation, [release])


async def test_an_organisation_from_before_the_guides_gets_them_at_the_next_start(
    app: Litestar, settings: Settings
) -> None:
    editor, _, made = await two_editors(app)
    async with app.state.db.write() as tx:
        for table in ("guide_version", "guide"):
            await tx.execute(f"DELETE FROM {table} WHERE organisation = ?", made.organisation)
    assert (await editor.client.get("/api/guides")).json()["guides"] == []
    await prepare(settings, migrating=True)
    assert "rent" in {one["code"] for one in (await editor.client.get("/api/guides")).json()["guides"]}


async def test_a_guide_that_nobody_touched_follows_an_upgrade_and_is_published_again(app: Litestar) -> None:
    editor, _, made = await two_editors(app)
    release = renewed(title="Huren in Vlaanderen")
    assert await upgrade(app, made, release) == ["rent"]
    assert await upgrade(app, made, release) == []
    async with app.state.db.read() as tx:
        latest = await published_guide(tx, made.organisation, "rent")
    assert latest is not None
    assert (latest.version, latest.texts["nl"]["title"].text) == (2, "Huren in Vlaanderen")
    assert latest.texts["ar"]["title"].state == "outdated"
    assert (await draft(editor))["unpublished"] is False


async def test_own_changes_survive_an_upgrade_and_the_shipped_change_is_shown(app: Litestar) -> None:
    editor, _, made = await two_editors(app)
    seen = await draft(editor)
    steps = seen["order"]["content"]["sections"][0]["steps"]
    section = seen["order"]["content"]["sections"][0]["id"]
    move = {"section": section, "after": steps[-1], "seen_section": section, "seen_after": None}
    await editor.client.post(f"/api/guides/rent/steps/{steps[0]}/move", json=move)
    await change(editor, of_text(seen, "nl", "title", "Onze titel"), of_text(seen, "nl", "summary", "Onze inleiding."))
    await upgrade(app, made, renewed(title="Hun titel"))
    after = await draft(editor)
    title, summary = after["texts"]["nl"]["title"], after["texts"]["nl"]["summary"]
    assert (title["content"]["text"], title["news"]["text"]) == ("Onze titel", "Hun titel")
    assert (summary["content"]["text"], summary["news"]) == ("Onze inleiding.", None)
    # The new step comes in, the own order stays.
    assert after["order"]["content"]["sections"][0]["steps"] == [*steps[1:], steps[0], "brand-new"]
    # Nothing reaches readers before somebody publishes.
    async with app.state.db.read() as tx:
        latest = await published_guide(tx, made.organisation, "rent")
    assert latest is not None
    assert latest.version == 1
    news = {"language": "nl", "part": "title", "choice": "own", "seen": title["revision"]}
    assert (await editor.client.post("/api/guides/rent/news", json=news)).status_code == 204
    kept = (await draft(editor))["texts"]["nl"]["title"]
    assert (kept["content"]["text"], kept["news"]) == ("Onze titel", None)
    assert (await editor.client.post("/api/guides/rent/news", json={**news, "choice": "shipped"})).status_code == 204
    assert (await draft(editor))["texts"]["nl"]["title"]["content"]["text"] == "Hun titel"
