"""The rules of guides that need no database: hashes, layers, the judge, and the files that are shipped."""

from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wegwijs.guides.check import Known, check_guide, check_part, errors, length
from wegwijs.guides.document import Sign, message_ids, text_hash, tidy
from wegwijs.guides.parts import (
    About,
    Change,
    FieldPart,
    Order,
    Part,
    Parts,
    SectionOrder,
    StepPart,
    TextPart,
    is_news,
    is_outdated,
    laid_over,
    merged_order,
    read_part,
    revision,
    structure,
    written,
)
from wegwijs.guides.starter import FOLDER, StarterInvalid, folders, read_sign, read_starter, stamp
from wegwijs.guides.store import known_as_shipped, read_shipped, shipped_json

KNOWN = Known({"nl": "Latn", "ru": "Cyrl", "ar": "Arab", "inh": "Cyrl"}, frozenset({"HOU.contract"}))
RENT = FOLDER / "BE-VLG" / "rent"


def of(words: str, state: Any = "draft") -> TextPart:
    return TextPart(words, state, text_hash(words))


def a_guide() -> Parts:
    """The smallest guide."""
    return {
        "": {
            "about": About(date(2026, 11, 1), date(2027, 5, 1)),
            "order": Order((SectionOrder("start", ("first",)),)),
            "step.first": StepPart("info", (Sign("theme-HOU"),)),
        },
        "nl": {name: of("Een zin.") for name in ("title", "summary", "section.start", "step.first")},
    }


def codes(parts: Parts) -> set[tuple[str, str]]:
    return {(one.code, one.part) for one in check_guide("nl", parts, KNOWN)}


# Hashes


@given(st.text(max_size=60))
def test_a_hash_does_not_see_spaces_and_joined_letters_and_nothing_else(words: str) -> None:
    assert text_hash(words) == text_hash(f"  {words}\n") == text_hash(tidy(words))
    assert text_hash(f"{tidy(words)}x") != text_hash(words)


def test_composed_and_decomposed_letters_are_one_text() -> None:
    assert text_hash("cafe\u0301") == text_hash("caf\u00e9")


def test_only_another_source_makes_a_text_outdated() -> None:
    source, made = of("Bron."), TextPart("Vertaling.", "machine", text_hash("Bron."))
    assert not is_outdated(made, source)
    assert is_outdated(made, of("Andere bron."))
    assert not is_outdated(made, of(" Bron. "))


# Layers


def test_an_own_part_stays_and_the_rest_follows() -> None:
    shipped, own = a_guide(), Change("nl", "title", of("Onze titel"), of("Een zin."))
    newer: Parts = {**shipped, "nl": {**shipped["nl"], "title": of("Nieuw"), "summary": of("Nieuw")}}
    found = laid_over(newer, [own])
    assert found["nl"]["title"] == of("Onze titel")
    assert found["nl"]["summary"] == of("Nieuw")
    assert is_news(own, newer)
    assert not is_news(own, shipped)


def test_a_part_that_was_taken_out_stays_out() -> None:
    assert "title" not in laid_over(a_guide(), [Change("nl", "title", None, of("Een zin."))])["nl"]


def order(*steps: str) -> Order:
    return Order((SectionOrder("one", steps),))


@pytest.mark.parametrize(
    ("base", "shipped", "own", "wanted"),
    [
        ("ab", "axb", "ba", "bax"),  # behind the step it follows
        ("ab", "xab", "ba", "xba"),  # at the head
        ("abc", "abc", "ac", "ac"),  # taken out here: stays out
        ("abc", "acx", "cba", "cxa"),  # gone there: goes
        ("", "ab", "b", "ab"),
    ],
)
def test_an_own_order_takes_new_steps_in_and_lets_lost_ones_go(base: str, shipped: str, own: str, wanted: str) -> None:
    there = set(shipped) if "b" not in own or "b" in shipped else set(shipped) - {"b"}
    assert merged_order(order(*base), order(*shipped), order(*own), there) == order(*wanted)


def test_a_new_section_comes_with_its_steps() -> None:
    shipped = Order((SectionOrder("one", ("a",)), SectionOrder("two", ("b",))))
    assert merged_order(order("a"), shipped, order("a"), {"a", "b"}) == shipped


def test_a_revision_names_a_content() -> None:
    assert revision(None) == ""
    assert revision(of("a")) == revision(of("a")) != revision(of("b"))
    assert revision(of("a")) != revision(of("a", "reviewed"))


