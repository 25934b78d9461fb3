"""The demo's plan: what is published comes out exactly, what is spread stays within its limits."""

from collections import Counter
from uuid import UUID

import pytest

from wegwijs.catalogue.shipped import shipped
from wegwijs.demo.figures import published, spread
from wegwijs.demo.phone import batches
from wegwijs.demo.plan import MOST_OUTSIDE_TOP, PlannedContact, make_plan, spread_subthemes
from wegwijs.demo.service import planned

ORGANISATION = UUID(int=1)
SUBTHEMES = list(shipped().lists["subtheme"])


@pytest.fixture(scope="module")
def plan() -> list[PlannedContact]:
    return planned()


def counted(plan: list[PlannedContact], field: str) -> Counter[str | None]:
    """Help requests by a field of their contact or of their own."""
    of_contact = field in PlannedContact.__slots__
    return Counter(getattr(c if of_contact else r, field) for c in plan for r in c.requests)


def test_the_figures_are_those_of_the_source() -> None:
    figures = published()
    assert figures.total == 866
    assert list(figures.months.values()) == [97, 142, 138, 95, 91, 115, 131]
    assert (figures.without_month, figures.without_setting, figures.outside_top) == (57, 2, 462)
    assert sum(figures.actions.values()) == figures.total
    assert len(figures.subthemes) == 20
    assert sorted(figures.actions.values(), reverse=True) == list(figures.actions.values())


def test_months_settings_and_actions_are_the_published_ones(plan: list[PlannedContact]) -> None:
    figures = published()
    assert counted(plan, "month").items() == figures.months.items() | {(None, 57)}
    assert counted(plan, "setting").items() == figures.settings.items() | {(None, 2)}
    assert counted(plan, "primary_action") == figures.actions


def test_the_twenty_most_frequent_subthemes_are_the_published_ones(plan: list[PlannedContact]) -> None:
    found = counted(plan, "subtheme")
    assert dict(found.most_common(20)) == published().subthemes


def test_the_other_subthemes_share_the_rest_and_none_reaches_the_twentieth(plan: list[PlannedContact]) -> None:
    others = {code: n for code, n in counted(plan, "subtheme").items() if code not in published().subthemes}
    assert sum(others.values()) == 462
    assert max(others.values()) <= MOST_OUTSIDE_TOP < min(published().subthemes.values())
    assert set(others) <= set(SUBTHEMES)


def test_too_few_subthemes_are_refused_instead_of_overfilled() -> None:
    assert sum(spread_subthemes(20, ["a", "b"]).values()) == 20
    with pytest.raises(ValueError, match="do not fit"):
        spread_subthemes(21, ["a", "b"])


def test_figures_that_do_not_add_up_are_refused() -> None:
    figures = published()
    fewer = {**figures.actions, "phone": figures.actions["phone"] - 1}
    wrong = type(figures)(**{**{n: getattr(figures, n) for n in figures.__struct_fields__}, "actions": fewer})
    with pytest.raises(ValueError, match="shorter"):
        make_plan(wrong, spread(), SUBTHEMES)


def test_languages_have_roughly_the_shares_that_are_readable(plan: list[PlannedContact]) -> None:
    shares = Counter(contact.language for contact in plan)
    for code, percent in published().languages_percent.items():
        assert abs(100 * shares[code] / len(plan) - percent) < 0.2
    most = max(n for code, n in shares.items() if code not in published().languages_percent)
    assert most <= shares["ce"]


def test_people_are_sent_somewhere_that_fits(plan: list[PlannedContact]) -> None:
    for contact in plan:
        for request in contact.requests:
            if request.primary_action in {"refer", "accompany"}:
                assert request.destination is not None or request.subtheme.startswith("VAR"), request
            elif request.primary_action != "phone":
                assert request.destination is None
    assert {r.destination for c in plan for r in c.requests if r.subtheme == "HEA.insurance"} <= {"health_fund", None}


def test_every_code_exists_in_the_catalogue_or_is_the_demos_own(plan: list[PlannedContact]) -> None:
    known = {name: set(entries) for name, entries in shipped().lists.items()}
    for name, entries in spread().own_entries.items():
        assert not known[name] & set(entries)
        known[name] |= set(entries)
    assert {contact.language for contact in plan} <= known["language"]
    assert counted(plan, "setting").keys() <= known["setting"] | {None}
    assert counted(plan, "primary_action").keys() <= known["action"]
    assert counted(plan, "subtheme").keys() <= known["subtheme"]
    assert {code for codes in spread().destinations.values() for code in codes} <= known["destination"]
    assert set(spread().destinations) <= known["theme"] | known["subtheme"]


def test_no_person_is_made_up(plan: list[PlannedContact]) -> None:
    assert {value for contact in plan for value in contact.snapshot.values()} == {"not_recorded"}
    assert sum(not contact.snapshot for contact in plan) > len(plan) / 2


def test_contacts_hold_one_to_three_help_requests_of_two_workers(plan: list[PlannedContact]) -> None:
    assert set(Counter(len(contact.requests) for contact in plan)) == {1, 2, 3}
    assert set(Counter(contact.worker for contact in plan)) == {0, 1}
    assert [contact.number for contact in plan] == list(range(len(plan)))


def test_the_plan_is_always_the_same(plan: list[PlannedContact]) -> None:
    assert make_plan(published(), spread(), SUBTHEMES) == plan
    first = next(contact for contact in plan if contact.month == "2015-12")
    # Written down: a load that was interrupted must go on with the same records after an upgrade of Python.
    assert (first.number, first.worker, first.setting, first.language) == (42, 0, "elsewhere", "fr")
    assert [(r.subtheme, r.primary_action, r.destination) for r in first.requests] == [
        ("HOU.social", "refer", "housing_company")
    ]


def test_batches_keep_saves_together_and_number_what_they_hold(plan: list[PlannedContact]) -> None:
    queue = list(batches(ORGANISATION, plan))
    assert all(len(batch) <= 100 for batch in queue)
    numbers = [one["no"] for batch in queue for one in batch]
    assert numbers == list(range(1, 866 + len(plan) + 1))
    groups = [{one["group"] for one in batch} for batch in queue]
    assert sum(map(len, groups)) == len(set().union(*groups)) == len(plan)


def test_ids_follow_from_organisation_and_plan(plan: list[PlannedContact]) -> None:
    def ids(organisation: UUID) -> set[str]:
        return {one[name] for batch in batches(organisation, plan) for one in batch for name in ("id", "entity_id")}

    assert ids(ORGANISATION) == ids(ORGANISATION)
    assert len(ids(ORGANISATION)) == 2 * (866 + len(plan))
    assert not ids(ORGANISATION) & ids(UUID(int=2))
