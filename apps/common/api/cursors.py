"""Where a page of rows begins: a place in an order, told by value and primary key."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db.models import F as Column
from django.db.models import Field, Model, OrderBy, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Cursor:
    """After (or with ``back`` before) the row with this value and key.

    ``key`` None means from that end of the list; ``value`` None is a null.
    """

    order: str
    back: bool
    key: str | None
    value: str | None = None

    def encode(self) -> str:
        raw = json.dumps(asdict(self), separators=(",", ":")).encode()
        return urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises InvalidInput for anything that ``encode`` did not make."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            cursor = cls(**json.loads(raw))
        except (ValueError, TypeError, binascii.Error):
            raise _not_ours() from None
        texts = (cursor.key, cursor.value)
        if not all(text is None or isinstance(text, str) for text in texts):
            raise _not_ours()
        return cursor


class Order:
    """One field, then the primary key in the same direction; nulls come last."""

    def __init__(self, model: type[Model], order: str) -> None:
        self.text = order
        self.is_descending = order.startswith("-")
        name = order.removeprefix("-")
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        if not isinstance(field, Field) or model._meta.pk is None:
            raise TypeError(f"{model.__name__} cannot be ordered by {name!r}")
        self.field: Field = field
        self.pk: Field = model._meta.pk

    def cursor_at(self, row: Model, *, back: bool) -> Cursor:
        value = self.field.value_from_object(row)
        text = None if value is None else self.field.value_to_string(row)
        return Cursor(self.text, back, str(row.pk), text)

    def apply(self, rows: QuerySet, *, back: bool) -> QuerySet:
        descending = self.is_descending != back
        first = self._term(self.field.attname, descending, nulls_first=back)
        return rows.order_by(first, self._term("pk", descending))

    def beyond(self, rows: QuerySet, cursor: Cursor) -> QuerySet:
        """The rows on the far side of the cursor. Raises InvalidInput."""
        try:
            key = self.pk.to_python(cursor.key)
            value = self.field.to_python(cursor.value)
            return rows.filter(self._beyond(key, value, cursor.back))
        except (ValidationError, ValueError, TypeError, OverflowError):
            raise _not_ours() from None

    def _beyond(self, key: Any, value: Any, back: bool) -> Q:
        step = "lt" if self.is_descending != back else "gt"
        name = self.field.attname
        later_key = Q(**{f"pk__{step}": key})
        is_null = Q(**{f"{name}__isnull": True})
        if value is None:
            tied = is_null & later_key
            return tied | ~is_null if back else tied
        # The redundant bound lets the database enter its index at the cursor.
        later = Q(**{f"{name}__{step}e": value}) & (
            Q(**{f"{name}__{step}": value}) | later_key
        )
        return later | is_null if self.field.null and not back else later

    def _term(self, name: str, descending: bool, nulls_first: bool = False) -> OrderBy:
        options: dict[str, bool] = {}
        # Only where nulls occur: elsewhere it would keep PostgreSQL off the index.
        if name != "pk" and self.field.null:
            options = {"nulls_first" if nulls_first else "nulls_last": True}
        column = Column(name)
        return column.desc(**options) if descending else column.asc(**options)


def _not_ours() -> InvalidInput:
    return InvalidInput(
        _("this cursor is not one that the API gave out"), field="cursor"
    )
