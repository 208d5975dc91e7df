"""Signing in and out by token."""

from django.urls import path

from apps.accounts.api import views

urlpatterns = [
    path("token/", views.SignInView.as_view(), name="api-sign-in"),
    path("refresh/", views.RefreshView.as_view(), name="api-refresh"),
    path("logout/", views.SignOutView.as_view(), name="api-sign-out"),
    path("me/", views.MeView.as_view(), name="api-me"),
]
