"""The WebSocket side of API v4: subscriptions and what is pushed to them."""
