"""The shipped lists: complete, in every language, without a code twice, small enough for a tile."""

import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from gettext import c2py  # type: ignore[attr-defined, unused-ignore]
from pathlib import Path

import pytest

from scripts.compile_words import languages
from wegwijs.catalogue.overlay import Merged
from wegwijs.catalogue.shipped import FOLDER, LANGUAGES, LISTS, PLAIN_LISTS, Entry, load, shipped

NOT_ON_TILES = {"nationality", "language"}
CODES = {
    "setting": "street reception_office reception_centre town_hall social_services own_office home_visit school "
    "hospital_doctor library community_place partner_office phone online_chat event elsewhere not_recorded",
    "action": "phone refer accompany explain fill_online fill_together email translate read_letter look_up "
    "make_appointment listen interpret mediate give_guide motivate other",
    "self_reliance": "worker_did together beside alone not_applicable",
    "outcome": "solved started waiting referred not_possible not_continued unknown",
    "barrier": "language service_unreachable digital_only opening_hours waiting_list cost missing_document no_address "
    "no_right refused discrimination distance fear childcare no_service_exists unclear_letter other",
    "interpreting": "not_needed worker relative child professional machine none_available",
    "seen_before": "first_time known_new_question same_question_again not_recorded",
    "referred_by": "self family_friend reception_office population_service foreigners_office social_services "
    "child_family_agency welfare_centre school health job_service housing_company lawyer library police bridge_worker "
    "partner_ngo migrant_association religious_community volunteer reception_centre employer other not_recorded",
    "gender": "f m x prefers_not not_recorded",
    "age_band": "0-11 12-17 18-24 25-34 35-49 50-64 65+ not_recorded",
    "residence_status": "applicant refugee subsidiary temporary_protection humanitarian other_procedure stateless "
    "tolerated bridging family work_study eu permanent national undocumented not_recorded",
    "household_type": "single single_parent couple couple_children group unaccompanied_minor not_recorded",
    "literacy": "not_yet other_script some fluent not_recorded",
    "language": "nl ar ary fr en ru ce inh tr fa fa-AF ps uk ti so es sq ckb ku de pl ro pt bg am om ur bn sr",
    "district": "outside_city no_fixed_address reception_centre not_recorded",
}
# What the half-yearly figures of the model city name.
PUBLISHED = {
    "HOU.rent_search": "Zoekt huurwoning",
    "WRK.search": "Zoekt werk",
    "LEG.residence": "Verblijfsstatuut",
    "LEG.appointment": "Afspraak maken/verzetten",
    "TRN.nt2": "NT2",
    "EDU.parent_contact": "Oudercontact",
}


def entries() -> Iterator[Entry]:
    for name in LISTS:
        yield from shipped().lists[name].values()


def words() -> Iterator[tuple[str, str]]:
    """Every word of the catalogue with the place where it stands."""
    for entry in entries():
        place = f"{entry.list_name} {entry.code}"
        yield from ((f"{place} {language}", text) for language, text in entry.labels.items())
        yield from ((f"{place} short {language}", text) for language, text in entry.short.items())
        yield from ((f"{place} alias", text) for text in entry.aliases)


@pytest.mark.parametrize("list_name", CODES)
def test_a_list_has_its_codes_in_their_order(list_name: str) -> None:
    assert list(shipped().lists[list_name]) == CODES[list_name].split()


def test_all_plain_lists_are_compared() -> None:
    assert set(PLAIN_LISTS) < set(CODES)


def test_themes_and_subthemes() -> None:
    themes, subthemes = shipped().lists["theme"], shipped().lists["subtheme"]
    assert (len(themes), len(subthemes)) == (14, 109)
    assert {entry.parent for entry in subthemes.values()} == set(themes)
    assert {code: subthemes[code].labels["nl"] for code in PUBLISHED} == PUBLISHED


def test_sensitive_subthemes() -> None:
    marked = {entry.code: entry.sensitive for entry in entries() if entry.sensitive}
    restricted = {"VAR.violence", "LEG.return", "LEG.toleration", "HEA.urgent_aid", "HEA.addiction"}
    discreet = {"HOU.eviction", "HEA.mental", "HEA.disability", "FIN.debts"}
    assert marked == dict.fromkeys(restricted, "restricted") | dict.fromkeys(discreet, "discreet")


def test_nationalities_are_the_249_of_iso_and_three() -> None:
    codes = set(shipped().lists["nationality"])
    countries = {code for code in codes if re.fullmatch("[A-Z]{2}", code)}
    assert len(countries) == 250
    assert codes - countries == {"stateless", "unspecified"}
    assert {"BE", "SY", "AF", "PS", "TW", "XK"} <= countries
    assert not countries & {"EU", "UN", "ZZ", "XA", "XB", "EZ", "QO"}


def test_every_entry_has_every_language() -> None:
    missing = [f"{entry.list_name} {entry.code}" for entry in entries() if not set(LANGUAGES) <= set(entry.labels)]
    assert missing == []


def test_words_are_tidy() -> None:
    def untidy(text: str) -> bool:
        return text != " ".join(text.split()) or text != unicodedata.normalize("NFC", text) or "<" in text

    assert [place for place, text in words() if untidy(text)] == []


