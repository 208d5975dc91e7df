"""Downloads: what was asked for, how far each series is, and the buttons."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from apps.common import jobs
from apps.common.admin import OwnedAdmin, permitted
from apps.common.errors import Conflict
from apps.markets.admin.history.forms import DownloadForm
from apps.markets.models import Download, WatchList

_COLOURS = {
    "queued": "info",
    "running": "info",
    "done": "success",
    "failed": "danger",
}


@admin.register(Download)
class DownloadAdmin(OwnedAdmin):
    list_display = (
        "shown_name",
        "shown_status",
        "shown_progress",
        "series_count",
        "start_at",
        "end_at",
        "created_at",
    )
    list_filter = ("exchange", "job__status", "is_top_up")
    search_fields = ("job__title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Download]:
        rows: Any = super().get_queryset(request)
        found: QuerySet[Download] = rows.with_job()
        return found

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        cancelling = permitted(cancel, self.has_add_permission)
        own = path("<int:pk>/cancel/", wrap(cancelling), name="download_cancel")
        return [own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = permitted(new, self.has_add_permission)
        return page(request, self.admin_site.each_context(request))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        page = permitted(show, self.has_view_permission)
        return page(request, object_id, self.admin_site.each_context(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("Download"), header=True)
    def shown_name(self, download: Download) -> list[str]:
        return [str(download), str(download.exchange)]

    @display(description=gettext_lazy("Status"), label=_COLOURS)
    def shown_status(self, download: Download) -> tuple[str, Any]:
        return download.job.status, download.job.get_status_display()

    @display(description=gettext_lazy("Progress"))
    def shown_progress(self, download: Download) -> str:
        return f"{download.job.progress_pct:.0f} %"

    @display(description=gettext_lazy("Series"))
    def series_count(self, download: Any) -> int:
        return int(download.series_count)


def new(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The form; a good one becomes a download, and the page becomes its own."""
    if request.method == "POST":
        form = DownloadForm(request.POST, user=request.user)
        download = form.run(request.user) if form.is_valid() else None
        if download is not None:
            return redirect("admin:markets_download_change", download.pk)
    else:
        form = DownloadForm(initial=_initial(request), user=request.user)
    context |= {
        "title": _("Download history"),
        "form": form,
        "opts": Download._meta,
    }
    return TemplateResponse(request, "admin/markets/download/new.html", context)


def show(request: HttpRequest, object_id: str, context: dict[str, Any]) -> HttpResponse:
    """One page for every state: waiting, running, done, failed, cancelled."""
    download = _visible(request, object_id)
    job = download.job
    context |= {
        "title": str(download),
        "opts": Download._meta,
        "original": download,
        "download": download,
        "job": job,
        "job_state": jobs.state(job),
        "items": download.items.select_related("instrument"),
        "may_cancel": not job.is_ended and _may_cancel(request, download),
    }
    return TemplateResponse(request, "admin/markets/download/page.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it at its next step; what is stored stays. Twice is no error."""
    download = _visible(request, str(pk))
    if not _may_cancel(request, download):
        raise PermissionDenied(_("Only its owner may cancel this download."))
    try:
        jobs.request_cancel(download.job)
    except Conflict as error:
        messages.info(request, str(error))
    return redirect("admin:markets_download_change", pk)


def _may_cancel(request: HttpRequest, download: Download) -> bool:
    mine = Download.objects.editable_by(request.user)
    return bool(mine.filter(pk=download.pk).exists())


def _visible(request: HttpRequest, object_id: str) -> Download:
    number = int(object_id) if object_id.isdigit() else 0
    rows = Download.objects.visible_to(request.user).with_job()
    found: Download = get_object_or_404(rows, pk=number)
    return found


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for: ``?watch_list=3``, ``?symbols=BTC/USDT&exchange=1``"""
    initial: dict[str, Any] = request.GET.dict()
    if "timeframes" in initial:
        initial["timeframes"] = request.GET.getlist("timeframes")
    chosen = initial.get("watch_list", "")
    if chosen.isdigit():
        lists = WatchList.objects.visible_to(request.user)
        found = lists.filter(pk=chosen).first()
        if found is not None:
            initial.setdefault("exchange", found.exchange_id)
    return initial
