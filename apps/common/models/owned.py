"""Rows that belong to somebody, and the one question of who may see them."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OwnedQuerySet(models.QuerySet[Any]):
    """Admin, API, WebSocket and command line ask ``visible_to``; none else filters."""

    def visible_to(self, user: Any) -> Self:
        """Rows this person may see: own and shared ones; all for a superuser."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(models.Q(owner=user) | models.Q(owner__isnull=True))

    def editable_by(self, user: Any) -> Self:
        """Rows this person may change: one's own; all for a superuser."""
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        return self.visible_to(user).filter(owner__isnull=False)


class OwnedModel(models.Model):
    """Belongs to ``owner``; without one it is shared with everybody, as the demo is."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
