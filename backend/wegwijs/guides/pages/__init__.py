"""What newcomers read: the pages under /g, for the screen, for paper and for a phone without network."""

from wegwijs.guides.pages import problems as problems
