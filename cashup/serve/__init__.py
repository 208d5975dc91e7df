"""The one-process desk: web server, worker and beat on one event loop and two threads."""
