"""The guide pages as a browser without a script gets them: whole, in two scripts, honest, and blind to who reads."""

import logging
import re
from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest
import pytest_asyncio
import segno
from litestar import Litestar

from tests.conftest import started
from tests.guides_sample import AR, NL, SO, publish, sample_guide
from tests.helpers import browser_like, make_organisation, sign_in
from tests.reading import NAVIGATION, ReadPage, page
from wegwijs.app import create_app
from wegwijs.foundation.settings import Settings, load_settings
from wegwijs.guides.pages import unclear
from wegwijs.guides.pages.qr import LONGEST
from wegwijs.people.organisations import MadeOrganisation


@pytest_asyncio.fixture
async def organisation(app: Litestar) -> MadeOrganisation:
    """The only organisation of this server, with one guide of ours beside the shipped ones."""
    made = await make_organisation(app)
    async with app.state.db.write() as tx:
        await publish(tx, made.organisation, sample_guide())
    return made


@pytest_asyncio.fixture
async def reader(app: Litestar, organisation: MadeOrganisation) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with the address of a guide and nothing else."""
    async with browser_like(app) as client:
        yield client


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_guide_is_whole_without_a_script_and_in_two_directions_at_once(reader: httpx.AsyncClient) -> None:
    shown = await page(reader, "/g/try/nl+ar")
    assert [one for one in shown.ids if re.fullmatch(r"s\d+", one)] == ["s1", "s2", "s3", "s4"]
    assert {"ask", "take", "languages"} <= set(shown.ids)
    for words, lang in ((NL, "nl"), (AR, "ar")):
        # The title and the chapters stand in the first language alone.
        steps = [
            text for name, text in words.items() if lang == "nl" or not name.startswith(("t", "summary", "section"))
        ]
        assert [text for text in steps if not shown.says(text, lang)] == []
    assert ("html", "lang", "nl") in shown.attributes and ("html", "dir", "ltr") in shown.attributes
    assert ("div", "dir", "rtl") in shown.attributes
    arabic_first = await page(reader, "/g/try/ar+nl")
    assert ("html", "dir", "rtl") in arabic_first.attributes
    # Figures are written as the papers of the country write them, in every language.
    assert any("1.800,50" in text and lang == "ar" for lang, text in shown.said)
    assert shown.says("09 123 45 67", "nl") and ("a", "href", "tel:091234567") in shown.attributes


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_how_sure_a_text_is_stands_beside_it_in_its_own_language(reader: httpx.AsyncClient) -> None:
    shown = await page(reader, "/g/try/ar")
    assert shown.says("ترجمة آلية. لم يراجعها أحد.", "ar")
    assert shown.says("النص الذي تُرجم منه هذا أحدث.", "ar")
    assert ("a", "href", "/g/try/ar+nl") in shown.attributes
    # The last step is not in Arabic: it says so, and the source language follows.
    assert shown.says("هذا غير مكتوب بلغتك بعد.", "ar") and shown.says(NL["step.union"], "nl")
    # With a second language chosen, that one stands in.
    both = await page(reader, "/g/try/so+fa")
    assert both.says("Tan wada akhriya", "so") and not both.says(NL["step.union"], "nl")
    assert both.says(SO["step.fake"], "so")
    checked = await page(reader, "/g/try/nl")
    assert not any("vertaald" in text.lower() and lang == "nl" and "computer" in text for lang, text in checked.said)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_past_its_date_a_guide_says_itself_that_it_may_be_old(app: Litestar, reader: httpx.AsyncClient) -> None:
    async with app.state.db.write() as tx:
        (row,) = await tx.fetch("SELECT id FROM organisation")
        await publish(tx, row["id"], sample_guide("old", check_again_by=date(2026, 1, 1)))
    assert 'class="notice stale "' in (await reader.get("/g/try/nl")).text
    assert 'class="notice stale overdue"' in (await reader.get("/g/old/nl")).text
    assert "Deze pagina is misschien verouderd." in (await reader.get("/g/nl")).text


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_sound_of_another_text_has_no_address(reader: httpx.AsyncClient) -> None:
    source = (await reader.get("/g/try/ar")).text
    assert source.count('data-opus="/g/sound/a.opus"') == 1
    first = source[source.index('id="s1"') : source.index('id="s2"')]
    assert "data-opus" in first


@pytest.mark.parametrize(
    ("path", "status", "leads_to"),
    [
        ("/g", 308, "/g/"),
        ("/g/", 200, ""),
        ("/g/ar", 200, ""),
        ("/g/try", 200, ""),
        ("/g/try/nl+nl", 308, "/g/try/nl"),
        ("/g/try/xx", 404, ""),
        ("/g/try/nl+ar+fa", 404, ""),
        ("/g/nothing/nl", 404, ""),
        ("/g/nothing", 404, ""),
        ("/g/about/ar", 200, ""),
        ("/g/about/xx", 404, ""),
        ("/g/try/%2e%2e", 404, ""),
        ("/g/try/nl.pdf.pdf", 404, ""),
        ("/g/'+alert(1)+'/nl", 404, ""),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_every_address_leads_somewhere(reader: httpx.AsyncClient, path: str, status: int, leads_to: str) -> None:
    answer = await reader.get(path, headers=NAVIGATION)
    assert (answer.status_code, answer.headers.get("location", "")) == (status, leads_to)
    if status in {200, 404}:
        # Whoever is lost finds the languages; a program gets the problem.
        assert answer.text.startswith("<!doctype html>") and "alert(1)" not in answer.text
        assert (await reader.get(path, headers={"Accept": "*/*"})).status_code == status


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_what_somebody_wrote_is_text_and_never_markup(app: Litestar, organisation: MadeOrganisation) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    bad = "<script>alert(1)</script>\" onclick='x' & \ue000lang\ue001"
    guide = sample_guide("bad")
    texts = {**guide.texts, "nl": {key: replace(text, text=bad) for key, text in guide.texts["nl"].items()}}
    fields = {"phone": replace(guide.fields["phone"], value=bad, source="javascript:alert(1)")}
    async with app.state.db.write() as tx:
        await publish(tx, organisation.organisation, replace(guide, texts=texts, fields={**guide.fields, **fields}))
    async with browser_like(app) as client:
        source = (await client.get("/g/bad/nl")).text
    assert "<script>alert" not in source and "javascript:" not in source and "\ue000" not in source
    assert not [one for one in ReadPage(source).attributes if one[1].startswith("on") or one[1] == "style"]


# Privacy


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_nothing_in_the_log_tells_who_read_what(
    reader: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("wegwijs"), "propagate", True)
    canaries = {"User-Agent": "canary-browser", "X-Forwarded-For": "203.0.113.77", "Accept-Language": "so-canary"}
    # What the server prints: its own lines, and what libraries complain of (foundation/logs.py).
    with caplog.at_level(logging.WARNING), caplog.at_level(logging.DEBUG, logger="wegwijs"):
        for path in ("/g/try/ar", "/g/try/nl+ar?canary-query", "/g/ar", "/g/", "/g/try/all.json", "/g/canary/nl"):
            answer = await reader.get(path, headers={**NAVIGATION, **canaries})
            assert "set-cookie" not in answer.headers
        await reader.post("/g/try/unclear", json={"step": "fake", "language": "ar"}, headers=canaries)
    told = " ".join(f"{record.getMessage()} {record.__dict__.get('wegwijs', '')}" for record in caplog.records)
    assert "/g/{name}/{wanted}" in told
    for trace in ("canary", "203.0.113.77", "127.0.0.1", "try", "'ar'", "/ar", "nl+ar", "fake"):
        assert trace not in told


async def test_a_session_of_the_staff_changes_nothing(reader: httpx.AsyncClient, app: Litestar) -> None:
    async with app.state.db.read() as tx:
        (row,) = await tx.fetch("SELECT id FROM organisation")
        team = await tx.fetch_one("SELECT id FROM team WHERE organisation = ?", row["id"])
    assert team is not None
    made = MadeOrganisation(row["id"], "", team["id"], row["id"])
    staff = await sign_in(app, "supervisor", made)
    plain = await reader.get("/g/try/ar")
    signed_in = await staff.client.get("/g/try/ar")
    assert (signed_in.text, signed_in.headers["etag"]) == (plain.text, plain.headers["etag"])
    assert (await staff.client.post("/g/try/unclear", json={"step": "fake", "language": "ar"})).status_code == 204
    assert (await reader.post("/g/try/unclear", json={"step": "fake", "language": "ar"})).status_code == 204
    counts = (await staff.client.get("/api/guides/unclear")).json()
    month = counts[0].pop("month")
    assert re.fullmatch(r"\d{4}-\d\d", month)
    assert counts == [{"guide": "try", "step": "fake", "language": "ar", "times": 2}]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"step": "none", "language": "ar"}, 400), ({"step": "fake", "language": "xx"}, 400), ({"step": "fake"}, 400)],
)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_count_is_only_of_what_there_is(reader: httpx.AsyncClient, body: dict[str, str], status: int) -> None:
    assert (await reader.post("/g/try/unclear", json=body)).status_code == status
    assert (await reader.post("/g/none/unclear", json={"step": "fake", "language": "ar"})).status_code == 404


async def test_a_flood_of_counts_is_held_back_and_no_address_is_looked_at(
    reader: httpx.AsyncClient, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unclear, "_AT_ONCE", 2)
    tap = {"step": "fake", "language": "ar"}
    answers = [
        await reader.post("/g/try/unclear", json=tap, headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(4)
    ]
    assert [one.status_code for one in answers] == [204, 204, 429, 429]
    assert "retry-after" in answers[-1].headers
    async with app.state.db.read() as tx:
        rows = await tx.fetch("SELECT bucket FROM throttle")
        (counted,) = await tx.fetch("SELECT times FROM guide_unclear")
    assert (len(rows), counted["times"]) == (1, 2)


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_page_asks_for_nothing_from_elsewhere_and_is_checked_each_time(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/g/try/nl+ar", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["cache-control"], answer.headers["content-encoding"]) == ("no-cache", "gzip")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    again = await reader.get(
        "/g/try/nl+ar", headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    loaded = {
        value
        for tag, name, value in ReadPage(answer.text).attributes
        if name in {"src"} or (tag, name) == ("link", "href")
    }
    assert all(value.startswith("/") for value in loaded)


# Whose guides


async def test_the_host_name_decides_whose_guides_are_read(app: Litestar, settings: Settings, tmp_path: object) -> None:
    first, second = await make_organisation(app, "Stad Een"), await make_organisation(app, "Stad Twee")
    async with app.state.db.write() as tx:
        await publish(tx, first.organisation, sample_guide("mine"))
        await publish(tx, second.organisation, sample_guide("yours"))
    async with browser_like(app) as client:
        unclear = await client.get("/g/mine/nl")
    assert (unclear.status_code, unclear.json()["code"]) == (404, "no_guides_here")
    hosts = "een.example=stad-een, twee.example=stad-twee"
    named = load_settings(
        {},
        data_dir=settings.data_dir,
        keys_dir=settings.keys_dir,
        database_url=settings.database_url,
        guide_hosts=hosts,
    )
    other = create_app(named)
    async with started(other), browser_like(other) as client:
        found = {
            (host, code): (await client.get(f"/g/{code}/nl", headers={"Host": host})).status_code
            for host in ("een.example", "twee.example")
            for code in ("mine", "yours")
        }
        there = (await client.get("/g/mine/nl", headers={"Host": "een.example"})).text
    assert found == {
        ("een.example", "mine"): 200,
        ("een.example", "yours"): 404,
        ("twee.example", "mine"): 404,
        ("twee.example", "yours"): 200,
    }
    assert "een.example/g/mine/nl" in there


@pytest.mark.parametrize("path", ["/g/rent/nl+ar", "/g/social/nl+uk", "/g/nl-rent/ar", "/g/nrw-home/tr"])
def test_an_address_at_a_usual_host_fits_a_code_that_old_phones_read(path: str) -> None:
    address = f"https://gids.voorbeeld.be{path}"
    assert len(address) <= LONGEST
    assert segno.make_qr(address, error="m").version == 3
