"""Problems, logs, ids and the pure core of the synchronisation."""

import json
import logging
from pathlib import Path

import pytest

import wegwijs.app
from wegwijs.foundation import logs, problems
from wegwijs.foundation.migrate import read_migrations
from wegwijs.sync.core.canonical import canonical, digest, row_mark
from wegwijs.sync.core.merge import Policy, merge_field

ROOT = Path(__file__).parents[2]


def test_the_printed_list_of_problems_is_that_of_the_code() -> None:
    assert wegwijs.app  # all parts have registered theirs
    assert (ROOT / "docs/problems.md").read_text() == problems.as_markdown(), (
        "run `wegwijs problems > docs/problems.md`"
    )


def test_a_problem_document_has_a_stable_type_code_and_number() -> None:
    document = problems.Problem("too_large", limit=7).document()
    assert document["type"] == "/problems/too-large"
    assert (document["code"], document["number"], document["status"], document["limit"]) == ("too_large", 1003, 413, 7)


def test_a_failure_that_is_not_in_the_list_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        problems.Problem("made_up")


def test_a_number_or_code_is_never_given_twice() -> None:
    for code, number in (("new_one", 1003), ("too_large", 9999)):
        with pytest.raises(ValueError, match="already"):
            problems.register(problems.ProblemType(code, number, 400, "", ""))


def test_a_log_field_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(ValueError, match="note"):
        logs.fields(status=200, note="canary")


def test_an_exception_in_the_log_is_named_by_its_type_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    try:
        raise RuntimeError("canary-5512")
    except RuntimeError:
        logging.getLogger("wegwijs.test").exception("failed", extra=logs.fields(status=500))
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["error_type"], line["status"]) == ("failed", "RuntimeError", 500)
    assert "canary" not in json.dumps(line)


def test_canonical_json_is_that_of_the_shared_vectors() -> None:
    for vector in json.loads((ROOT / "tests/vectors/canonical.json").read_text()):
        assert canonical(vector["value"]).decode() == vector["canonical"]
        assert digest(vector["value"]) == vector["sha256"]


def test_a_row_mark_changes_with_each_of_its_parts() -> None:
    marks = {
        row_mark("contact", "a", 1),
        row_mark("note", "a", 1),
        row_mark("contact", "b", 1),
        row_mark("contact", "a", 2),
    }
    assert len(marks) == 4 and all(0 <= mark < 1 << 64 for mark in marks)


@pytest.mark.parametrize(
    ("policy", "base", "current", "mine", "value", "conflict"),
    [
        (Policy.KEEP_BOTH, 1, 1, 2, 2, False),
        (Policy.KEEP_BOTH, 1, 2, 2, 2, False),
        (Policy.KEEP_BOTH, 1, 3, 2, 3, True),
        (Policy.AUTHORITY, 1, 3, 2, 3, False),
        (Policy.SET_UNION, ["a"], ["a", "b"], ["a", "c"], ["a", "b", "c"], False),
        (Policy.SET_UNION, ["a", "b"], ["a", "b", "c"], ["b"], ["b", "c"], False),
        (Policy.SET_UNION, None, ["a"], ["b"], ["a", "b"], False),
    ],
)
def test_three_way_merge(
    policy: Policy, base: object, current: object, mine: object, value: object, conflict: bool
) -> None:
    merged = merge_field(policy, base, current, mine)
    assert (merged.value, merged.conflict) == (value, conflict)


def test_a_migration_without_its_head_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_x.sql").write_text("CREATE TABLE x (id INTEGER);")
    with pytest.raises(ValueError, match=r"0001_x\.sql"):
        read_migrations(tmp_path)
