"""Command line of the whole desk."""
