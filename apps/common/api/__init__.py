"""The REST API's conventions, shared by every room: see docs/api.md."""
