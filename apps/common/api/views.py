"""The base of every room's viewsets: people see and change only what they may."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.viewsets import GenericViewSet

from apps.common.models import OwnedQuerySet


class OwnedViewSet(GenericViewSet):
    """Add mixins for what the room offers; ``queryset`` is of an ``OwnedModel``.

    Reads see ``visible_to``, writes reach ``editable_by``: somebody else's row is
    404, a shared row is 403 for who may not change it. Lists are ordered by
    ``ordering``, or by one of ``ordering_fields`` when asked.
    """

    ordering = "-id"
    ordering_fields: tuple[str, ...] = ()

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        if not isinstance(rows, OwnedQuerySet):
            raise TypeError(f"{type(self).__name__}.queryset is not of owned rows")
        if self.request is None or self.request.method in SAFE_METHODS:
            return rows.visible_to(self._user())
        return rows.editable_by(self._user())

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            if self.request.method not in SAFE_METHODS and self._is_visible():
                raise PermissionDenied(
                    _("This is shared; you may not change it.")
                ) from None
            raise

    def _is_visible(self) -> bool:
        rows = super().get_queryset()
        assert isinstance(rows, OwnedQuerySet)
        name = self.lookup_field
        found = {name: self.kwargs[self.lookup_url_kwarg or name]}
        return rows.visible_to(self._user()).filter(**found).exists()

    def _user(self) -> Any:
        return self.request.user
