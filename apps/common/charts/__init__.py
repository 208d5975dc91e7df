"""Charts drawn as SVG on the server: no library, a title on every mark."""
