"""Bases of the desk's admin pages: owned rows, rows that services own."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin


class DeskAdmin(ModelAdmin):
    """Every page of the desk: dense lists, filters in a sheet, a guard on leaving."""

    compressed_fields = True
    warn_unsaved_form = True
    list_filter_sheet = True
    list_per_page = 50
    show_full_result_count = False


Answer = TypeVar("Answer", bound=HttpResponseBase)


def permitted(
    page: Callable[..., Answer], may: Callable[[HttpRequest], bool]
) -> Callable[..., Answer]:
    """The page, for those who may; 403 for the others."""

    @functools.wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Answer:
        if not may(request):
            raise PermissionDenied
        return page(request, *args, **kwargs)

    return guarded


class OwnedAdmin(DeskAdmin):
    """A foreign row is a plain 404, on every page and in every action.

    A shared row is there to look at; only a superuser deletes it.
    """

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        rows = type(obj)._default_manager if obj else None
        return rows is None or rows.editable_by(request.user).filter(pk=obj.pk).exists()

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
