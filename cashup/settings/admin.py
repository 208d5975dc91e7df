"""Unfold: the sidebar, the colours."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, name = model.rsplit("_", 1)
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


def _page(title: Any, icon: str, model: str) -> dict[str, Any]:
    """The list of ``model`` (``app_name``), for those who may see it."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": _may_view(model),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CashUp",
    "SITE_HEADER": "CashUp",
    "SITE_URL": None,
    "SITE_SYMBOL": "candlestick_chart",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("admin:language")},
    "STYLES": [lambda request: static("css/desk.css")],
    "BORDER_RADIUS": "6px",
    # The greys and the accent of static/css/tokens.css.
    "COLORS": {
        "base": {
            "50": "#f7f8fa",
            "100": "#eef0f4",
            "200": "#dde1e8",
            "300": "#c5ccd8",
            "400": "#838c9c",
            "500": "#5a667a",
            "600": "#3d4759",
            "700": "#333d4d",
            "800": "#28313f",
            "900": "#161c28",
            "950": "#0f141d",
        },
        "primary": {
            "50": "#eef2fe",
            "100": "#e6eefc",
            "200": "#c7d3fb",
            "300": "#9db7ff",
            "400": "#9db7ff",
            "500": "#7a9bff",
            "600": "#3a5ce0",
            "700": "#2f4bbd",
            "800": "#263d99",
            "900": "#1f3278",
            "950": "#141f4b",
        },
        "font": {
            "subtle-light": "#5a667a",
            "subtle-dark": "#98a3b5",
            "default-light": "#3d4759",
            "default-dark": "#c5ccd8",
            "important-light": "#131a26",
            "important-dark": "#eef1f6",
        },
    },
    "DASHBOARD_CALLBACK": "cashup.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": _("Desk"),
                "items": [
                    {
                        "title": _("Dashboard"),
                        "icon": "dashboard",
                        "link": reverse_lazy("admin:index"),
                    },
                    {
                        "title": _("Markets"),
                        "icon": "candlestick_chart",
                        "link": reverse_lazy("admin:markets"),
                        "permission": _may_view("markets_instrument"),
                    },
                ],
            },
            {
                "title": _("Research"),
                "items": [
                    _page(_("Strategies"), "function", "strategies_strategy"),
                    _page(_("Backtests"), "history", "strategies_backtest"),
                    _page(_("Data"), "database", "markets_series"),
                    _page(_("Instruments"), "list_alt", "markets_instrument"),
                    _page(_("Watch-lists"), "visibility", "markets_watchlist"),
                ],
            },
            {
                "title": _("Operations"),
                "collapsible": True,
                "items": [
                    {
                        "title": _("Feeds"),
                        "icon": "sensors",
                        "link": reverse_lazy("admin:feeds"),
                        "permission": _may_view("markets_exchange"),
                    },
                    _page(_("Jobs"), "pending_actions", "common_job"),
                    _page(_("Processes"), "memory", "common_heartbeat"),
                    _page(_("Exchanges"), "currency_exchange", "markets_exchange"),
                    {
                        "title": _("Simulator"),
                        "icon": "science",
                        "link": reverse_lazy("admin:simulator"),
                        "permission": _may_view("markets_exchange"),
                    },
                    _page(
                        _("Schedules"),
                        "event_repeat",
                        "django_celery_beat_periodictask",
                    ),
                ],
            },
            {
                "title": _("Administration"),
                "collapsible": True,
                "items": [
                    _page(_("People"), "group", "accounts_user"),
                    _page(_("Audit trail"), "policy", "common_auditentry"),
                ],
            },
        ],
    },
}
