"""Public trades: a day of an instrument as one compressed blob."""
