"""Lists in pages by cursor: no counting, no drifting when rows arrive meanwhile."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.common.api.cursors import Cursor, Order
from apps.common.api.filters import StrictOrdering
from apps.common.errors import InvalidInput

PAGE_SIZE = 50
MAX_PAGE_SIZE = 500


class CursorPage(BasePagination):
    """``{"next": URL, "previous": URL, "results": [...]}``, 50 rows unless asked."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        limit = _limit(request)
        term = StrictOrdering().get_ordering(request, queryset, view)[0]
        self.order = Order(queryset.model, term)
        self.url = request.build_absolute_uri()
        self.cursor = cursor = _cursor(request, term)
        rows = self.order.apply(queryset, back=cursor.back)
        if cursor.key is not None:
            rows = self.order.beyond(rows, cursor)
        found = list(rows[: limit + 1])
        self.has_more = len(found) > limit
        self.page = found[:limit]
        if cursor.back:
            self.page.reverse()
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "next": self._link(back=False),
                "previous": self._link(back=True),
                "results": data,
            }
        )

    def _link(self, *, back: bool) -> str | None:
        came_from_there = self.cursor.back != back and self.cursor.key is not None
        goes_on_there = self.cursor.back == back and self.has_more
        if not came_from_there and not goes_on_there:
            return None
        cursor = Cursor(self.order.text, back, None)
        if self.page:
            edge = self.page[0] if back else self.page[-1]
            cursor = self.order.cursor_at(edge, back=back)
        return replace_query_param(self.url, "cursor", cursor.encode())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter("cursor", {"type": "string"}, "Taken from next or previous."),
            _parameter(
                "limit",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_PAGE_SIZE,
                    "default": PAGE_SIZE,
                },
                "Rows in a page.",
            ),
        ]


def _parameter(name: str, schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": schema,
    }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PAGE_SIZE))
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PAGE_SIZE:
        return int(text)
    rule = _("%(given)r is not a whole number from 1 to %(most)d")
    raise InvalidInput(rule % {"given": text, "most": MAX_PAGE_SIZE}, field="limit")


def _cursor(request: Request, term: str) -> Cursor:
    text = request.query_params.get("cursor")
    if text is None:
        return Cursor(term, False, None)
    cursor = Cursor.decode(text)
    if cursor.order != term:
        rule = _("this cursor belongs to the ordering %(ordering)r")
        raise InvalidInput(rule % {"ordering": cursor.order}, field="cursor")
    return cursor
