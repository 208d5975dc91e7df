"""Addresses of the market room's API."""

from rest_framework.routers import SimpleRouter

from apps.markets.api.views import ExchangeViewSet, InstrumentViewSet, SeriesViewSet

router = SimpleRouter()
router.register("exchanges", ExchangeViewSet)
router.register("instruments", InstrumentViewSet)
router.register("series", SeriesViewSet)

urlpatterns = router.urls
