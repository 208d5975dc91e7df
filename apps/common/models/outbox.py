"""Events that must not be lost: written with the change they tell of."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock


class OutboxQuerySet(models.QuerySet[Any]):
    def due(self) -> Self:
        return self.filter(
            delivered_at__isnull=True, is_dead=False, due_at__lte=clock.now()
        )


class OutboxEvent(models.Model):
    event = models.CharField(_("event"), max_length=160)
    payload = models.JSONField(_("payload"))
    # Subscribers that took it, so that a failing one does not repeat the others.
    delivered_to = models.JSONField(_("delivered to"), default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("last error"), blank=True)
    is_dead = models.BooleanField(_("given up"), default=False)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    due_at = models.DateTimeField(_("due"), default=clock.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=models.Q(delivered_at__isnull=True, is_dead=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"
