"""Wiring only: settings, addresses, the task app, the one-process runner."""

from cashup.celery import app as celery_app

__all__ = ["celery_app"]
