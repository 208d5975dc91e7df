"""Filtering and ordering of lists; a name that is not offered is refused by name."""

from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as django_filters
from django_filters.filters import Filter
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from apps.common.errors import InvalidFields, InvalidInput

PAGING = frozenset({"cursor", "limit", "ordering"})


class StrictBooleanField(forms.NullBooleanField):
    """``true`` or ``false``; anything else is an error instead of "no filter"."""

    widget = forms.TextInput
    words = {"true": True, "1": True, "false": False, "0": False, "": None}

    def to_python(self, value: Any) -> Any:
        text = str(value or "").lower()
        if text not in self.words:
            raise forms.ValidationError(_("Use true or false."))
        return self.words[text]


class StrictBooleanFilter(Filter):
    field_class = StrictBooleanField


class StrictFilterSet(django_filters.FilterSet):
    """The base of a room's filter sets; ``filterset_fields`` uses it by itself."""

    FILTER_DEFAULTS = {
        **django_filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": StrictBooleanFilter},
    }


class StrictFilterBackend(django_filters.DjangoFilterBackend):
    """``?status=done``; raises InvalidFields that names every unknown parameter."""

    filterset_base = StrictFilterSet

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        if getattr(view, "detail", False):
            _refuse(request, frozenset())
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        offered = frozenset(filterset.filters) if filterset else frozenset()
        _refuse(request, offered | PAGING)
        return super().filter_queryset(request, queryset, view)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """drf-spectacular's own extension describes the filters."""
        return []


def _refuse(request: Request, offered: frozenset[str]) -> None:
    unknown = [name for name in request.query_params if name not in offered]
    if unknown:
        rule = _("unknown parameter; offered here: %(names)s")
        names = ", ".join(sorted(offered)) or "-"
        raise InvalidFields({name: rule % {"names": names} for name in unknown})


class StrictOrdering(OrderingFilter):
    """``?ordering=-created_at``: one field of the view's ``ordering_fields``."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        asked = request.query_params.get(self.ordering_param)
        default = getattr(view, "ordering", "-id")
        if asked is None or asked == default:
            return [default]
        offered = tuple(getattr(view, "ordering_fields", None) or ())
        if asked.removeprefix("-") not in offered:
            rule = _("%(given)r is not offered; order by one of: %(names)s")
            names = ", ".join(offered) or default
            raise InvalidInput(
                rule % {"given": asked, "names": names}, field=self.ordering_param
            )
        return [asked]

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """Only checks; the cursor paginator applies the order with its tie-breaker."""
        self.get_ordering(request, queryset, view)
        return queryset
