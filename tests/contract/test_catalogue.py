"""The catalogue over HTTP, on both databases: what a device gets, what an administrator changes, what is kept."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from tests.helpers import Json, SignedIn, make_organisation, sign_in
from wegwijs.catalogue import service
from wegwijs.catalogue.schemas import Catalogue, EntryChange
from wegwijs.catalogue.shipped import FOLDER, LANGUAGES, PLAIN_LISTS, load
from wegwijs.foundation.database import Database, Transaction

AT = "/api/catalogue"


@pytest_asyncio.fixture
async def administrator(app: Litestar) -> AsyncIterator[SignedIn]:
    yield await sign_in(app, "administrator")


async def catalogue(signed_in: SignedIn) -> Json:
    answer = await signed_in.client.get(AT)
    assert answer.status_code == 200, answer.text
    document: Json = answer.json()
    return document


async def put(signed_in: SignedIn, list_name: str, code: str, **said: Any) -> httpx.Response:
    return await signed_in.client.put(f"{AT}/{list_name}/{code}", json=said)


async def change(signed_in: SignedIn, list_name: str, code: str, **said: Any) -> Json:
    answer = await put(signed_in, list_name, code, **said)
    assert answer.status_code == 200, answer.text
    state: Json = answer.json()
    return state


def entry(document: Json, list_name: str, code: str) -> Json:
    entries = document[list_name] if list_name in document else document["lists"][list_name]
    return next(one for one in entries if one["code"] == code)


async def test_a_device_gets_everything_it_needs_to_name_codes(app: Litestar) -> None:
    worker = await sign_in(app, "worker")
    answer = await worker.client.get(AT)
    document = msgspec.json.decode(answer.content, type=Catalogue)
    assert document.country == "BE"
    assert document.machine == ["ar"]
    assert set(document.lists) == set(PLAIN_LISTS)
    assert (len(document.themes), len(document.subthemes), len(document.nationalities)) == (14, 109, 252)
    assert all(list(one.labels) == list(LANGUAGES) for one in document.subthemes)
    told = answer.json()
    assert entry(told, "subthemes", "HOU.rent_search") == {
        "code": "HOU.rent_search",
        "theme": "HOU",
        "labels": {
            "nl": "Zoekt huurwoning",
            "fr": "Cherche un logement à louer",
            "en": "Looking for a home to rent",
            "de": "Sucht Mietwohnung",
            "ar": "يبحث عن سكن للإيجار",
        },
        "short": {
            "nl": "zoekt huurwoning",
            "fr": "cherche un logement",
            "en": "home to rent",
            "ar": "سكن للإيجار",
        },
        "aliases": [],
        "hidden": False,
        "sensitive": None,
    }
    assert entry(told, "residence_status", "undocumented")["off"] is True
    assert "off" not in entry(told, "residence_status", "refugee")
    assert entry(told, "districts", "not_recorded")["parent"] is None
    assert entry(told, "languages", "ary")["direction"] == "rtl"


async def test_what_is_kept_is_asked_for_again_and_not_sent_twice(app: Litestar, administrator: SignedIn) -> None:
    client = administrator.client
    first = await client.get(AT)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    for condition in (tag, f'"older", {tag}', f"W/{tag}", "*"):
        again = await client.get(AT, headers={"If-None-Match": condition})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, no-cache"
    assert (await client.get(AT, headers={"If-None-Match": '"older"'})).status_code == 200
    await change(administrator, "setting", "street", labels={"nl": "op straat"})
    changed = await client.get(AT, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert changed.json()["version"] != first.json()["version"]
    await change(administrator, "setting", "street", labels=None)
    assert (await client.get(AT)).headers["etag"] == tag


async def test_it_travels_packed_and_each_form_has_its_own_tag(app: Litestar, administrator: SignedIn) -> None:
    async def asked(accept: str) -> tuple[str, bytes, str]:
        request = administrator.client.build_request("GET", AT, headers={"Accept-Encoding": accept})
        answer = await administrator.client.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["vary"] == "Accept-Encoding"
        return answer.headers.get("content-encoding", ""), raw, answer.headers["etag"]

    plain, packed, refused = await asked("identity"), await asked("br, gzip"), await asked("gzip;q=0, br")
    assert (plain[0], packed[0], refused[0]) == ("", "gzip", "")
    assert gzip.decompress(packed[1]) == plain[1] == refused[1]
    assert plain[2] == refused[2] != packed[2]
    assert len(packed[1]) < 32_000


@pytest.mark.parametrize("role", ["worker", "supervisor", "coordinator"])
async def test_only_administrators_change_it(app: Litestar, role: str) -> None:
    somebody = await sign_in(app, role)
    assert (await put(somebody, "setting", "street", hidden=True)).status_code == 403
    assert entry(await catalogue(somebody), "setting", "street")["hidden"] is False


async def test_nobody_reads_it_signed_out(client: httpx.AsyncClient) -> None:
    assert (await client.get(AT)).status_code == 401
    assert (await client.put(f"{AT}/setting/street", json={"hidden": True})).status_code == 401


async def test_additions_rewordings_and_hidden_entries_are_the_organisations_own(app: Litestar) -> None:
    organisation = await make_organisation(app)
    administrator, worker = (
        await sign_in(app, "administrator", organisation),
        await sign_in(app, "worker", organisation),
    )
    stranger = await sign_in(app, "worker")
    before = await catalogue(stranger)
    state = await change(administrator, "destination", "red_cross", add=True, labels={"nl": " Rode  Kruis "})
    assert (state["own"], state["labels"]["fr"]) == (True, "Rode Kruis")
    await change(administrator, "district", "north", add=True, labels={"nl": "Noord"}, parent=None)
    await change(administrator, "subtheme", "HOU.own_garden", add=True, labels={"nl": "Tuin"}, sensitive="discreet")
    await change(administrator, "setting", "library", labels={"nl": "bib"})
    await change(administrator, "age_band", "65%2B", hidden=True)
    await change(administrator, "residence_status", "undocumented", switched_on=True)
    await change(administrator, "action", "other", position=0, aliases=["rest"])
    seen = await catalogue(worker)
    assert entry(seen, "destinations", "red_cross")["labels"]["nl"] == "Rode Kruis"
    assert seen["districts"][0]["code"] == "north"
    assert entry(seen, "subthemes", "HOU.own_garden")["sensitive"] == "discreet"
    assert entry(seen, "setting", "library")["labels"]["nl"] == "bib"
    assert entry(seen, "setting", "library")["labels"]["fr"] == "bibliothèque"
    assert entry(seen, "age_band", "65+")["hidden"] is True
    assert "off" not in entry(seen, "residence_status", "undocumented")
    assert (seen["lists"]["action"][0]["code"], seen["lists"]["action"][0]["aliases"]) == ("other", ["rest"])
    assert await catalogue(stranger) == before


async def test_words_of_the_country(app: Litestar) -> None:
    dutch = await sign_in(app, "worker", await make_organisation(app, country="NL"))
    german = await sign_in(app, "worker", await make_organisation(app, country="DE"))
    assert entry(await catalogue(dutch), "subthemes", "HOU.subsidy")["labels"]["nl"] == "Huurtoeslag"
    seen = await catalogue(german)
    assert seen["country"] == "DE"
    assert "off" not in entry(seen, "residence_status", "tolerated")


@pytest.mark.parametrize(
    ("list_name", "code", "said", "status", "problem"),
    [
        ("colour", "red", {"hidden": True}, 404, "no_such_list"),
        ("setting", "quay", {"hidden": True}, 404, "no_such_entry"),
        ("setting", "street", {"add": True, "labels": {"nl": "kade"}}, 409, "code_taken"),
        ("setting", "quay", {"add": True}, 400, "entry_invalid"),
        ("setting", "quay", {"add": True, "labels": {"nl": "ka\0de"}}, 400, "entry_invalid"),
        ("setting", "%00", {"add": True, "labels": {"nl": "kade"}}, 400, "entry_invalid"),
        ("setting", "street", {"position": 10**30}, 400, "entry_invalid"),
        ("setting", "street", {"position": 2**62}, 400, "entry_invalid"),
        # Sorting that many accents into their order would take hours.
        ("setting", "street", {"labels": {"nl": "e" + "\u0301" * 200_000 + "\u0327" * 200_000}}, 400, "entry_invalid"),
        ("setting", "street", {"colour": "red"}, 400, "bad_request"),
        ("setting", "street", {"labels": ["straat"]}, 400, "bad_request"),
        ("subtheme", "HOU.rent_search", {"sensitive": "secret"}, 400, "bad_request"),
        ("residence_status", "tolerated", {"switched_on": True}, 409, "not_in_this_country"),
    ],
)
async def test_what_cannot_be(
    administrator: SignedIn, list_name: str, code: str, said: Json, status: int, problem: str
) -> None:
    before = await catalogue(administrator)
    answer = await put(administrator, list_name, code, **said)
    assert (answer.status_code, answer.json()["code"]) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await catalogue(administrator) == before


async def test_a_code_of_ones_own_is_never_used_again(administrator: SignedIn) -> None:
    await change(administrator, "destination", "bridge_house", add=True, labels={"nl": "Brughuis"})
    state = await change(administrator, "destination", "bridge_house", retired=True)
    assert (state["retired"], state["hidden"]) == (True, True)
    answer = await put(administrator, "destination", "bridge_house", add=True, labels={"nl": "Bank"})
    assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")
    assert entry(await catalogue(administrator), "destinations", "bridge_house")["labels"]["nl"] == "Brughuis"


async def test_an_upgrade_leaves_it_alone(
    administrator: SignedIn, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await change(administrator, "setting", "street", labels={"nl": "op straat"})
    await change(administrator, "setting", "quay", add=True, labels={"nl": "kade"})
    await change(administrator, "setting", "school", hidden=True)
    for path in FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    settings = (FOLDER / "setting.csv").read_text(encoding="utf-8")
    settings = settings.replace("straat,", "trottoir,").replace("elders,", "ergens,")
    (tmp_path / "setting.csv").write_text(settings + "market,markt,,marché,market,Markt,السوق,\n", encoding="utf-8")
    later = load(tmp_path)
    monkeypatch.setattr(service, "shipped", lambda: later)
    seen = await catalogue(administrator)
    labels = {one["code"]: one["labels"]["nl"] for one in seen["lists"]["setting"]}
    assert (labels["street"], labels["quay"], labels["elsewhere"]) == ("op straat", "kade", "ergens")
    assert labels["market"] == "markt"
    assert entry(seen, "setting", "school")["hidden"] is True


async def test_codes_for_the_rules_of_records(administrator: SignedIn, db: Database) -> None:
    await change(administrator, "destination", "bridge_house", add=True, labels={"nl": "Brughuis"})
    await change(administrator, "destination", "bridge_house", retired=True)
    await change(administrator, "subtheme", "LEG.own_court", add=True, labels={"nl": "Zitting"}, sensitive="restricted")
    organisation = UUID(administrator.organisation_id)
    async with db.read() as tx:
        codes = await service.known_codes(tx, organisation)
        assert {"bridge_house", "social_services"} <= codes["destination"]
        assert {"undocumented", "tolerated"} <= codes["residence_status"]
        assert {"not_recorded"} <= codes["district"]
        assert {"fa-AF"} <= codes["language"]
        assert {"XK"} <= codes["nationality"]
        assert "HOU" in codes["theme"]
        assert (await service.themes_of_subthemes(tx, organisation))["LEG.own_court"] == "LEG"
        marks = await service.sensitivity(tx, organisation)
        assert (marks["LEG.own_court"], marks["HEA.mental"]) == ("restricted", "discreet")
        assert "HOU.rent_search" not in marks


async def test_a_batch_costs_one_small_query(
    administrator: SignedIn, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = UUID(administrator.organisation_id)
    await change(administrator, "setting", "street", hidden=True)
    await catalogue(administrator)
    asked: list[str] = []
    fetch = Transaction.fetch_one

    async def count(self: Transaction, sql: str, *values: object) -> Any:
        asked.append(sql)
        return await fetch(self, sql, *values)

    monkeypatch.setattr(Transaction, "fetch_one", count)
    monkeypatch.setattr(service, "own_entries", None)
    async with db.read() as tx:
        for _ in range(100):
            await service.known_codes(tx, organisation)
            await service.sensitivity(tx, organisation)
    assert len(asked) == 1


async def test_a_change_by_another_process_with_a_slow_clock_is_seen(
    administrator: SignedIn, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept copies are told by the newest change: a clock that was set back must not hide one."""
    await change(administrator, "setting", "street", labels={"nl": "op straat"})
    await change(administrator, "setting", "school", labels={"nl": "aan de schoolpoort"})
    assert entry(await catalogue(administrator), "setting", "street")["labels"]["nl"] == "op straat"
    monkeypatch.setattr(service, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    reworded = EntryChange(labels={"nl": "buiten"})
    async with db.write() as tx:
        name = ("setting", "street")
        await service.change_entry(tx, UUID(administrator.organisation_id), "BE", name, reworded)
    assert entry(await catalogue(administrator), "setting", "street")["labels"]["nl"] == "buiten"


async def test_a_transaction_sees_its_own_change(administrator: SignedIn, db: Database) -> None:
    organisation, added = UUID(administrator.organisation_id), EntryChange(add=True, labels={"nl": "kade"})
    async with db.write() as tx:
        assert "quay" not in (await service.known_codes(tx, organisation))["setting"]
        await service.change_entry(tx, organisation, "BE", ("setting", "quay"), added)
        assert "quay" in (await service.known_codes(tx, organisation))["setting"]
