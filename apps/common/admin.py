"""Bases of the desk's admin pages: owned rows, rows that services own."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin


class DeskAdmin(ModelAdmin):
    """Every page of the desk: dense lists, filters in a sheet, a guard on leaving."""

    compressed_fields = True
    warn_unsaved_form = True
    list_filter_sheet = True
    list_per_page = 50
    show_full_result_count = False


class OwnedAdmin(DeskAdmin):
    """A foreign row is a plain 404, on every page and in every action."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.visible_to(request.user)  # type: ignore[attr-defined]


class ServiceOwned:
    """Mixin: rows that only services write; people look, and act through buttons."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
