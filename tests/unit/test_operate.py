"""The page for operators tells of every setting."""

import re
from pathlib import Path

import msgspec

from wegwijs.foundation.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text()


def test_every_setting_stands_in_the_table_and_none_that_there_is_not() -> None:
    table = PAGE[PAGE.index("## 8. All settings") :]
    told = {name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == {field.name for field in msgspec.structs.fields(Settings)}
