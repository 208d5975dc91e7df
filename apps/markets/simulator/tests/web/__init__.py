"""Tests of the protocol: real clients against a served exchange."""
