"""What an organisation makes of the catalogue, and that an upgrade of ours leaves it alone."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wegwijs.catalogue.changes import changed
from wegwijs.catalogue.overlay import Merged, OwnEntry
from wegwijs.catalogue.schemas import EntryChange
from wegwijs.catalogue.shipped import FOLDER, LANGUAGES, LISTS, Shipped, load, shipped
from wegwijs.foundation.problems import Problem

Row = dict[str, str]


def own(list_name: str, code: str, **more: Any) -> OwnEntry:
    return OwnEntry(list_name=list_name, code=code, **more)


def merged(*rows: OwnEntry) -> Merged:
    return Merged.of(shipped(), rows)


def change(on: Merged, list_name: str, code: str, country: str = "BE", **said: Any) -> Merged:
    """The catalogue after an administrator's change."""
    row = changed(on, country, (list_name, code), EntryChange(**said))
    return Merged.of(on.shipped, [*on.own.values(), row])


def refusal(on: Merged, list_name: str, code: str, country: str = "BE", **said: Any) -> str:
    """Number and detail of the problem that a change meets."""
    with pytest.raises(Problem) as met:
        change(on, list_name, code, country, **said)
    return f"{met.value.type.code}: {met.value.detail}"


def codes(on: Merged, list_name: str) -> list[str]:
    return [entry.code for entry in on.entries(list_name, "BE")]


