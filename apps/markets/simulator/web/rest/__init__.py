"""The handlers of API v4's REST paths."""

from apps.markets.simulator.web.router import Router

routes = Router()
