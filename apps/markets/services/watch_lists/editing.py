"""Making, changing and deleting watch-lists."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.common import audit, clock
from apps.common.errors import Conflict
from apps.markets.models import WatchList, WatchListPick
from apps.markets.services.watch_lists.judging import apply, judge_by_hand
from apps.markets.services.watch_lists.wanting import Picks, Wanted, check, wanted_of


def create_watch_list(wanted: Wanted, *, owner: Any = None) -> WatchList:
    """Store the list. One made by hand has its members at once; one by rule is due.

    Raises InvalidFields, each error under its field's name; nothing is stored then.
    """
    picks = check(wanted, owner=owner)
    with transaction.atomic():
        watch_list = WatchList(owner=owner, **wanted.columns())
        _save(watch_list, picks)
        changes = {"wanted": [None, _told(wanted)]}
        audit.record(
            "watch_list.created", actor=owner, about=watch_list, changes=changes
        )
    return watch_list


def update_watch_list(
    watch_list: WatchList, wanted: Wanted, *, actor: Any = None
) -> WatchList:
    """Change the list. The members stay until the changed rule has been applied.

    Raises InvalidFields; nothing is changed then.
    """
    picks = check(wanted, owner=watch_list.owner, pk=watch_list.pk)
    with transaction.atomic():
        locked = WatchList.objects.select_for_update().get(pk=watch_list.pk)
        before, after = _told(wanted_of(locked)), _told(wanted)
        changes = {
            name: [before.get(name), after.get(name)]
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        }
        if not changes:
            return locked
        for name, value in wanted.columns().items():
            setattr(locked, name, value)
        locked.version += 1
        _save(locked, picks)
        audit.record("watch_list.changed", actor=actor, about=locked, changes=changes)
    return locked


def delete_watch_list(watch_list: WatchList, *, actor: Any = None) -> None:
    """Remove it with its entries; candles and instruments stay."""
    with transaction.atomic():
        audit.record("watch_list.deleted", actor=actor, about=watch_list)
        watch_list.delete()


def _save(watch_list: WatchList, picks: Picks) -> None:
    now = clock.now()
    watch_list.changed_at = now
    watch_list.due_at = now if watch_list.is_by_rule else None
    try:
        with transaction.atomic():
            watch_list.save()
    except IntegrityError:  # another request took the name since it was checked
        text = _("there is a watch-list %(name)s already")
        raise Conflict(text % {"name": repr(watch_list.name)}, field="name") from None
    watch_list.picks.all().delete()
    WatchListPick.objects.bulk_create(
        WatchListPick(watch_list=watch_list, instrument_id=key, role=role)
        for key, role in picks.items()
    )
    if not watch_list.is_by_rule:
        apply(watch_list, judge_by_hand(watch_list))


def _told(wanted: Wanted) -> dict[str, Any]:
    """The list as the audit trail keeps it: plain values."""
    told = {name: _plain(value) for name, value in wanted.columns().items()}
    for field in wanted.roles:
        told[field] = sorted(
            {symbol.strip().upper() for symbol in getattr(wanted, field)}
        )
    return told


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | None) else _text(value)


def _text(value: Any) -> str:
    # 5 and 5.000000 are one value; a row has the second.
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
