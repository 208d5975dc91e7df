"""The simulator as it runs, and what it is told to do wrong."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.common.errors import InvalidInput, Unavailable
from apps.markets import back_room
from apps.markets.pages.simulator_rows import rows_of
from apps.markets.simulator.faults import KINDS


class FaultForm(forms.Form):
    """One misbehaviour; the simulator itself judges what fits together."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What goes wrong"),
        choices=[(kind, kind.replace("_", " ")) for kind in sorted(KINDS)],
    )
    path = forms.CharField(
        label=gettext_lazy("Path or channel"),
        initial="*",
        max_length=200,
        help_text=gettext_lazy("A pattern: /spot/orders*, spot.tickers, or * for all."),
    )
    times = forms.IntegerField(
        label=gettext_lazy("How often"),
        initial=1,
        min_value=0,
        help_text=gettext_lazy("Requests it strikes; 0 is without end."),
    )
    share = forms.FloatField(
        label=gettext_lazy("Share"),
        initial=1.0,
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("Part of the requests that fit, 0 to 1."),
    )
    ms = forms.IntegerField(
        label=gettext_lazy("Milliseconds"),
        initial=0,
        help_text=gettext_lazy("The delay, or the skew of the clock."),
    )
    status = forms.IntegerField(
        label=gettext_lazy("Status"),
        initial=0,
        min_value=0,
        max_value=599,
        help_text=gettext_lazy("Of an answer that is made up, such as 503."),
    )
    label = forms.CharField(
        label=gettext_lazy("Error label"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Such as TOO_MANY_REQUESTS."),
    )


def simulator(request: HttpRequest) -> HttpResponse:
    """The page; a posted fault is put in force."""
    if not request.user.has_perm("markets.view_exchange"):
        raise PermissionDenied
    form = FaultForm(request.POST or None)
    if request.method == "POST" and _may_set(request) and form.is_valid():
        try:
            back_room.add_fault(form.cleaned_data)
        except (InvalidInput, Unavailable) as error:
            form.add_error("kind", str(error))
        else:
            messages.success(request, _("The fault is in force."))
            return redirect("admin:simulator")
    context = {
        **admin.site.each_context(request),
        "title": _("Simulator"),
        "form": form,
        "may_set": request.user.has_perm("markets.change_exchange"),
        **_state(),
    }
    return TemplateResponse(request, "admin/markets/simulator.html", context)


@require_POST
def clear_faults(request: HttpRequest) -> HttpResponse:
    """One fault by its number, or all of them."""
    _may_set(request)
    number = request.POST.get("id", "")
    try:
        back_room.clear_faults(int(number) if number.isdigit() else None)
    except (InvalidInput, Unavailable) as error:
        messages.error(request, str(error))
    return redirect("admin:simulator")


def _may_set(request: HttpRequest) -> bool:
    if not request.user.has_perm("markets.change_exchange"):
        raise PermissionDenied
    return True


def _state() -> dict[str, Any]:
    try:
        state = back_room.state()
    except (Unavailable, InvalidInput) as error:
        return {"problem": str(error)}
    return {"state": state, **rows_of(state)}
