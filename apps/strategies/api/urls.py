"""Addresses of strategies and backtests."""

from rest_framework.routers import SimpleRouter

from apps.strategies.api import views

router = SimpleRouter()
router.register("strategies", views.StrategyViewSet, basename="api-strategy")
router.register("backtests", views.BacktestViewSet, basename="api-backtest")

urlpatterns = router.urls
