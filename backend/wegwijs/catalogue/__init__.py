"""Code lists, languages, nationalities, districts and destinations: the words every record is made of."""

from wegwijs.catalogue import problems as problems
