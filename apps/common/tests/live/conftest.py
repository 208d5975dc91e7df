"""A server with the tests' topics: embedded, and on Redis where it answers."""

import pytest

from apps.common.live import publish as publishing
from apps.common.tests.live import counting
from apps.common.tests.live.layers import use_memory, use_redis
from apps.common.tests.live_site import LiveSite
from apps.common.tests.people import make_user


@pytest.fixture(params=[use_memory, use_redis], ids=["memory", "redis"])
def site(request, settings):
    request.param(settings)
    publishing.set_main_loop(None)
    with counting.registered(), LiveSite.running() as site:
        yield site
    publishing.set_main_loop(None)


@pytest.fixture
def user():
    return make_user()
