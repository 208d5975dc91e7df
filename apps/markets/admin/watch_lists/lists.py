"""The list of watch-lists, and the addresses of their pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.common import formats
from apps.common.admin import OwnedAdmin, permitted
from apps.markets.admin.watch_lists import pages
from apps.markets.models import TopUp, WatchList
from apps.markets.services import watch_lists

_STATES = {
    "fresh": "success",
    "waiting": "info",
    "hand": "",
    "failed": "danger",
}


@admin.register(WatchList)
class WatchListAdmin(OwnedAdmin):
    """The list is Unfold's; one of them is our page."""

    list_display = (
        "shown_name",
        "exchange",
        "shown_selection",
        "shown_members",
        "shown_state",
        "shown_refreshed",
        "shown_next",
    )
    list_filter = ("exchange", "selection")
    search_fields = ("name", "exchange__name")
    ordering = ("name", "id")
    actions = ("refresh_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.with_names()

    def get_urls(self) -> list[URLPattern]:
        page = permitted(pages.refresh, self.has_change_permission)
        address = path(
            "<int:pk>/refresh/",
            self.admin_site.admin_view(page),
            name="watch_list_refresh",
        )
        return [address, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        page = permitted(pages.new, self.has_add_permission)
        return page(request, self.admin_site.each_context(request))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        page = permitted(pages.change, self.has_view_permission)
        may = self.has_change_permission(request)
        context = self.admin_site.each_context(request)
        return page(request, object_id, context, may=may)

    def delete_model(self, request: HttpRequest, obj: WatchList) -> None:
        watch_lists.delete_watch_list(obj, actor=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[WatchList]
    ) -> None:
        for watch_list in queryset.editable_by(request.user):  # type: ignore[attr-defined]
            watch_lists.delete_watch_list(watch_list, actor=request.user)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The lists and the top-ups that go along; entries would be thousands."""
        top_ups = list(
            TopUp.objects.filter(watch_list__in=objs).select_related("watch_list")
        )
        counted = {str(WatchList._meta.verbose_name_plural): len(objs)}
        if top_ups:
            counted[str(TopUp._meta.verbose_name_plural)] = len(top_ups)
        return [str(one) for one in [*objs, *top_ups]], counted, set(), []

    @admin.action(description=_("Refresh now"), permissions=["change"])
    def refresh_selected(
        self, request: HttpRequest, queryset: QuerySet[WatchList]
    ) -> None:
        own = list(queryset.editable_by(request.user))  # type: ignore[attr-defined]
        for watch_list in own:
            watch_lists.request_refresh(watch_list, actor=request.user)
        text = ngettext(
            "%(count)s watch-list is being refreshed.",
            "%(count)s watch-lists are being refreshed.",
            len(own),
        )
        level = messages.SUCCESS if own else messages.WARNING
        self.message_user(request, text % {"count": len(own)}, level)

    @display(description=_("Name"), header=True, ordering="name")
    def shown_name(self, row: WatchList) -> list[str]:
        return [str(row), str(row.owner or _t("Shared"))]

    @display(description=_("Chosen"), ordering="selection")
    def shown_selection(self, row: WatchList) -> str:
        return str(row.get_selection_display())

    @display(description=_("Members"), ordering="member_count")
    def shown_members(self, row: Any) -> str:
        return formats.count(row.member_count)

    @display(description=_("State"), label=_STATES)
    def shown_state(self, row: WatchList) -> tuple[str, str]:
        if row.refresh_error:
            return "failed", _t("Not refreshed")
        if not row.is_by_rule:
            return "hand", _t("As chosen")
        if row.refreshed_at is None or row.refreshed_at < row.changed_at:
            return "waiting", _t("Waits for its first refresh")
        return "fresh", _t("Refreshed")

    @display(description=_("Last refresh, UTC"), ordering="refreshed_at")
    def shown_refreshed(self, row: WatchList) -> str:
        return formats.moment(row.refreshed_at, language=get_language() or "en")

    @display(description=_("Next, UTC"), ordering="due_at")
    def shown_next(self, row: WatchList) -> str:
        return formats.moment(row.due_at, language=get_language() or "en")
