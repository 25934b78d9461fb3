"""What newcomers read: guides in pictograms and short sentences, in their language, checked, versioned, with sound."""

from wegwijs.guides import problems as problems
