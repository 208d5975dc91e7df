"""Making people: the first administrator, and no default account ever."""

import secrets

from django.db import transaction

from apps.accounts.models import User
from apps.common import audit

FIRST_NAME = "admin"


@transaction.atomic
def create_first_administrator(username: str = FIRST_NAME) -> str | None:
    """Create the first administrator; None when there is one already.

    Returns the one-time password. It is stored only as a hash and must be changed at
    the first login, so this is the only moment at which it can be shown.
    """
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    person = User.objects.create_superuser(
        username=username, password=password, must_change_password=True
    )
    audit.record("person.created", about=person, changes={"is_superuser": True})
    return password
