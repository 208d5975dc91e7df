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


@transaction.atomic
def replace_password(*, person: User, password: str) -> None:
    """Give a person the password they chose; from now on nobody else has seen it."""
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    audit.record("person.password_changed", actor=person, about=person)
