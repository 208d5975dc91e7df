"""Where the budget is kept, and how one at a time decides over it."""
