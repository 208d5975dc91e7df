"""Found by Django through FORMAT_MODULE_PATH."""
