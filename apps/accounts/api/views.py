"""Tokens, and who one is."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.views import (
    TokenBlacklistView,
    TokenObtainPairView,
    TokenRefreshView,
)

from apps.accounts.api.serializers import (
    MeSerializer,
    RefreshSerializer,
    SignInSerializer,
    SignOutSerializer,
)
from apps.accounts.api.throttles import LoginAddressThrottle, LoginThrottle
from apps.accounts.models import User


class SignInView(TokenObtainPairView):
    """An access token for ten minutes and a refresh token for two weeks."""

    serializer_class = SignInSerializer
    throttle_classes = [LoginThrottle, LoginAddressThrottle]


class RefreshView(TokenRefreshView):
    """New tokens for a refresh token, which is spent by it."""

    serializer_class = RefreshSerializer
    throttle_classes = [LoginAddressThrottle]


class SignOutView(TokenBlacklistView):
    """Ends a refresh token; the access token runs out by itself."""

    serializer_class = SignOutSerializer

    @extend_schema(responses={204: None})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        super().post(request, *args, **kwargs)
        return Response(status=204)


class MeView(RetrieveAPIView):
    """The person this request is made as."""

    serializer_class = MeSerializer

    def get_object(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user
