"""The exchange's core: accounts, books, matching, fees, triggers, journal."""
