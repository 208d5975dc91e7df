"""Names of the kinds of work that pages look for; ``jobs`` says what each does."""

CHECK_EXCHANGE = "markets.check_exchange"
SYNC_INSTRUMENTS = "markets.sync_instruments"
