"""The REST API of the market room: public facts, read only."""
