"""Texts of a guide out to a translator's file and back: nothing is lost, and nothing half taken over."""

import io
from typing import Any

import httpx
import openpyxl
import pytest
from litestar import Litestar

from tests.contract.test_guides import change, draft, of_text
from tests.helpers import Json, SignedIn, make_organisation, sign_in
from wegwijs.guides import exchange_po, exchange_xlsx
from wegwijs.guides.exchange import TextFile

FORMATS: dict[str, tuple[Any, str]] = {
    "po": (exchange_po, exchange_po.MEDIA_TYPE),
    "xlsx": (exchange_xlsx, exchange_xlsx.MEDIA_TYPE),
}
# Babel knows neither of the first two; the others turn the page, change the script, and have one plural form.
HARD = {"ary": "كراء سكن", "inh": "ЦӀагӀа лаха", "ckb": "بەکرێگرتنی خانوو", "ti": "ገዛ ምክራይ", "tr": "= Ev kiralamak"}


async def out(editor: SignedIn, kind: str, language: str, code: str = "rent") -> bytes:
    answer = await editor.client.get(f"/api/guides/files/{kind}", params={"code": code, "language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith(FORMATS[kind][1])
    return answer.content


async def back(
    editor: SignedIn, kind: str, language: str, data: bytes, *, dry: bool = False, code: str = "rent"
) -> httpx.Response:
    return await editor.client.post(
        f"/api/guides/files/{kind}",
        params={"code": code, "language": language, "dry": dry},
        content=data,
        headers={"Content-Type": FORMATS[kind][1]},
    )


def rewritten(kind: str, data: bytes, **texts: str) -> bytes:
    """The file as a translator's tool saves it, with other texts by message id (`__` for the dot)."""
    wanted = {message.replace("__", "."): text for message, text in texts.items()}
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(data))
        for row in book["texts"].iter_rows(min_row=2):
            if row[0].value in wanted:
                row[2].value, row[3].value = wanted[str(row[0].value)], "draft"
                # Whoever types a text that begins with = into a spreadsheet puts an apostrophe before it.
                row[2].data_type = "s"
        saved = io.BytesIO()
        book.save(saved)
        return saved.getvalue()
    file = exchange_po.read_texts(data)
    changed = [
        type(text)(
            message=text.message,
            source=text.source,
            text=wanted.get(text.message, text.text),
            state=text.state,
            was=text.was,
            unsure=text.unsure and text.message not in wanted,
        )
        for text in file.texts
    ]
    return exchange_po.write_texts(
        TextFile(guide=file.guide, language=file.language, source=file.source, texts=changed), "nplurals=1; plural=0;"
    )


def findings(answer: httpx.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "not_this_guide"), answer.text
    return [(one["code"], one.get("part", "")) for one in answer.json()["findings"]]


@pytest.mark.parametrize("kind", FORMATS)
async def test_what_goes_out_and_comes_back_untouched_changes_nothing(app: Litestar, kind: str) -> None:
    editor = await sign_in(app, "supervisor")
    seen = await draft(editor)
    # Outdated texts, and one of each state, too.
    await change(editor, of_text(seen, "nl", "summary", "Een andere inleiding."))
    reviewed = {"state": "reviewed", "reviewed": {"by_capacity": "locuteur", "on": "2026-01-01"}}
    title = seen["texts"]["fr"]["title"]["content"]["text"]
    await change(editor, of_text(seen, "fr", "title", title, **reviewed))
    before = await draft(editor)
    for language in set(before["texts"]) - {"nl"}:
        answer = await back(editor, kind, language, await out(editor, kind, language))
        assert (answer.status_code, answer.json()["changes"], answer.json()["not_in_file"]) == (200, [], [])
    assert await draft(editor) == before


@pytest.mark.parametrize("kind", FORMATS)
async def test_languages_that_babel_does_not_know_make_the_round_trip(app: Litestar, kind: str) -> None:
    editor = await sign_in(app, "supervisor")
    for language, words in HARD.items():
        data = rewritten(kind, await out(editor, kind, language), title=words)
        preview = (await back(editor, kind, language, data, dry=True)).json()
        assert [(one["message"], one["after"], one["kind"]) for one in preview["changes"]] == [
            ("title", words, "changed")
        ]
        assert not preview["applied"]
        assert words not in str((await draft(editor))["texts"].get(language, {}))
        assert (await back(editor, kind, language, data)).json()["applied"]
        again = FORMATS[kind][0].read_texts(await out(editor, kind, language))
        assert (again.language, {text.message: text.text for text in again.texts}["title"]) == (language, words)
        assert (await draft(editor))["texts"][language]["title"]["state"] == "draft"


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_text_that_changed_here_too_is_kept_twice(app: Litestar, kind: str) -> None:
    editor = await sign_in(app, "supervisor")
    data = rewritten(kind, await out(editor, kind, "fr"), title="Du fichier", summary="Seulement du fichier.")
    await change(editor, of_text(await draft(editor), "fr", "title", "Du bureau"))
    # What only the bureau changed and the file left alone stays.
    section = next(message for message in (await draft(editor))["messages"] if message.startswith("section."))
    await change(editor, of_text(await draft(editor), "fr", section, "Du bureau aussi"))
    told = (await back(editor, kind, "fr", data)).json()["changes"]
    assert {(one["message"], one["kind"]) for one in told} == {("title", "clash"), ("summary", "changed")}
    after = await draft(editor)
    own = after["texts"]["fr"]
    assert own["title"]["content"]["text"] == "Du bureau"
    assert own["summary"]["content"]["text"] == "Seulement du fichier."
    assert own[section]["content"]["text"] == "Du bureau aussi"
    assert [clash["mine"]["text"] for clash in after["clashes"]] == ["Du fichier"]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_source_that_changed_while_the_file_was_away_shows_the_new_text_as_outdated(
    app: Litestar, kind: str
) -> None:
    editor = await sign_in(app, "supervisor")
    data = rewritten(kind, await out(editor, kind, "fr"), title="Nouvelle traduction")
    await change(editor, of_text(await draft(editor), "nl", "title", "Een heel andere titel"))
    told = (await back(editor, kind, "fr", data)).json()["changes"]
    assert [(one["message"], one["outdated"]) for one in told] == [("title", True)]
    # Looked at again beside the new source and found to fit: no longer outdated.
    fitting = rewritten(kind, await out(editor, kind, "fr"), title="Nouvelle traduction")
    assert [one["kind"] for one in (await back(editor, kind, "fr", fitting)).json()["changes"]] == ["confirmed"]
    assert (await draft(editor))["texts"]["fr"]["title"]["state"] == "draft"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_file_of_another_guide_or_language_is_refused_whole(app: Litestar, kind: str) -> None:
    made = await make_organisation(app)
    editor = await sign_in(app, "supervisor", made)
    new: Json = {"code": "bikes", "source": "nl", "title": "Fiets", "valid_as_of": "2026-11-01"}
    await editor.client.post("/api/guides", json=new | {"check_again_by": "2099-01-01"})
    before = await draft(editor)
    theirs = await out(editor, kind, "fr", code="bikes")
    assert findings(await back(editor, kind, "fr", theirs)) == [("another_guide", "")]
    french = await out(editor, kind, "fr")
    assert findings(await back(editor, kind, "ar", french)) == [("another_language", "")]
    long = rewritten(kind, french, title="Bon titre", summary="x" * 121)
    assert findings(await back(editor, kind, "fr", long)) == [("too_long", "summary")]
    script = rewritten(kind, french, title="Bon titre", summary="<script>x</script>")
    assert findings(await back(editor, kind, "fr", script)) == [("markup", "summary")]
    assert await draft(editor) == before
    source = await editor.client.get(f"/api/guides/files/{kind}", params={"code": "rent", "language": "nl"})
    assert findings(source) == [("no_language", "")]
    wrong = await editor.client.post(
        f"/api/guides/files/{kind}", params={"code": "rent", "language": "fr"}, json={"a": 1}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (415, "wrong_content_type")


def spoilt(data: bytes, how: str) -> bytes:
    """A spreadsheet as people send it back."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["texts"]
    if how == "formula":
        sheet["C2"] = '=HYPERLINK("http://example.org")'
    elif how == "merged":
        sheet.merge_cells("C2:C3")
    elif how == "no id":
        sheet["A2"] = None
    elif how == "unknown id":
        sheet["A2"] = "step.nobody-knows"
    elif how == "twice":
        sheet["A3"] = sheet["A2"].value
    elif how == "columns":
        sheet.delete_cols(1)
    elif how == "sheets":
        del book["about"]
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_spoilt_spreadsheet_is_refused_with_the_place(app: Litestar) -> None:
    editor = await sign_in(app, "supervisor")
    data, before = await out(editor, "xlsx", "fr"), await draft(editor)
    wanted = {
        "formula": ("formula", "C2"),
        "merged": ("merged_cells", "C2:C3"),
        "no id": ("no_id", "A2"),
        "unknown id": ("no_message", "step.nobody-knows"),
        "twice": ("duplicate_id", "title"),
        "columns": ("no_head", "A1"),
        "sheets": ("no_head", ""),
    }
    for how, finding in wanted.items():
        assert finding in findings(await back(editor, "xlsx", "fr", spoilt(data, how))), how
    for broken in (b"", b"PK\x03\x04", data[:2000], b"id;source;text"):
        assert findings(await back(editor, "xlsx", "fr", broken)) == [("not_xlsx", "")]
    assert await draft(editor) == before


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_spoilt_po_file_is_refused_with_the_place(app: Litestar) -> None:
    editor = await sign_in(app, "supervisor")
    data, before = await out(editor, "po", "fr"), await draft(editor)
    for broken, finding in {
        b"": ("no_head", ""),
        b"\xff\xfe": ("not_po", ""),
        b"nonsense": ("not_po", ""),
        data.replace(b"X-Wegwijs-Guide", b"X-Other"): ("no_head", ""),
        data.replace(b'msgctxt "title"', b"#"): ("no_id", ""),
        data.replace(b'msgctxt "title"', b'msgctxt "step.nobody-knows"'): ("no_message", "step.nobody-knows"),
    }.items():
        assert findings(await back(editor, "po", "fr", broken)) == [finding], broken[:40]
    assert await draft(editor) == before
