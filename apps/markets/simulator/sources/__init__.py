"""Where the exchange's prices come from: random, replayed, or mirrored."""
