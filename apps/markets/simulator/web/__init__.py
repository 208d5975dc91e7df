"""Gate.io's API v4 for spot, over HTTP and WebSocket, in front of a venue."""