def test_parts_survive_being_stored() -> None:
    starter, _ = read_starter(RENT, known_as_shipped())
    assert read_shipped(shipped_json(starter.parts)) == starter.parts
    for language, own in starter.parts.items():
        for name, part in own.items():
            assert read_part((language, name), written(part)) == part


# The judge


def test_a_small_guide_is_right() -> None:
    assert check_guide("nl", a_guide(), KNOWN) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("<b>vet</b>", "markup"),
        ("a &amp; b", "markup"),
        ("zie https://x.be", "markup"),
        ("{{ geheim }}", "markup"),
        ("javascript:alert(1)", "markup"),
        ("links\u202erechts", "invisible"),
        ("nul\u0000", "invisible"),
        ("", "empty"),
        ("x" * 121, "too_long"),
    ],
)
def test_a_text_that_no_reader_should_meet_is_an_error(words: str, code: str) -> None:
    found = errors(check_part(("nl", "title"), of(words), KNOWN))
    assert {one.code for one in found} == {code}
    assert (found[0].language, found[0].part) == ("nl", "title")


@pytest.mark.parametrize(("words", "code"), [("x" * 91, "long"), ("U betaalt € 20.", "amount_in_text")])
def test_a_doubtful_text_is_told_and_stops_nothing(words: str, code: str) -> None:
    found = check_part(("nl", "title"), of(words), KNOWN)
    assert [(one.code, one.level) for one in found] == [(code, "warning")]


def test_vowel_signs_and_joiners_do_not_make_a_text_longer() -> None:
    assert length("لَا تَدْفَعْ") == length("لا تدفع")
    assert check_part(("ar", "title"), of("می\u200cخواهم"), KNOWN) == []


def test_what_a_structure_lacks_is_named() -> None:
    parts = a_guide()
    parts[""]["order"] = Order((SectionOrder("start", ("first", "second", "first")),))
    assert {("missing", "step.second"), ("duplicate_id", "order")} <= codes(parts)
    parts = a_guide()
    parts[""]["order"] = Order((SectionOrder("start", ("first",)), SectionOrder("later", ())))
    assert ("empty_section", "order") in codes(parts)
    parts = a_guide()
    parts[""]["step.lost"] = StepPart("do", ())
    assert {("no_place", "step.lost"), ("signs", "step.lost")} <= codes(parts)
    parts = a_guide()
    parts[""]["step.first"] = StepPart("do", (Sign("no-such"),), fields=("rent",), subthemes=("HOU.none",))
    assert {("no_pictogram", "step.first"), ("no_field", "step.first"), ("no_subtheme", "step.first")} <= codes(parts)
    parts = a_guide()
    del parts["nl"]["step.first"]
    assert ("missing", "step.first") in codes(parts)


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (FieldPart("amount", "veel", "local"), "bad_value"),
        (FieldPart("phone", "bel mij", "local"), "bad_value"),
        (FieldPart("term", "3 maanden", "local"), "bad_value"),
        (FieldPart("text", "<i>x</i>", "local"), "markup"),
        (FieldPart("amount", "20.00"), "no_source"),
        (FieldPart("term", "", "law", "https://x.be", date(2026, 1, 1)), "no_value"),
        (FieldPart("term", "3", "law", "javascript:x", date(2026, 1, 1)), "bad_source"),
    ],
)
def test_a_field_is_a_plain_value_with_a_source(field: FieldPart, code: str) -> None:
    assert code in {one.code for one in errors(check_part(("", "field.rent"), field, KNOWN))}


def test_texts_in_the_script_of_another_language_are_noticed() -> None:
    parts = a_guide()
    parts["ru"] = {name: TextPart("Betaal niets.", "draft", text_hash("Een zin.")) for name in ("title", "summary")}
    assert ("wrong_script", "") in codes(parts)
    parts["ru"]["title"] = TextPart("Не платите до осмотра, OCMW", "draft", text_hash("Een zin."))
    parts["ru"]["summary"] = TextPart("Спросите в OCMW.", "draft", text_hash("Een zin."))
    assert ("wrong_script", "") not in codes(parts)


