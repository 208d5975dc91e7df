"""base is complete; local, test and production only override it."""
