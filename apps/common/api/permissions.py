"""Who may use the API at all."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request


class PasswordChangeRequired(PermissionDenied):
    """The password is one that somebody else has seen."""

    default_code = "password-change-required"
    default_detail = _("Sign in to the desk and replace the one-time password first.")


def check_password_is_own(user: Any) -> None:
    """Raises PasswordChangeRequired while the password is a one-time one."""
    if getattr(user, "must_change_password", False):
        raise PasswordChangeRequired


class SignedIn(IsAuthenticated):
    """Signed in, by session or by token, with a password of one's own.

    A view with further permissions lists this one first:
    ``permission_classes = [SignedIn, ...]``.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        check_password_is_own(request.user)
        return True
