"""Asking for a backtest: the form, its parameters fragment, its preview."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common.errors import InvalidFields
from apps.markets.selectors import coverage
from apps.strategies.forms import BacktestForm, utc
from apps.strategies.models import Backtest
from apps.strategies.selectors.previews import preview_of
from apps.strategies.services import request_backtest, sync_strategies

TEMPLATE = "admin/strategies/backtest/form.html"


def new(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The form; a good one becomes a backtest, and the page becomes its report."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            backtest = request_backtest(form.request, owner=request.user)
        except InvalidFields as error:  # the file or the candles changed just now
            form.add_error(None, str(error))
        else:
            return redirect("admin:strategies_backtest_change", backtest.pk)
    context |= {
        "title": _("New backtest"),
        "form": form,
        "groups": form.groups,
        "parameters_url": reverse("admin:backtest_parameters"),
        "preview_url": reverse("admin:backtest_preview"),
        "preview": _preview(form),
        "opts": Backtest._meta,
    }
    return TemplateResponse(request, TEMPLATE, context)


def parameters(request: HttpRequest) -> HttpResponse:
    """The fields of the chosen strategy, as a fragment."""
    form = _form(request)
    template = "admin/strategies/backtest/_parameters.html"
    return TemplateResponse(request, template, {"form": form, "group": form.groups[0]})


def preview(request: HttpRequest) -> HttpResponse:
    """What the run would be, as a fragment."""
    form = _form(request)
    template = "admin/strategies/backtest/_preview.html"
    return TemplateResponse(request, template, {"preview": _preview(form)})


def _form(request: HttpRequest) -> BacktestForm:
    """Bound by a POST, else filled from the address."""
    known = [strategy for strategy in sync_strategies() if not strategy.error]
    if request.method == "POST":
        return BacktestForm(request.POST, strategies=known)
    return BacktestForm(initial=_initial(request), strategies=known)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; ``?again=12`` starts from an earlier backtest."""
    initial: dict[str, Any] = request.GET.dict()
    if not (number := initial.pop("again", "")).isdigit():
        return initial
    seen = Backtest.objects.visible_to(request.user)
    earlier = seen.with_names().filter(pk=number).first()
    if earlier is None:
        return initial
    return {
        "strategy": earlier.version.strategy.name,
        "series": earlier.series_id,
        "start_at": earlier.start_at,
        "end_at": earlier.end_at,
        **{f"p-{name}": value for name, value in earlier.parameters.items()},
        **{f"o-{name}": value for name, value in earlier.options.items()},
        **initial,
    }


def _preview(form: BacktestForm) -> dict[str, Any] | None:
    choices = form.fields["series"].queryset  # type: ignore[attr-defined]
    chosen = str(form["series"].value() or "")
    series = choices.filter(pk=chosen).first() if chosen.isdigit() else choices.first()
    if series is None:
        return None
    start, end = (_moment(form, name) for name in ("start_at", "end_at"))
    return preview_of(series, start, end) | {"coverage": coverage(series)}


def _moment(form: BacktestForm, name: str) -> datetime | None:
    """What stands in the field, in UTC; None while it is empty or no time."""
    try:
        return utc(form.fields[name].clean(form[name].value()))
    except ValidationError:
        return None
