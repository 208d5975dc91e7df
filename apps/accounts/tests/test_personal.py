"""How pages look for one person, and in which language."""

import pytest
from django.urls import reverse

from apps.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client):
    person = User.objects.create_superuser(username="wei", password="x")
    client.force_login(person)
    return person


def test_settings_are_kept_and_put_on_the_page(client, person):
    answer = client.post(
        reverse("admin:personal"),
        {"language": "en", "up_down": "red-up", "density": "compact"},
        follow=True,
    )

    assert 'data-updown="red-up" data-density="compact"' in answer.content.decode()


def test_unknown_palette_is_refused_and_changes_nothing(client, person):
    answer = client.post(
        reverse("admin:personal"),
        {"language": "", "up_down": "pink-up", "density": "normal"},
    )

    person.refresh_from_db()
    assert "data-form-errors" in answer.content.decode()
    assert person.up_down == "green-up"


def test_language_switch_wins_over_an_earlier_choice(client, person):
    User.objects.filter(pk=person.pk).update(language="en")

    client.post(reverse("admin:language"), {"language": "zh-hans", "next": "/admin/"})

    person.refresh_from_db()
    assert person.language == "zh-hans"


def test_unknown_language_is_not_kept(client, person):
    client.post(reverse("admin:language"), {"language": "xx", "next": "/admin/"})

    person.refresh_from_db()
    assert person.language == ""


def test_one_time_password_is_explained_before_anything_else(client, person):
    User.objects.filter(pk=person.pk).update(must_change_password=True)

    answer = client.get(reverse("admin:personal"), follow=True)

    text = answer.content.decode()
    assert "made for one sign-in" in text
    assert "nav-sidebar" not in text
