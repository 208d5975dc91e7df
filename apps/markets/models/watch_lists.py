"""Watch-lists: what somebody follows, chosen by hand or by a rule, and why."""

from typing import Any, Final

from django.db import models
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.models import OwnedModel
from apps.markets.models.exchanges import Exchange
from apps.markets.models.instruments import Instrument, InstrumentKind
from apps.markets.querysets import WatchListEntryQuerySet, WatchListQuerySet
from apps.markets.watching.reasons import Reason, sentences

# The words of ``watching.rule.SortBy``; a test holds them together.
SORTS: Final = (
    ("volume", _("24 h volume")),
    ("change", _("24 h change")),
    ("volatility", _("Volatility")),
    ("spread", _("Spread")),
    ("age", _("Age")),
)


# Stored as written here, and translated where it is shown.
DEMO_NAME = gettext_noop("Most traded on the simulator")


class Selection(models.TextChoices):
    """How a list comes by its members."""

    BY_RULE = "rule", _("By rule")
    BY_HAND = "hand", _("By hand")


class PickRole(models.TextChoices):
    """What a pick does: hand-made lists have members, rules have the other two."""

    MEMBER = "member", _("Member")
    ALWAYS = "always", _("White list")
    NEVER = "never", _("Black list")


def _percent(name: Any, **options: Any) -> Any:
    """A limit or a figure in per cent or bps, or a volume: six decimals."""
    options = {"max_digits": 24, "decimal_places": 6, "null": True, **options}
    return models.DecimalField(name, blank=options["null"], **options)


class WatchList(OwnedModel):
    """A list on one exchange. A limit that is null is not asked for.

    The rule's columns are the fields of ``watching.rule.Rule``; a list made by hand
    ignores them. Only ``services.watch_lists`` writes it.
    """

    name = models.CharField(_("name"), max_length=80)
    exchange = models.ForeignKey(
        Exchange,
        on_delete=models.PROTECT,
        related_name="watch_lists",
        verbose_name=_("exchange"),
    )
    selection = models.CharField(
        _("chosen"), max_length=4, choices=Selection, default=Selection.BY_RULE
    )

    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=InstrumentKind,
        default=InstrumentKind.SPOT,
    )
    quote = models.CharField(_("quote"), max_length=30, blank=True)
    minimum_volume = _percent(_("minimum volume"))
    maximum_spread_bps = _percent(_("maximum spread"))
    minimum_age_days = models.PositiveIntegerField(
        _("minimum age"), null=True, blank=True
    )
    minimum_volatility_pct = _percent(_("minimum volatility"))
    maximum_volatility_pct = _percent(_("maximum volatility"))
    volatility_days = models.PositiveSmallIntegerField(_("volatility over"), default=1)
    minimum_change_pct = _percent(_("minimum change"))
    maximum_change_pct = _percent(_("maximum change"))
    sort_by = models.CharField(
        _("sort by"), max_length=10, choices=SORTS, default="volume"
    )
    is_reversed = models.BooleanField(_("the other way round"), default=False)
    top_n = models.PositiveIntegerField(_("top"), null=True, blank=True)
    stay_in_margin_pct = _percent(_("margin to stay"), null=False, default=0)

    refresh_every_s = models.PositiveIntegerField(
        _("refreshed every"), null=True, blank=True
    )
    # Null: never by itself. It is the scheduler's whole memory.
    due_at = models.DateTimeField(_("next refresh"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    refreshed_at = models.DateTimeField(_("last refresh"), null=True, blank=True)
    # Why the members are older than they should be; empty when they are not.
    refresh_error = models.CharField(_("last error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)
    # Rises with each change of the rule: a refresh that began before it is void.
    version = models.PositiveIntegerField(_("version"), default=1)

    # The stubs take the manager of an abstract base for a class variable.
    objects = WatchListQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("watch-list")
        verbose_name_plural = _("watch-lists")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["due_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="watch_list_once_per_owner"
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(owner__isnull=True),
                name="watch_list_once_among_shared",
            ),
            models.CheckConstraint(
                condition=models.Q(top_n__gt=0) | models.Q(top_n__isnull=True),
                name="watch_list_top_positive",
            ),
        ]

    def __str__(self) -> str:
        is_of_demo = self.owner_id is None and self.name == DEMO_NAME
        return gettext(self.name) if is_of_demo else self.name

    @property
    def is_by_rule(self) -> bool:
        return self.selection == Selection.BY_RULE


class WatchListPick(models.Model):
    """An instrument that a person named: a list has it in one role at most."""

    watch_list = models.ForeignKey(
        WatchList,
        on_delete=models.CASCADE,
        related_name="picks",
        verbose_name=_("watch-list"),
    )
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("instrument"),
    )
    role = models.CharField(_("role"), max_length=6, choices=PickRole)

    class Meta:
        verbose_name = _("pick")
        verbose_name_plural = _("picks")
        ordering = ["instrument__symbol"]
        constraints = [
            models.UniqueConstraint(
                fields=["watch_list", "instrument"], name="pick_once_per_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.role}"


class WatchListEntry(models.Model):
    """The last verdict on one instrument: in or out, by which figures, and why."""

    watch_list = models.ForeignKey(
        WatchList,
        on_delete=models.CASCADE,
        related_name="entries",
        verbose_name=_("watch-list"),
    )
    instrument = models.ForeignKey(
        Instrument,
        on_delete=models.CASCADE,
        related_name="watch_list_entries",
        verbose_name=_("instrument"),
    )
    is_in = models.BooleanField(_("in"))
    rank = models.PositiveIntegerField(_("rank"), null=True, blank=True)
    volume = _percent(_("24 h volume"))
    spread_bps = _percent(_("spread"))
    age_days = _percent(_("age"))
    volatility_pct = _percent(_("volatility"))
    change_pct = _percent(_("24 h change"))
    # The first reason's code, to filter by; all of them as [code, values].
    reason = models.CharField(_("reason"), max_length=40)
    reasons = models.JSONField(_("reasons"), default=list)
    # Since when it is in, or out, without a break.
    since_at = models.DateTimeField(_("since"), default=clock.now)
    refreshed_at = models.DateTimeField(_("judged"), default=clock.now)

    objects = WatchListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch-list entry")
        verbose_name_plural = _("watch-list entries")
        ordering = ["-is_in", models.F("rank").asc(nulls_last=True), "id"]
        indexes = [models.Index(fields=["watch_list", "is_in"])]
        constraints = [
            models.UniqueConstraint(
                fields=["watch_list", "instrument"], name="entry_once_per_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.watch_list_id} {self.instrument_id}"

    @property
    def reason_text(self) -> str:
        """Why it is in or out, in the reader's language."""
        found = [Reason(code, values) for code, values in self.reasons]
        return sentences(found, language=get_language() or "en")


class MarketSnapshot(models.Model):
    """The last 24-hour figures of an exchange's instruments of one kind, for previews.

    ``figures`` is {symbol: [volume, spread_bps, range_pct, change_pct]}, as texts. One
    row and not one per instrument: it is read and written whole.
    """

    exchange = models.ForeignKey(
        Exchange,
        on_delete=models.CASCADE,
        related_name="snapshots",
        verbose_name=_("exchange"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=InstrumentKind)
    taken_at = models.DateTimeField(_("taken"), default=clock.now)
    figures = models.JSONField(_("figures"), default=dict)

    class Meta:
        verbose_name = _("market snapshot")
        verbose_name_plural = _("market snapshots")
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "kind"], name="snapshot_once_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.kind}"
