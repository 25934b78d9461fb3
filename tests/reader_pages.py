"""A guide's offline bundle and some of its pages as the server fills them, as JSON: what the service worker must equal
(pwa/tests/reader.test.ts)."""

import json
from datetime import date

from tests.guides_sample import sample_guide
from wegwijs.guides.pages.built import Built
from wegwijs.guides.pages.facts import PublicFacts
from wegwijs.guides.pages.guide_page import GuidePage

CHOICES = [(["nl"], "2026-11-25"), (["ar"], "2026-11-25"), (["so"], "2099-01-02"), (["nl", "ar"], "2026-11-25")]


def main() -> None:
    page = GuidePage(sample_guide(), PublicFacts(name="Stad <&>"), Built(), "https://gids.voorbeeld.be", pdf=True)
    choices = [*CHOICES, (["so", "ar"], "2099-01-02")]
    pages = [(shown, today, page.show(shown, date.fromisoformat(today))) for shown, today in choices]
    print(json.dumps({"bundle": json.loads(page.bundle), "pages": pages}))


if __name__ == "__main__":
    main()