@pytest.mark.parametrize("country", ["BE", "NL", "DE"])
def test_what_stands_on_a_tile_fits(country: str) -> None:
    """Two lines of about twelve characters: the short words of an entry, or its label where it has none."""
    merged = Merged.of(shipped(), [])
    tiled = [entry for name in LISTS if name not in NOT_ON_TILES for entry in merged.entries(name, country)]
    shown = {f"{entry.code} {key}": entry.short.get(key, entry.labels[key]) for entry in tiled for key in LANGUAGES}
    assert {place: text for place, text in shown.items() if len(text) > 22} == {}
    assert {place: text for place, text in words() if " short " in place and len(text) > 22} == {}


def test_codes_can_be_stored_and_typed() -> None:
    pattern = re.compile(r"[A-Z]{3}(\.[a-z0-9_]+)?|[a-z0-9_+-]+|[a-z]{2,3}-[A-Z]{2}|[A-Z]{2}")
    assert [entry.code for entry in entries() if len(entry.code) > 40 or not pattern.fullmatch(entry.code)] == []


def test_an_alias_leads_to_few_entries_of_a_list() -> None:
    for name in ("subtheme", "destination", "language", "nationality"):
        count = Counter(alias.casefold() for entry in shipped().lists[name].values() for alias in set(entry.aliases))
        assert {alias: n for alias, n in count.items() if n > 1} == {}, name


def test_labels_tell_entries_of_a_list_apart() -> None:
    for name in LISTS:
        for language in LANGUAGES:
            count = Counter((entry.parent, entry.labels[language]) for entry in shipped().lists[name].values())
            assert {label: n for label, n in count.items() if n > 1} == {}, (name, language)


def test_what_is_off_and_where() -> None:
    off = {f"{entry.list_name}.{entry.code}" for entry in entries() if entry.off}
    whole = {f"{name}.{code}" for name in ("household_type", "literacy") for code in shipped().lists[name]}
    assert off == whole | {"residence_status.undocumented"}
    assert [entry.code for entry in entries() if entry.only == {"DE"}] == ["tolerated"]
    assert [entry.code for entry in entries() if entry.unlinked_only] == ["undocumented"]


def test_languages_that_cldr_does_not_know_have_facts_of_their_own() -> None:
    facts = {code: entry.language for code, entry in shipped().lists["language"].items()}
    told = {code: fact and (fact.own_name, fact.direction, fact.script, fact.fallback) for code, fact in facts.items()}
    assert told["ary"] == ("الدارجة", "rtl", "Arab", "ar_MA")
    assert told["inh"] == ("ГӀалгӀай", "ltr", "Cyrl", "ru")
    assert told["fa-AF"] == ("دری", "rtl", "Arab", "fa_AF")
    assert told["ckb"] == ("کوردی سۆرانی", "rtl", "Arab", "ckb")
    right_to_left = {code for code, fact in facts.items() if fact and fact.direction == "rtl"}
    assert right_to_left == {code for code, fact in facts.items() if fact and fact.script == "Arab"}
    assert right_to_left == {"ar", "ary", "fa", "fa-AF", "ps", "ckb", "ur"}


def test_short_words_belong_to_an_entry() -> None:
    lines = (FOLDER / "short.csv").read_text(encoding="utf-8").splitlines()[1:]
    named = {tuple(line.split(",")[:2]) for line in lines}
    assert {pair for pair in named if shipped().entry(*pair) is None} == set()


def test_a_code_given_twice_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "setting.csv").open("a", encoding="utf-8") as file:
        file.write("street,kade,,quai,quay,Kai,رصيف,\n")
    with pytest.raises(ValueError, match=r"setting\.csv has the code street twice"):
        load(tmp_path)


def test_the_version_tells_other_words_from_the_same(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    assert load(tmp_path).version == shipped().version
    path = tmp_path / "setting.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("straat", "op straat"), encoding="utf-8")
    assert load(tmp_path).version != shipped().version


def test_every_language_has_a_plural_rule_and_says_whether_a_computer_may_read_it_aloud() -> None:
    facts = {code: entry.language for code, entry in shipped().lists["language"].items() if entry.language}
    for code, fact in facts.items():
        found = re.fullmatch(r"nplurals=(\d); plural=(.+);", fact.plural)
        assert found, code
        forms = {int(c2py(found[2])(n)) for n in range(300)}
        assert forms == set(range(int(found[1]))), code
        assert bool(fact.voice) == (fact.voice_rule != "never"), code
    rules = {rule: {code for code, fact in facts.items() if fact.voice_rule == rule} for rule in ("on", "ask")}
    assert rules["on"] == {"nl", "fr", "en", "de", "es", "ru", "uk", "tr"}
    assert rules["ask"] == {"ar", "fa", "fa-AF", "am", "ti", "sq", "ku"}


def test_the_languages_of_the_interface_have_one_truth() -> None:
    facts = {code: entry.language for code, entry in shipped().lists["language"].items()}
    for language in languages():
        fact = facts[language.tag]
        assert fact is not None
        assert (fact.own_name, fact.direction, fact.plural) == (language.own_name, language.dir, language.plural_forms)
