"""The Celery app: queues and transport come from the Django settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashup.settings.local")

app = Celery("cashup")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
