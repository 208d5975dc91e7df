"""Strategies as the registry found them, their versions, and backtests of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.models import Job, OwnedModel
from apps.markets.models import Series
from apps.strategies.querysets import BacktestQuerySet


class Strategy(models.Model):
    """What the registry last found under this name; the code itself is in its file."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    source = models.CharField(_("source"), max_length=20)
    file = models.CharField(_("file"), max_length=400)
    source_hash = models.CharField(_("source hash"), max_length=64, blank=True)
    parameters = models.JSONField(_("parameters"), default=list)
    error = models.JSONField(_("error"), null=True, blank=True)
    is_present = models.BooleanField(_("present"), default=True)
    synced_at = models.DateTimeField(_("last read"), default=clock.now)

    class Meta:
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")
        ordering = ["-error", "name"]

    def __str__(self) -> str:
        return self.title or self.name


class StrategyVersion(models.Model):
    """One source text of a strategy, kept so that a result leads back to its code."""

    strategy = models.ForeignKey(
        Strategy,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=_("strategy"),
    )
    source_hash = models.CharField(_("source hash"), max_length=64)
    source = models.TextField(_("source"))
    first_seen_at = models.DateTimeField(_("first seen"), default=clock.now)

    class Meta:
        verbose_name = _("strategy version")
        verbose_name_plural = _("strategy versions")
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "source_hash"], name="version_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.strategy} {self.source_hash[:8]}"


class Backtest(OwnedModel):
    """A question and, once its job is done, the answer with all that made it."""

    job = models.OneToOneField(
        Job,
        on_delete=models.PROTECT,
        related_name="backtest",
        verbose_name=_("job"),
    )
    version = models.ForeignKey(
        StrategyVersion,
        on_delete=models.PROTECT,
        related_name="backtests",
        verbose_name=_("strategy version"),
    )
    series = models.ForeignKey(
        Series,
        on_delete=models.PROTECT,
        related_name="backtests",
        verbose_name=_("candle series"),
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    options = models.JSONField(_("options"), default=dict)
    start_at = models.DateTimeField(_("from"), null=True, blank=True)
    end_at = models.DateTimeField(_("to"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    # The answer; empty until the job is done, then never changed.
    pinned = models.JSONField(_("pinned"), default=dict, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    hold_figures = models.JSONField(
        _("figures of buy and hold"), default=dict, blank=True
    )
    open_position = models.JSONField(_("open position"), null=True, blank=True)
    refusal_count = models.PositiveIntegerField(_("orders refused"), default=0)
    total_return = models.FloatField(_("return"), null=True)
    max_drawdown = models.FloatField(_("max drawdown"), null=True)
    trade_count = models.PositiveIntegerField(_("trades"), null=True)
    final_equity = models.DecimalField(
        _("final equity"), max_digits=36, decimal_places=18, null=True
    )
    spark = models.JSONField(_("equity, a few points"), default=list, blank=True)
    artefact = models.CharField(_("artefact"), max_length=200, blank=True)
    duration_s = models.FloatField(_("seconds"), null=True)

    # The stubs take the manager of an abstract base for a class variable.
    objects = BacktestQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("backtest")
        verbose_name_plural = _("backtests")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk} {self.version.strategy.title} · {self.series}"

    @property
    def is_done(self) -> bool:
        return self.total_return is not None
