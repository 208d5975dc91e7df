"""An exchange of our own that speaks Gate.io API v4: core, sources, web. No Django."""