def edit(folder: Path, name: str, work: Callable[[list[Row]], list[Row]]) -> None:
    """Rewrite one list of a catalogue as a release of ours would."""
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = work(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def upgraded(tmp_path: Path) -> Shipped:
    """A later catalogue: `street` and `elsewhere` reworded, `library` retired, `market` and a subtheme new."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)

    def settings(rows: list[Row]) -> list[Row]:
        for row in rows:
            if row["code"] in {"street", "elsewhere"}:
                row["nl"] = f"{row['nl']} (nieuw)"
            row["retired"] = "yes" if row["code"] == "library" else ""
        return [*rows, {**rows[0], "code": "market", "nl": "markt", "nl_NL": "", "fr": "marché"}]

    def subthemes(rows: list[Row]) -> list[Row]:
        return [*rows, {**rows[0], "code": "HOU.caravan", "nl": "Woonwagen", "sensitive": ""}]

    edit(tmp_path, "setting", settings)
    edit(tmp_path, "subtheme", subthemes)
    return load(tmp_path)


def test_an_upgrade_leaves_additions_rewordings_and_hidden_entries_alone(upgraded: Shipped) -> None:
    rows = [
        own("setting", "street", labels={"nl": "op de straat"}),
        own("setting", "school", hidden=True),
        own("setting", "mosque_door", labels={"nl": "aan de moskee"}),
        own("residence_status", "undocumented", switched_on=True),
        own("subtheme", "HOU.own_garden", labels={"nl": "Tuin"}, sensitive="restricted"),
        own("destination", "red_cross", labels={"nl": "Rode Kruis"}),
        own("district", "centre", labels={"nl": "Centrum"}),
    ]
    before, after = Merged.of(shipped(), rows), Merged.of(upgraded, rows)
    for name in LISTS:
        assert before.codes[name] <= after.codes[name]
    setting = {entry.code: entry for entry in after.entries("setting", "BE")}
    assert setting["street"].labels["nl"] == "op de straat"
    assert setting["street"].labels["fr"] == "rue"
    assert setting["elsewhere"].labels["nl"] == "elders (nieuw)"
    assert setting["school"].hidden
    assert (setting["library"].hidden, setting["library"].retired) == (True, True)
    assert setting["library"].labels["nl"] == "bibliotheek"
    assert setting["mosque_door"].own
    assert setting["market"].labels["fr"] == "marché"
    assert not after.entry("residence_status", "undocumented", "BE").off
    assert after.sensitivity["HOU.own_garden"] == "restricted"
    assert after.themes["HOU.caravan"] == "HOU"
    assert after.entry("destination", "red_cross", "BE").labels["de"] == "Rode Kruis"
    assert "centre" in after.codes["district"]


def test_an_own_addition_keeps_its_words_when_we_bring_the_same_code(upgraded: Shipped) -> None:
    rows = [own("setting", "market", labels={"nl": "vrijdagmarkt"}, hidden=True)]
    entry = Merged.of(upgraded, rows).entry("setting", "market", "BE")
    assert (entry.labels["nl"], entry.hidden) == ("vrijdagmarkt", True)


def test_words_are_those_of_the_country() -> None:
    on = merged()
    assert on.entry("subtheme", "HOU.subsidy", "BE").labels["nl"] == "Huursubsidie"
    assert on.entry("subtheme", "HOU.subsidy", "NL").labels["nl"] == "Huurtoeslag"
    assert on.entry("subtheme", "HOU.subsidy", "DE").labels["de"] == "Wohngeld / Mietzuschuss"
    assert on.entry("subtheme", "HOU.subsidy", "NL").short["nl"] == "huurtoeslag"
    assert on.entry("residence_status", "national", "DE").labels["fr"] == "allemand"
    for country in ("BE", "NL", "DE"):
        assert all(list(entry.labels) == list(LANGUAGES) for name in LISTS for entry in on.entries(name, country))


def test_a_reworded_entry_does_not_keep_our_tile() -> None:
    entry = change(merged(), "subtheme", "HOU.deposit", labels={"nl": "Garantie"}).entry(
        "subtheme", "HOU.deposit", "BE"
    )
    assert (entry.labels["nl"], "nl" in entry.short) == ("Garantie", False)
    assert (entry.labels["fr"], entry.short["fr"]) == ("Garantie locative", "garantie locative")


def test_what_is_left_out_of_a_change_stays_and_null_is_back_to_shipped() -> None:
    on = change(merged(), "setting", "street", labels={"nl": "op straat"}, aliases=["plein"], hidden=True)
    on = change(on, "setting", "street", hidden=False)
    entry = on.entry("setting", "street", "BE")
    assert (entry.labels["nl"], entry.aliases, entry.hidden) == ("op straat", ["plein"], False)
    on = change(on, "setting", "street", labels=None, aliases=None)
    assert (on.entry("setting", "street", "BE").labels["nl"], on.entry("setting", "street", "BE").aliases) == (
        "straat",
        [],
    )


def test_codes_are_known_for_ever() -> None:
    on = change(merged(), "setting", "quay", add=True, labels={"nl": "kade"})
    on = change(on, "setting", "quay", retired=True)
    on = change(on, "setting", "street", hidden=True)
    assert {"quay", "street"} <= on.codes["setting"]
    assert "undocumented" in on.codes["residence_status"]
    assert "tolerated" in on.codes["residence_status"]
    assert on.entry("setting", "quay", "BE").hidden
    assert refusal(on, "setting", "quay", add=True, labels={"nl": "iets heel anders"}).startswith("code_taken")
    assert refusal(on, "setting", "street", add=True, labels={"nl": "straat"}).startswith("code_taken")


def test_order() -> None:
    on = merged()
    for code in ("bakery", "arcade"):
        on = change(on, "setting", code, add=True, labels={"nl": code})
    assert codes(on, "setting")[-4:] == ["elsewhere", "arcade", "bakery", "not_recorded"]
    on = change(on, "setting", "bakery", position=1)
    on = change(on, "setting", "not_recorded", position=0)
    assert codes(on, "setting")[:3] == ["not_recorded", "bakery", "street"]
    on = change(on, "district", "north", add=True, labels={"nl": "Noord"})
    assert codes(on, "district")[:2] == ["north", "outside_city"]
    on = change(on, "subtheme", "HOU.own_garden", add=True, labels={"nl": "Tuin"})
    on = change(on, "theme", "VAR", position=0)
    subthemes = codes(on, "subtheme")
    assert subthemes[0].startswith("VAR.")
    assert subthemes.index("HOU.own_garden") + 1 == subthemes.index("WRK.search")


def test_sensitivity_can_be_raised_and_not_lowered() -> None:
    on = change(merged(), "subtheme", "HOU.eviction", sensitive="restricted")
    assert on.sensitivity["HOU.eviction"] == "restricted"
    assert refusal(on, "subtheme", "HEA.addiction", sensitive="discreet").startswith("entry_invalid: sensitive")
    assert refusal(on, "setting", "street", sensitive="discreet").startswith("entry_invalid: sensitive")
    on = change(on, "subtheme", "HOU.eviction", sensitive=None)
    assert on.sensitivity["HOU.eviction"] == "discreet"


def test_what_is_off_until_switched_on() -> None:
    on = merged()
    assert on.entry("residence_status", "undocumented", "BE").off
    assert on.entry("literacy", "some", "BE").off
    on = change(on, "residence_status", "undocumented", switched_on=True)
    entry = on.entry("residence_status", "undocumented", "BE")
    assert (entry.off, entry.unlinked_only) == (False, True)


def test_toleration_is_a_status_of_germany_only() -> None:
    on = merged()
    assert not on.entry("residence_status", "tolerated", "DE").off
    assert on.entry("residence_status", "tolerated", "BE").off
    assert refusal(on, "residence_status", "tolerated", "NL", switched_on=True).startswith("not_in_this_country")


def test_subthemes_of_a_hidden_theme_are_hidden() -> None:
    on = change(merged(), "theme", "ENT", hidden=True)
    hidden = {entry.code.partition(".")[0] for entry in on.entries("subtheme", "BE") if entry.hidden}
    assert hidden == {"ENT"}
    assert on.themes["ENT.start"] == "ENT"


def test_an_added_language_borrows_from_cldr() -> None:
    on = change(merged(), "language", "ha", add=True, labels={"nl": "Hausa"})
    on = change(on, "language", "sd-Arab", add=True, labels={"nl": "Sindhi"})
    on = change(on, "language", "rmy", add=True, labels={"nl": "Romani"})
    told = {}
    for code in ("ha", "sd-Arab", "rmy"):
        facts = on.entry("language", code, "BE").language
        assert facts is not None
        told[code] = (facts.own_name, facts.direction, facts.script)
    assert told["ha"] == ("Hausa", "ltr", "Latn")
    assert told["sd-Arab"][1:] == ("rtl", "Arab")
    assert told["rmy"] == ("Romani", "ltr", "Latn")


@pytest.mark.parametrize(
    ("list_name", "code", "said", "why"),
    [
        ("colour", "red", {"add": True}, "no_such_list"),
        ("setting", "quay", {"hidden": True}, "no_such_entry"),
        ("setting", "Quay", {"add": True, "labels": {"nl": "kade"}}, "entry_invalid: code"),
        ("setting", "q", {"add": True, "labels": {"nl": "kade"}}, "entry_invalid: code"),
        ("setting", "q" * 41, {"add": True, "labels": {"nl": "kade"}}, "entry_invalid: code"),
        ("setting", "quay\n", {"add": True, "labels": {"nl": "kade"}}, "entry_invalid: code"),
        ("setting", "quay", {"add": True}, "entry_invalid: labels"),
        ("setting", "quay", {"add": True, "labels": {}}, "entry_invalid: labels"),
        ("setting", "quay", {"add": True, "labels": {"nl": "  "}}, "entry_invalid: labels.nl"),
        ("setting", "quay", {"add": True, "labels": {"nl": "k" * 81}}, "entry_invalid: labels.nl"),
        ("setting", "quay", {"add": True, "labels": {"xx": "kade"}}, "entry_invalid: labels"),
        ("setting", "quay", {"add": True, "labels": {"nl": "<i>kade</i>"}}, "entry_invalid: labels.nl"),
        ("setting", "quay", {"add": True, "labels": {"nl": "ka\u202ede"}}, "entry_invalid: labels.nl"),
        ("setting", "quay", {"add": True, "labels": {"nl": "ka\0de"}}, "entry_invalid: labels.nl"),
        ("setting", "street", {"short": {"nl": "k" * 23}}, "entry_invalid: short.nl"),
        ("setting", "street", {"aliases": ["a"] * 21}, "entry_invalid: aliases"),
        ("setting", "street", {"aliases": ["a" * 41]}, "entry_invalid: aliases"),
        ("setting", "street", {"position": 1000}, "entry_invalid: position"),
        ("setting", "street", {"position": -1}, "entry_invalid: position"),
        ("setting", "street", {"retired": True}, "entry_invalid: retired"),
        ("setting", "street", {"parent": "outside_city"}, "entry_invalid: parent"),
        ("district", "outside_city", {"parent": "nowhere"}, "entry_invalid: parent"),
        ("district", "outside_city", {"parent": "outside_city"}, "entry_invalid: parent"),
        ("subtheme", "HOU.garden", {"add": True, "labels": {"nl": "Tuin"}}, "entry_invalid: code"),
        ("subtheme", "XYZ.own_garden", {"add": True, "labels": {"nl": "Tuin"}}, "entry_invalid: code"),
        ("theme", "GAR", {"add": True, "labels": {"nl": "Tuin"}}, "entry_invalid: code"),
        ("language", "arabic", {"add": True, "labels": {"nl": "Arabisch"}}, "entry_invalid: code"),
        ("nationality", "ZZ", {"add": True, "labels": {"nl": "Atlantis"}}, "entry_invalid: list"),
    ],
)
def test_what_is_refused(list_name: str, code: str, said: dict[str, Any], why: str) -> None:
    assert refusal(merged(), list_name, code, **said).startswith(why)


def test_words_are_tidied_and_may_hold_joiners() -> None:
    label = "\u0645\u06cc\u200c\u0634\u0648\u062f"
    on = change(merged(), "setting", "street", labels={"nl": "  de   Kaai ", "ar": label})
    entry = on.entry("setting", "street", "BE")
    assert (entry.labels["nl"], entry.labels["ar"]) == ("de Kaai", label)


def test_districts_cannot_lie_in_a_circle() -> None:
    on = merged()
    for code, parent in (("city", None), ("north", "city"), ("harbour", "north")):
        on = change(on, "district", code, add=True, labels={"nl": code}, parent=parent)
    assert refusal(on, "district", "city", parent="harbour").startswith("entry_invalid: parent")
    assert on.entry("district", "harbour", "BE").parent == "north"
