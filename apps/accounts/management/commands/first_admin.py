"""Make the first administrator on a new desk."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.services import FIRST_NAME, create_first_administrator


class Command(BaseCommand):
    help = "Create the first administrator and print a one-time password, once."

    def handle(self, *args: Any, **options: Any) -> None:
        password = create_first_administrator()
        if password is None:
            self.stdout.write("There is an administrator already; nothing was changed.")
            return
        self.stdout.write(
            f"First administrator: {FIRST_NAME}\n"
            f"One-time password:   {password}\n"
            "It is shown only now; the first login asks for one of your own."
        )
