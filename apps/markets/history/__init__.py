"""Planning of downloads: what is missing, and in which calls to ask for it. Pure."""
