"""Tests of watch-lists: the rule engine, the services, the desk, the API."""
