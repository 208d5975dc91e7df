"""Live prices in a real browser: they move, they say when they stop, they come back."""

import re
import time
import urllib.request

import pytest
import redis
from playwright.sync_api import expect

from tests.flows.desk import answers, free_port, processes, wait_for
from tests.flows.test_first_run import Watched, shoot, sign_in, wait_for_chart

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "a long pass phrase 1"
REDIS = "redis://127.0.0.1:6379/6"
# Candles in the store: three pages of the chart.
STORED = 1500
CHART = "[data-live-chart]"
PART = '[data-fresh-of="{}"]'
# The icon's name stands before the word.
LIVE = re.compile(r"(Live|Quiet market)$")
STALE = re.compile(r"Stale since \d\d:\d\d:\d\d$")
PREPARE = """
from django.contrib.auth import get_user_model
from apps.common import clock
from apps.markets.candles import store
from apps.markets.factories import make_bars
from apps.markets.models import Exchange, Instrument, Series
from apps.markets.services.instruments import sync_instruments
from apps.markets.services.watch_lists import Wanted, create_watch_list

get_user_model().objects.create_superuser("admin", password="a long pass phrase 1")
exchange = Exchange.objects.create(
    code="plug", name="Plug", ccxt_id="gate", is_simulator=True,
    rest_url="http://127.0.0.1:{port}", ws_url="ws://127.0.0.1:{port}",
)
sync_instruments(exchange)
one = Instrument.objects.get(exchange=exchange, symbol="BTC/USDT")
now = clock.now_ms() // 60_000 * 60_000
bars = make_bars({stored}, start_ms=now - {stored} * 60_000, timeframe="1m")
store.write_bars(Series.objects.create(instrument=one, timeframe="1m"), bars)
create_watch_list(Wanted(name="Plugged", exchange=exchange, selection="hand",
                         chosen=["BTC/USDT"]))
print(one.pk)
"""


class Desk:
    """A desk, and an exchange beside it whose plug can be pulled."""

    def __init__(self, run, var):
        self.run, self.var = run, var
        self.port, self.web = free_port(), free_port()
        self.base = f"http://localhost:{self.web}"

    def plug_in(self):
        """The exchange goes on where its journal ended, at the same address."""
        where = ("--port", str(self.port), "--data", str(self.var / "plug"))
        self.exchange = self.run.start("manage.py", "simulator", *where)
        wait_for(self._trades, "the exchange's first answer")

    def pull_the_plug(self):
        self.run.kill(self.exchange)

    def _trades(self):
        url = f"http://127.0.0.1:{self.port}/api/v4/spot/time"
        try:
            return urllib.request.urlopen(url, timeout=2).status == 200
        except OSError:
            return False


@pytest.fixture(params=["embedded", "redis"])
def desk(request, tmp_path):
    given = {}
    if request.param == "redis":
        needs_redis()
        given = {"REDIS_URL": REDIS, "CASHUP_NAMESPACE": tmp_path.name}
    with processes(tmp_path, **given) as run:
        desk = Desk(run, tmp_path)
        run.call("manage.py", "migrate", "--verbosity", "0")
        desk.plug_in()
        desk.pk = run.python(PREPARE.format(port=desk.port, stored=STORED)).split()[-1]
        run.start("manage.py", "serve", "--no-demo", "--port", str(desk.web))
        if given:
            run.start("manage.py", "feeds")
        wait_for(lambda: answers(desk.base), "the first answer")
        yield desk
    if given:
        forget(tmp_path.name)


def forget(namespace: str) -> None:
    """What the desk left in Redis; it would be gone in a week by itself."""
    server = redis.Redis.from_url(REDIS)
    for key in server.scan_iter(f"{namespace}*"):
        server.delete(key)


def needs_redis():
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=0.5).ping()
    except redis.RedisError:
        pytest.skip(f"Redis does not answer at {REDIS}")


@pytest.fixture
def page(desk, browser):
    watched = Watched(browser.new_context(viewport={"width": 1440, "height": 900}))
    sign_in(watched.page, desk.base, PASSWORD)
    yield watched.page
    # A WebSocket to nowhere would be one of them; the desk itself never went away.
    assert watched.complaints == []
    watched.page.context.close()


def texts_of(page, selector: str, count: int) -> set[str]:
    """``count`` different texts of one place, as they come."""
    place, seen = page.locator(selector), set()
    end = time.monotonic() + 30
    while len(seen) < count and time.monotonic() < end:
        seen.add(place.inner_text())
        page.wait_for_timeout(50)
    return seen


def bar_count(page) -> int:
    return int(page.locator("[data-live-chart]").get_attribute("data-count") or 0)


def drag_back(page) -> None:
    """As a hand does it: the chart is pulled to the right."""
    box = page.locator("[data-live-chart]").bounding_box()
    middle = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + 40, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 120, middle, steps=8)
    page.mouse.up()


def test_prices_move_stop_with_a_word_and_come_back_by_themselves(desk, page):
    page.goto(f"{desk.base}/admin/live/")
    row = f'tr[data-ticker="{desk.pk}"]'
    expect(page.locator(f"{row} [data-fresh]")).to_have_text(LIVE, timeout=30_000)
    assert len(texts_of(page, f'{row} [data-cell="last"]', 3)) == 3
    shoot(page, "markets-live")

    page.click(f"{row} th a")
    head = ".cu-instrument-head"
    for place in (f"{head} [data-fresh]", *map(PART.format, ("book", "trades"))):
        expect(page.locator(place)).to_have_text(LIVE, timeout=30_000)
    expect(page.locator(PART.format("candle"))).to_have_text(LIVE, timeout=30_000)
    wait_for_chart(page)
    assert len(texts_of(page, "[data-middle]", 3)) == 3
    assert len(texts_of(page, ".cu-tape tbody tr:first-child", 3)) == 3
    shoot(page, "instrument-live")

    before = bar_count(page)
    for _ in range(6):
        drag_back(page)
        page.wait_for_timeout(300)
    wait_for_more = (
        f"Number(document.querySelector('{CHART}').dataset.count) > {before}"
    )
    page.wait_for_function(wait_for_more, timeout=10_000)

    page.click('[data-timeframe-choice="5m"]')
    expect(page.locator('[data-timeframe-choice="5m"]')).to_have_attribute(
        "aria-pressed", "true"
    )
    fewer = (
        f"Number(document.querySelector('{CHART}').dataset.count) <= {STORED // 5 + 9}"
    )
    page.wait_for_function(fewer, timeout=10_000)
    expect(page.locator(PART.format("candle"))).to_have_text(LIVE, timeout=30_000)

    desk.pull_the_plug()
    stale = page.locator(f"{head} [data-fresh]")
    expect(stale).to_have_text(STALE, timeout=30_000)
    assert page.locator(f"{head}[data-stale]").count() == 1
    for part in ("book", "trades", "candle"):
        expect(page.locator(PART.format(part))).to_have_text(STALE, timeout=30_000)
    shoot(page, "instrument-stale")

    desk.plug_in()
    expect(stale).to_have_text(LIVE, timeout=60_000)
    for part in ("book", "trades", "candle"):
        expect(page.locator(PART.format(part))).to_have_text(LIVE, timeout=60_000)
    assert page.locator("[data-stale]").count() == 0
    assert len(texts_of(page, f'{head} [data-cell="last"]', 3)) == 3
