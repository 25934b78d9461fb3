"""A page of the guides as a browser without a script gets it."""

from html.parser import HTMLParser

import httpx

NAVIGATION = {"Accept": "text/html"}


class ReadPage(HTMLParser):
    """What a page says, with the language that each text stands in, and the ids in their order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str, bool]] = [("", "", False)]
        self.feed(source)
        assert [name for name, _, _ in self._open] == [""], "elements are left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag not in {"meta", "link", "path", "circle", "rect"}:
            _, lang, hidden = self._open[-1]
            self._open.append((tag, found.get("lang") or lang, hidden or "hidden" in found or tag == "svg"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "circle", "rect"}:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        _, lang, hidden = self._open[-1]
        if data.strip() and not hidden:
            self.said.append((lang, data.strip()))

    def says(self, text: str, lang: str) -> bool:
        return (lang, text) in self.said


async def page(reader: httpx.AsyncClient, path: str) -> ReadPage:
    answer = await reader.get(path, headers=NAVIGATION)
    assert answer.status_code == 200, answer.text
    return ReadPage(answer.text)