def test_messages_stand_in_reading_order_each_once() -> None:
    step = StepPart("do", (Sign("theme-HOU"),), bring=("card",), deadline=True, fields=("rent",))
    parts: dict[str, Part] = {
        "order": Order((SectionOrder("one", ("a", "b")),)),
        "step.a": step,
        "step.b": msgspec.structs.replace(step, deadline=False),
    }
    assert list(message_ids(structure({"": parts}))) == [
        "title", "summary", "section.one", "step.a", "deadline.a", "bring.card", "field.rent", "step.b",
    ]  # fmt: skip


# Files


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.name))
def test_every_shipped_guide_is_right(folder: Path) -> None:
    starter, _ = read_starter(folder, known_as_shipped())
    assert starter.code == folder.name
    assert starter.jurisdiction == folder.parent.name


def test_a_sign_may_carry_a_mark() -> None:
    assert read_sign("cash:cross") == Sign("cash", "cross")
    assert read_sign("cash:heart") == Sign("cash:heart")


def broken(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    """The findings about the rent guide with one line of a file changed, as an author reads them."""
    copytree(RENT, tmp_path / "rent", dirs_exist_ok=True)
    path = tmp_path / "rent" / file
    content = path.read_text(encoding="utf-8")
    assert old in content, old
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StarterInvalid) as raised:
        read_starter(tmp_path / "rent", known_as_shipped())
    return [str(finding).removeprefix(f"error: {tmp_path}/rent/") for finding in raised.value.findings]


@pytest.mark.parametrize(
    ("file", "old", "new", "wanted"),
    [
        ("guide.toml", 'kind = "', 'kind = "shout', "[bad_file]"),
        ("guide.toml", 'code = "rent"', 'code = "rent', "[not_toml]"),
        ("guide.toml", 'code = "rent"', 'colour = "red"\ncode = "rent"', "[bad_file]"),
        ("guide.toml", 'signs = ["', 'signs = ["no-such-drawing", "', "[no_pictogram]"),
        ("guide.toml", 'subthemes = ["', 'subthemes = ["HOU.none", "', "[no_subtheme]"),
        ("fr.toml", 'language = "fr"', 'language = "nl"', "[wrong_language]"),
        ("fr.toml", '"title" = "', '"title" = "<b>', "[markup]"),
        ("fr.toml", '"title" = "', f'"title" = "{"x" * 130}', "[too_long]"),
        ("fr.toml", "[made_from]", '[made_from]\n"x" = "1"\n[gone]', "[bad_file]"),
        ("nl.toml", '"title" = ', '"titel" = ', "[missing]"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, file: str, old: str, new: str, wanted: str) -> None:
    found = broken(tmp_path, file, old, new)
    assert any(wanted in line for line in found), found
    if wanted in {"[markup]", "[too_long]", "[no_pictogram]", "[not_toml]"}:
        line = next(line for line in found if wanted in line)
        assert line.startswith(f"{file}:"), line


def test_a_text_of_an_older_source_is_told_and_a_stamp_is_never_renewed_unasked(tmp_path: Path) -> None:
    copytree(RENT, tmp_path / "rent")
    source, french = tmp_path / "rent" / "nl.toml", tmp_path / "rent" / "fr.toml"
    starter, _ = read_starter(tmp_path / "rent", known_as_shipped())
    title = starter.parts["nl"]["title"]
    assert isinstance(title, TextPart)
    changed = source.read_text(encoding="utf-8").replace(title.text, "Een andere titel", 1)
    source.write_text(changed, encoding="utf-8")

    def outdated() -> set[tuple[str, str]]:
        _, found = read_starter(tmp_path / "rent", known_as_shipped())
        return {(one.language, one.part) for one in found if one.code == "outdated"}

    assert outdated() == {(language, "title") for language in starter.parts if language not in {"", "nl"}}
    assert stamp(french) == []
    assert ("fr", "title") in outdated()
    assert stamp(french, ["title"]) == ["title"]
    assert ("fr", "title") not in outdated()
    with pytest.raises(StarterInvalid):
        stamp(french, ["step.nobody-knows"])


def test_quoted_and_dotted_keys_are_the_same_messages(tmp_path: Path) -> None:
    copytree(RENT, tmp_path / "rent")
    path = tmp_path / "rent" / "fr.toml"
    before, _ = read_starter(tmp_path / "rent", known_as_shipped())
    path.write_text(path.read_text(encoding="utf-8").replace('"section.', 'section."'), encoding="utf-8")
    after, _ = read_starter(tmp_path / "rent", known_as_shipped())
    assert before == after
