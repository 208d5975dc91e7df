"""Buttons of a backtest: cancel, export, delete."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.common import jobs
from apps.common.errors import Conflict
from apps.strategies import services
from apps.strategies.models import Backtest
from apps.strategies.pages.report import visible
from apps.strategies.selectors.exports import FORMATS


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it at its next step; saying so twice is no error."""
    backtest = visible(request, str(pk))
    if not Backtest.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied(_("Only its owner may cancel this backtest."))
    try:
        jobs.request_cancel(backtest.job)
    except Conflict as error:
        messages.info(request, str(error))
    return redirect("admin:strategies_backtest_change", pk)


def export(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """All trades as a file, in the raw: exact numbers, times in UTC."""
    backtest = visible(request, str(pk))
    if kind not in FORMATS or not backtest.is_done:
        raise Http404
    content_type, write = FORMATS[kind]
    response = HttpResponse(write(backtest), content_type=content_type)
    name = f"backtest-{backtest.pk}-trades.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def delete_or_tell(
    page: Any, request: HttpRequest, backtests: Iterable[Backtest]
) -> None:
    """Delete each; the ones that still run stay, and the page says so."""
    for backtest in backtests:
        try:
            services.delete(backtest)
        except Conflict as error:
            page.message_user(request, f"{backtest}: {error}", messages.WARNING)
