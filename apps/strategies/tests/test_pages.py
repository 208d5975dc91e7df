"""The pages of backtests: who may open them, what they say, what buttons do."""

import csv
import io

import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.models import User
from apps.strategies.models import Backtest
from apps.strategies.tests.factories import make_backtest, make_finished, make_series

pytestmark = pytest.mark.django_db(transaction=True)


def page(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def ann():
    """May look at backtests and ask for them."""
    person = User.objects.create_user("ann", password="x", is_staff=True)
    rights = ("view_backtest", "add_backtest", "delete_backtest")
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return person


@pytest.fixture
def desk(client, ann):
    client.force_login(ann)
    return client


def test_without_the_right_no_page_opens(client):
    shared = make_finished()
    client.force_login(User.objects.create_user("guest", is_staff=True))

    for url in (
        page("strategies_backtest_add"),
        page("strategies_backtest_change", shared.pk),
        page("backtest_candles", shared.pk),
        page("backtest_trades", shared.pk, "csv"),
        page("backtest_preview"),
    ):
        assert client.get(url).status_code == 403, url


def test_somebody_elses_backtest_is_not_there(desk):
    foreign = make_finished(owner=User.objects.create_user("ben"))

    for url in (
        page("strategies_backtest_change", foreign.pk),
        page("backtest_candles", foreign.pk),
        page("backtest_trades", foreign.pk, "csv"),
    ):
        assert desk.get(url).status_code == 404, url
    assert desk.post(page("backtest_cancel", foreign.pk)).status_code == 404


def test_a_shared_backtest_is_seen_but_not_cancelled_or_deleted(desk):
    shared = make_backtest()

    assert desk.get(page("strategies_backtest_change", shared.pk)).status_code == 200
    assert desk.post(page("backtest_cancel", shared.pk)).status_code == 403
    desk.post(page("strategies_backtest_delete", shared.pk), {"post": "yes"})
    assert Backtest.objects.filter(pk=shared.pk, job__status="queued").exists()


def test_the_form_asks_for_a_backtest(desk, ann):
    form = {"strategy": "ema_cross", "series": make_series().pk, "p-fast": "9"}
    shown = desk.get(page("strategies_backtest_add")).context["form"]
    options = {n: shown[n].value() for n in shown.fields if n.startswith("o-")}
    form |= {n: value for n, value in options.items() if value is not None}
    form |= {"p-slow": "26"}

    answer = desk.post(page("strategies_backtest_add"), form)

    backtest = Backtest.objects.get()
    assert answer.headers["Location"] == page("strategies_backtest_change", backtest.pk)
    assert (backtest.owner, backtest.parameters["fast"]) == (ann, 9)


def test_a_wrong_value_stands_beside_its_field(desk):
    form = {"strategy": "ema_cross", "series": make_series().pk, "p-fast": "99"}

    answer = desk.post(page("strategies_backtest_add"), form | {"o-fee": "7"})

    errors = answer.context["form"].errors
    assert "above the highest allowed value 50" in errors["p-fast"][0]
    assert "o-fee" in errors
    assert b'value="99"' in answer.content
    assert not Backtest.objects.exists()


@pytest.mark.parametrize("field", ["strategy", "series", "start_at"])
@pytest.mark.parametrize("value", ["", "x", "-1", "99999999999999999999", "\x00"])
def test_nonsense_is_a_form_error_and_never_a_500(desk, field, value):
    form = {"strategy": "ema_cross", "series": make_series().pk, field: value}

    for url in ("strategies_backtest_add", "backtest_preview", "backtest_parameters"):
        assert desk.post(page(url), form).status_code in {200, 302}
        assert desk.get(page(url), form).status_code == 200


def test_trades_are_exported_whole_in_the_raw(desk):
    backtest = make_finished()

    answer = desk.get(page("backtest_trades", backtest.pk, "csv"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    parquet = desk.get(page("backtest_trades", backtest.pk, "parquet"))

    assert len(rows) == backtest.trade_count
    assert rows[0]["entry_utc"].endswith("Z")
    assert {"quantity_BTC", "profit_USDT"} <= set(rows[0])
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == len(rows)


@pytest.mark.parametrize("query", ["o=-profit", "o=nonsense", "page=999", "page=x"])
def test_the_trade_list_sorts_and_pages(desk, query):
    backtest = make_finished()

    url = page("strategies_backtest_change", backtest.pk)
    answer = desk.get(f"{url}?tab=trades&{query}")

    profits = [row["profit"] for row in answer.context["trades"]]
    assert profits
    if query == "o=-profit":
        assert profits == sorted(profits, reverse=True)


def test_candles_come_with_the_trades_of_their_period(desk):
    backtest = make_finished()

    whole = desk.get(page("backtest_candles", backtest.pk)).json()

    assert len(whole["candles"]) <= 1200
    assert len(whole["markers"]) == backtest.trade_count
    url = page("backtest_candles", backtest.pk)
    empty = desk.get(url, {"from_ms": "1", "to_ms": "2"}).json()
    assert (empty["candles"], empty["markers"]) == ([], [])


def test_a_failed_backtest_says_what_to_do(desk):
    backtest = make_backtest()
    backtest.job.status, backtest.job.error = "failed", "the disk is full"
    backtest.job.save()

    answer = desk.get(page("strategies_backtest_change", backtest.pk)).content.decode()

    assert "the disk is full" in answer
    assert f"again={backtest.pk}" in answer
