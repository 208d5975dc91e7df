"""Addresses of the market room's API."""

from rest_framework.routers import SimpleRouter

from apps.markets.api.downloads import DownloadViewSet
from apps.markets.api.exchanges import ExchangeViewSet
from apps.markets.api.instruments import InstrumentViewSet
from apps.markets.api.views import SeriesViewSet
from apps.markets.api.watch_lists import WatchListViewSet

router = SimpleRouter()
router.register("downloads", DownloadViewSet)
router.register("exchanges", ExchangeViewSet)
router.register("instruments", InstrumentViewSet)
router.register("series", SeriesViewSet)
router.register("watch-lists", WatchListViewSet)

urlpatterns = router.urls
