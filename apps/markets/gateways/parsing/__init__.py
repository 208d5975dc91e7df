"""From ccxt's dicts and the exchange's rows to our types; nothing bad gets through."""
