"""One watch-list: its rule, a preview of another, its members with their reasons."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.common import clock, jobs
from apps.common.errors import CashUpError, InvalidFields
from apps.markets.admin.watch_lists.forms import WatchListForm
from apps.markets.models import WatchList
from apps.markets.services import watch_lists
from apps.markets.services.watch_lists import Preview
from apps.markets.watching.judging import Verdict
from apps.markets.watching.reasons import sentences

TEMPLATE: Final = "admin/markets/watchlist/page.html"
ROWS_A_PAGE: Final = 50
PREVIEWED: Final = 30
SHOWN: Final = {"in": True, "out": False}


def new(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The empty form; a good one becomes a list."""
    form = WatchListForm(request.POST or None, owner=request.user)
    answer = _posted(request, form, None)
    if answer is not None:
        return answer
    context |= {"title": _("New watch-list"), **_form_context(request, form, None)}
    return TemplateResponse(request, TEMPLATE, context)


def change(
    request: HttpRequest, object_id: str, context: dict[str, Any], *, may: bool
) -> HttpResponse:
    """The list as it stands; ``may`` it be changed by this person at all."""
    watch_list, is_editable = _found(request, object_id)
    may = may and is_editable
    if request.method == "POST" and not may:
        raise PermissionDenied(_("This list is shared; you may not change it."))
    form = WatchListForm(
        request.POST or None,
        owner=watch_list.owner,
        watch_list=watch_list,
        is_read_only=not may,
    )
    answer = _posted(request, form, watch_list)
    if answer is not None:
        return answer
    context |= {
        "title": str(watch_list),
        "original": watch_list,
        **_form_context(request, form, watch_list),
        "may_change": may,
        **_members(request, watch_list),
        **_state(watch_list),
    }
    return TemplateResponse(request, TEMPLATE, context)


@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the exchange now; pressing twice waits for the same job."""
    watch_list, is_editable = _found(request, str(pk))
    if not is_editable:
        raise PermissionDenied(_("This list is shared; you may not refresh it."))
    watch_lists.request_refresh(watch_list, actor=request.user)
    return redirect("admin:markets_watchlist_change", watch_list.pk)


def _found(request: HttpRequest, object_id: str) -> tuple[WatchList, bool]:
    """The list and whether it may be changed; 404 when this person has no such."""
    is_number = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
    rows = WatchList.objects.with_names().filter(pk=object_id if is_number else 0)
    own: WatchList | None = rows.editable_by(request.user).first()
    if own is not None:
        return own, True
    return get_object_or_404(rows.visible_to(request.user)), False


def _posted(
    request: HttpRequest, form: WatchListForm, watch_list: WatchList | None
) -> HttpResponse | None:
    """Save what was posted to be saved; None when there is a page to show."""
    if request.method != "POST" or not form.is_valid():
        return None
    if "_figures" in request.POST:
        wanted = form.wanted
        watch_lists.request_figures(wanted.exchange, wanted.kind, actor=request.user)
        text = _("The figures are being fetched; try the rule out in a few seconds.")
        messages.info(request, text)
    if "_preview" in request.POST or "_figures" in request.POST:
        return None
    try:
        saved = _saved(request, form, watch_list)
    except InvalidFields as error:  # an instrument or a name went just now
        form.add_error(None, str(error))
        return None
    except CashUpError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    messages.success(request, _("%(name)s is saved.") % {"name": saved})
    return redirect("admin:markets_watchlist_change", saved.pk)


def _saved(
    request: HttpRequest, form: WatchListForm, watch_list: WatchList | None
) -> WatchList:
    if watch_list is None:
        saved = watch_lists.create_watch_list(form.wanted, owner=request.user)
    else:
        saved = watch_lists.update_watch_list(
            watch_list, form.wanted, actor=request.user
        )
        if saved.version == watch_list.version:
            return saved
    watch_lists.refresh_soon(saved, actor=request.user)
    return saved


def _form_context(
    request: HttpRequest, form: WatchListForm, watch_list: WatchList | None
) -> dict[str, Any]:
    context: dict[str, Any] = {
        "opts": WatchList._meta,
        "form": form,
        "groups": form.groups,
        "watch_list": watch_list,
        "may_change": True,
    }
    if "_preview" in request.POST and form.is_bound and form.is_valid():
        shown = watch_lists.preview(
            form.wanted, owner=form.owner, watch_list=watch_list
        )
        context |= {"preview": shown, "preview_rows": _rows(shown)}
    return context


def _rows(shown: Preview) -> list[tuple[Verdict, str]]:
    language = get_language() or "en"
    return [
        (verdict, sentences(verdict.reasons, language=language))
        for verdict in shown.verdicts[:PREVIEWED]
    ]


def _members(request: HttpRequest, watch_list: WatchList) -> dict[str, Any]:
    """The part of the entries that the tab and the search leave."""
    entries = watch_list.entries.with_instrument().best_first()
    counts = _counts(watch_list)
    tab = request.GET.get("show", "in")
    tab = tab if tab in counts else "in"
    if tab in SHOWN:
        entries = entries.filter(is_in=SHOWN[tab])
    search = request.GET.get("q", "").strip()[:60]
    if search:
        entries = entries.filter(instrument__symbol__icontains=search)
    paginator = Paginator(entries, ROWS_A_PAGE)
    if not search:
        paginator.count = counts[tab]  # saves the question
    page = paginator.get_page(request.GET.get("page"))
    return {"tab": tab, "search": search, "page": page, "counts": counts}


def _counts(watch_list: Any) -> dict[str, int]:
    """How many rows each tab has, as the list was annotated."""
    members, entries = watch_list.member_count, watch_list.entry_count
    return {"in": members, "out": entries - members, "all": entries}


def _state(watch_list: WatchList) -> dict[str, Any]:
    """How old the members are, and what happens next."""
    job = watch_lists.active_job(watch_list)
    now = clock.now()
    refreshed_at = watch_list.refreshed_at
    is_changed = refreshed_at is None or refreshed_at < watch_list.changed_at
    return {
        "job_state": jobs.state(job) if job else None,
        "is_waiting": watch_list.is_by_rule and is_changed,
        "is_overdue": watch_list.due_at is not None and watch_list.due_at < now,
    }
