"""Guides of an organisation: what it has on its first day."""

from litestar import Litestar

from tests.helpers import make_organisation
from wegwijs.guides.document import text_hash
from wegwijs.guides.service import published_guide, published_guides


async def test_a_new_organisation_can_show_the_starter_guides_of_its_country(app: Litestar) -> None:
    made = await make_organisation(app)
    async with app.state.db.read() as tx:
        guides = await published_guides(tx, made.organisation)
        rent = await published_guide(tx, made.organisation, "rent")
        assert await published_guide(tx, made.organisation, "nl-rent") is None
    assert "rent" in {guide.code for guide in guides}
    assert {guide.jurisdiction for guide in guides} == {"BE-VLG"}
    assert rent is not None
    assert (rent.version, rent.source) == (1, "nl")
    assert {"nl", "fr", "ar"} <= set(rent.texts)
    title = rent.texts["nl"]["title"]
    assert rent.texts["ar"]["title"].source_hash == text_hash(title.text)
    assert rent.texts["ar"]["title"].state == "machine"
