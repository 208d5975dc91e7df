"""What signing in takes and gives."""

from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
)

from apps.accounts.models import User
from apps.common.api.permissions import check_password_is_own
from apps.common.api.serializers import StrictMixin, StrictModelSerializer


class SignInSerializer(StrictMixin, TokenObtainPairSerializer):
    """Name and password for an access and a refresh token."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        tokens = super().validate(attrs)
        check_password_is_own(self.user)
        return tokens


class RefreshSerializer(StrictMixin, TokenRefreshSerializer):
    """A refresh token for new ones; the old one is spent."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        try:
            return super().validate(attrs)
        except get_user_model().DoesNotExist:
            raise TokenError(_("Token is invalid")) from None


class SignOutSerializer(StrictMixin, TokenBlacklistSerializer):
    """The refresh token to end."""


class MeSerializer(StrictModelSerializer):
    """The person behind the request."""

    permissions = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "first_name",
            "last_name",
            "email",
            "is_staff",
            "is_superuser",
            "language",
            "up_down",
            "density",
            "permissions",
        ]
        read_only_fields = fields

    def get_permissions(self, user: User) -> list[str]:
        return sorted(user.get_all_permissions())
