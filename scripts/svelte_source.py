"""Takes a Svelte file apart: script bodies, expressions in braces, attribute values and the text between tags.

Babel's own JavaScript extractor, given a whole .svelte file, takes the apostrophe of "thema's" in markup for the
start of a string and swallows every message after it. So the markup is cut up first, by the few rules of Svelte's
grammar that matter here: raw elements, comments, tags with attributes, and braces that nest and hold strings.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["script", "expression", "attribute", "text"]
RAW_ELEMENTS = ("script", "style")


@dataclass(frozen=True)
class Piece:
    """One part of a file. `line` counts from 1; `name` is the attribute's, empty otherwise."""

    kind: Kind
    line: int
    text: str
    name: str = ""


def pieces(source: str) -> list[Piece]:
    """Every script, expression, literal attribute value and text node of a .svelte file, in order."""
    return _Reader(source).read()


def end_of_expression(source: str, start: int) -> int:
    """Index of the brace that closes the one before `start`; strings and comments are stepped over."""
    depth, at = 1, start
    while at < len(source):
        sign = source[at]
        if sign in "'\"`":
            at = _end_of_string(source, at)
        elif source.startswith("//", at):
            at = _find(source, "\n", at)
        elif source.startswith("/*", at):
            at = _find(source, "*/", at) + 1
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise ValueError(f"a brace is never closed: {source[start : start + 40]!r}")


def _end_of_string(source: str, start: int) -> int:
    """Index of the quote that ends the string starting at `start`."""
    quote, at = source[start], start + 1
    while at < len(source) and source[at] != quote:
        if source[at] == "\\":
            at += 1
        elif quote == "`" and source.startswith("${", at):
            at = end_of_expression(source, at + 2)
        at += 1
    return at


def _find(source: str, what: str, start: int) -> int:
    found = source.find(what, start)
    return len(source) if found < 0 else found


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.found: list[Piece] = []

    def read(self) -> list[Piece]:
        while self.at < len(self.source):
            if self.source.startswith("<!--", self.at):
                self.at = _find(self.source, "-->", self.at) + 3
            elif self.source[self.at] == "{":
                self._expression()
            elif self._at_tag():
                self._tag()
            else:
                self._text()
        return self.found

    def _at_tag(self) -> bool:
        after = self.source[self.at + 1 : self.at + 2]
        return self.source[self.at] == "<" and (after.isalpha() or after == "/")

    def _add(self, kind: Kind, start: int, end: int, name: str = "") -> None:
        text = self.source[start:end]
        if text.strip():
            self.found.append(Piece(kind, self.source.count("\n", 0, start) + 1, text, name))

    def _expression(self) -> None:
        start = self.at + 1
        end = end_of_expression(self.source, start)
        self._add("expression", start, end)
        self.at = end + 1

    def _text(self) -> None:
        start = self.at
        self.at += 1
        while self.at < len(self.source) and self.source[self.at] != "{" and not self._at_tag():
            if self.source.startswith("<!--", self.at):
                break
            self.at += 1
        self._add("text", start, self.at)

    def _tag(self) -> None:
        start = self.at
        while self.source[self.at] not in " \t\n>":
            self.at += 1
        element = self.source[start + 1 : self.at].rstrip("/")
        self._attributes()
        if element in RAW_ELEMENTS:
            end = _find(self.source, f"</{element}>", self.at)
            if element == "script":
                self._add("script", self.at, end)
            self.at = end + len(element) + 3

    def _attributes(self) -> None:
        """From after the element's name to after its closing angle."""
        name_start = self.at
        while self.source[self.at] != ">":
            sign = self.source[self.at]
            if sign == "{":
                self._expression()
                name_start = self.at
            elif sign in "\"'":
                self._value(self.source[name_start : self.at].strip().rstrip("="))
                name_start = self.at
            else:
                if sign in " \t\n/":
                    name_start = self.at + 1
                self.at += 1
        self.at += 1

    def _value(self, name: str) -> None:
        """A quoted attribute value; braces inside it are expressions."""
        quote = self.source[self.at]
        self.at += 1
        start = self.at
        while self.source[self.at] != quote:
            if self.source[self.at] == "{":
                self._add("attribute", start, self.at, name)
                self._expression()
                start = self.at
            else:
                self.at += 1
        self._add("attribute", start, self.at, name)
        self.at += 1
