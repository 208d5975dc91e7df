"""A new user's first minutes, in a real browser."""

import os
import re
from pathlib import Path

import pytest

from tests.flows.desk import answers, free_port, processes, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "a new and long enough password"
LANGUAGES = {"en": "en-US", "zh-hans": "zh-CN"}
# A chart that drew nothing is one colour; a drawn one has many.
COLOURS = """canvases => {
  const colours = new Set();
  for (const canvas of canvases) {
    const { width, height } = canvas;
    if (!width || !height) continue;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    for (let i = 0; i < data.length; i += 4) colours.add(data.slice(i, i + 4).join());
  }
  return colours.size;
}"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A fresh desk with its demo; gives its address and the one-time password."""
    var = tmp_path_factory.mktemp("first-run")
    with processes(var, STRATEGY_FOLDERS=str(var / "strategies")) as run:
        port = free_port()
        run.start("manage.py", "serve", "--port", str(port))
        base = f"http://localhost:{port}"
        wait_for(lambda: answers(base), "the first answer")
        said = (var / "log.txt").read_text()
        wait_for(lambda: backtests_done(var) == 3, "the demo's backtests")
        yield base, re.search(r"One-time password: +(\S+)", said)[1]


def backtests_done(var: Path) -> int:
    ended = '"event": "job.ended"'
    lines = (var / "log.txt").read_text().splitlines()
    return sum(ended in line and '"kind": "backtest"' in line for line in lines)


class Watched:
    """A page whose complaints are collected."""

    def __init__(self, context):
        self.complaints = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")


def shoot(page, name: str) -> None:
    """Keep a picture where CASHUP_SHOTS names a folder for them."""
    if folder := os.environ.get("CASHUP_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def sign_in(page, base: str, password: str) -> None:
    page.goto(f"{base}/admin/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")


def wait_for_chart(page) -> None:
    page.wait_for_selector("canvas", timeout=20_000)
    for _ in range(100):
        if page.locator("canvas").evaluate_all(COLOURS) > 8:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the chart stayed empty")


@pytest.fixture(scope="module")
def signed_in(desk, browser):
    """The browser's state after the one-time password was replaced."""
    base, one_time = desk
    context = browser.new_context()
    watched = Watched(context)
    page = watched.page
    sign_in(page, base, one_time)
    assert "/password_change/" in page.url
    page.goto(f"{base}/admin/strategies/backtest/")
    assert "/password_change/" in page.url, "the desk opened before the change"
    shoot(page, "password-change")
    page.fill("input[name=old_password]", one_time)
    page.fill("input[name=new_password1]", PASSWORD)
    page.fill("input[name=new_password2]", PASSWORD)
    with page.expect_navigation():
        page.press("input[name=new_password2]", "Enter")
    page.goto(f"{base}/admin/")
    assert "/password_change/" not in page.url
    assert watched.complaints == []
    yield context.storage_state()
    context.close()


def test_the_one_time_password_works_no_more(desk, signed_in, browser):
    base, one_time = desk
    page = browser.new_context().new_page()

    sign_in(page, base, one_time)

    assert "/login/" in page.url


def test_a_backtest_from_the_form_to_its_drawn_report(desk, signed_in, browser):
    base, _ = desk
    watched = Watched(browser.new_context(storage_state=signed_in))
    page = watched.page

    page.goto(f"{base}/admin/strategies/backtest/add/")
    page.select_option("select[name=strategy]", "ema_cross")
    page.wait_for_selector("input[name=p-fast]")
    page.fill("input[name=p-fast]", "99")
    page.get_by_role("button", name="Run the backtest").click()
    page.wait_for_selector("text=above the highest allowed value 50")
    assert page.input_value("input[name=p-fast]") == "99"  # nothing typed is lost
    page.fill("input[name=p-fast]", "10")
    page.get_by_role("button", name="Run the backtest").click()

    page.wait_for_url(re.compile(r"/backtest/\d+/change/"))
    wait_for_chart(page)  # the open page becomes the report by itself
    assert "EMA cross" in page.title()
    assert watched.complaints == []


def test_history_from_the_form_to_its_candles(desk, signed_in, browser):
    base, _ = desk
    watched = Watched(browser.new_context(storage_state=signed_in))
    page = watched.page

    page.goto(f"{base}/admin/markets/download/add/")
    page.fill("input[name=symbols]", "BTC/NOPE")
    page.select_option("select[name=timeframes]", "4h")
    page.get_by_role("button", name="Download the history").click()
    page.wait_for_selector("text=no BTC/NOPE")
    page.fill("input[name=symbols]", "BTC/USDT")
    page.get_by_role("button", name="Download the history").click()

    page.wait_for_url(re.compile(r"/download/\d+/change/"))
    page.wait_for_selector("main >> text=Done", timeout=30_000)
    page.goto(f"{base}/admin/markets/series/?timeframe=4h")
    assert page.locator("#result_list").get_by_text("BTC/USDT").count() == 1
    assert watched.complaints == []


def test_an_exchange_is_checked_and_its_instruments_are_synchronised(
    desk, signed_in, browser
):
    base, _ = desk
    watched = Watched(browser.new_context(storage_state=signed_in))
    page = watched.page

    page.goto(f"{base}/admin/markets/exchange/1/change/")
    page.get_by_role("button", name="Check now").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="Synchronise instruments").click()
    page.wait_for_load_state()
    page.goto(f"{base}/admin/markets/exchange/")

    row = page.locator("#result_list tbody tr")
    assert row.count() == 1
    assert row.get_by_text("OK", exact=True).count() == 1
    assert watched.complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_fits_and_complains_of_nothing(
    desk, signed_in, browser, language, theme, width
):
    base, _ = desk
    context = browser.new_context(
        storage_state=signed_in,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        locale=LANGUAGES[language],
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": base}])
    watched = Watched(context)
    page = watched.page
    pages = {
        "dashboard": "/admin/",
        "report": "/admin/strategies/backtest/1/change/",
        "trades": "/admin/strategies/backtest/1/change/?tab=trades",
        "rules": "/admin/strategies/backtest/1/change/?tab=rules",
        "form": "/admin/strategies/backtest/add/",
        "backtests": "/admin/strategies/backtest/",
        "strategies": "/admin/strategies/strategy/",
        "data": "/admin/markets/series/",
        "series": "/admin/markets/series/1/change/",
        "import": "/admin/markets/series/import/",
        "downloads": "/admin/markets/download/",
        "download": "/admin/markets/download/1/change/",
        "download form": "/admin/markets/download/add/",
        "exchanges": "/admin/markets/exchange/",
        "exchange": "/admin/markets/exchange/1/change/",
        "exchange form": "/admin/markets/exchange/add/",
        "instruments": "/admin/markets/instrument/",
        "instrument": "/admin/markets/instrument/1/change/",
        "watch-lists": "/admin/markets/watchlist/",
        "watch-list": "/admin/markets/watchlist/1/change/",
        "search": "/admin/search/?s=b",
        "jobs": "/admin/common/job/",
        "processes": "/admin/common/heartbeat/",
        "simulator": "/admin/simulator/",
        "schedules": "/admin/django_celery_beat/periodictask/",
        "people": "/admin/accounts/user/",
        "audit": "/admin/common/auditentry/",
        "settings": "/admin/personal/",
    }
    for name, path in pages.items():
        answer = page.goto(base + path)
        assert answer.status == 200, path
        if name == "report":
            wait_for_chart(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide == width, f"{path} is {wide} px wide"
        assert page.get_attribute("html", "lang") == language
        shoot(page, f"{name}-{theme}-{width}-{language}")
    assert watched.complaints == []
