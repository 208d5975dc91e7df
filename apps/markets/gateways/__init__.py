"""The one door to exchanges: our types, our errors, our numbers; ccxt stays inside."""
