"""The one-process desk: web server, worker and beat in one process."""
