"""Handing in without a session: sealed envelopes, what is done with them, and those that a person must look at."""
