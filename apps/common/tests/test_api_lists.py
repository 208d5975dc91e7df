"""Lists: pages by cursor, filters, orders, and rows of one's own."""

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from apps.common.models import Job
from apps.common.tests.people import make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("apps.common.tests.api_site"),
]
START = datetime(2025, 6, 3, tzinfo=UTC)
JOBS = "/api/v1/test/jobs/"


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def client(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def make_jobs(owner, count: int) -> None:
    """Every third has not finished; created times come in ties of four."""
    for number in range(count):
        hour = timedelta(hours=number % 5)
        Job.objects.create(
            owner=owner,
            kind="test",
            title=f"job {number}",
            created_at=START + timedelta(hours=number // 4),
            finished_at=START + hour if number % 3 else None,
        )


def walk(client, url: str, direction: str = "next") -> list[int]:
    seen: list[int] = []
    while url:
        page = client.get(url).json()
        ids = [row["id"] for row in page["results"]]
        seen = seen + ids if direction == "next" else ids + seen
        url = page[direction]
    return seen


@pytest.mark.parametrize(
    "ordering",
    ["-id", "created_at", "-created_at", "finished_at", "-finished_at", "title"],
)
def test_pages_show_every_row_once_in_both_directions(client, user, ordering):
    make_jobs(user, 23)
    whole = walk(client, f"{JOBS}?ordering={ordering}&limit=500")

    forward = walk(client, f"{JOBS}?ordering={ordering}&limit=4")
    last = f"{JOBS}?ordering={ordering}&limit=4"
    while following := client.get(last).json()["next"]:
        last = following
    backward = walk(client, last, "previous")

    assert len(whole) == 23
    assert forward == backward == whole


def test_rows_without_the_value_come_last(client, user):
    make_jobs(user, 9)

    rows = client.get(f"{JOBS}?ordering=-finished_at").json()["results"]

    assert [row["finished_at"] is None for row in rows] == [False] * 6 + [True] * 3


def test_a_page_has_fifty_rows_unless_asked(client, user):
    make_jobs(user, 60)

    assert len(client.get(JOBS).json()["results"]) == 50
    assert len(client.get(f"{JOBS}?limit=60").json()["results"]) == 60


def test_a_row_that_arrives_meanwhile_moves_no_page(client, user):
    make_jobs(user, 8)
    first = client.get(f"{JOBS}?limit=4").json()
    make_jobs(user, 1)

    second = client.get(first["next"]).json()

    ids = {row["id"] for row in first["results"]} & {r["id"] for r in second["results"]}
    assert not ids


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=%C2%B2", "limit"),
        ("ordering=owner", "ordering"),
        ("ordering=-password", "ordering"),
        ("ordering=created_at,title", "ordering"),
        ("cursor=xyz", "cursor"),
        ("cursor=bnVsbA", "cursor"),
        ("colour=red", "colour"),
        ("status=odd", "status"),
        ("is_cancel_requested=maybe", "is_cancel_requested"),
    ],
)
def test_a_bad_question_is_refused_by_name(client, query, field):
    response = client.get(f"{JOBS}?{query}")

    assert response.status_code == 400
    assert response.json()["field"] == field


def test_a_cursor_of_another_order_is_refused(client, user):
    make_jobs(user, 5)
    link = client.get(f"{JOBS}?limit=2").json()["next"]

    response = client.get(f"{link}&ordering=title")

    assert response.json()["field"] == "cursor"


def test_a_detail_takes_no_parameters(client, user):
    make_jobs(user, 1)
    job = Job.objects.get()

    response = client.get(f"{JOBS}{job.pk}/?status=done")

    assert response.json()["field"] == "status"


def test_filters_narrow_the_list(client, user):
    make_jobs(user, 3)
    Job.objects.filter(title="job 1").update(status="done", is_cancel_requested=True)

    done = client.get(f"{JOBS}?status=done").json()["results"]
    cancelled = client.get(f"{JOBS}?is_cancel_requested=true").json()["results"]

    assert [row["title"] for row in done] == ["job 1"]
    assert done == cancelled


def test_people_see_their_own_rows_and_the_shared_ones(client, user):
    make_jobs(user, 1)
    make_jobs(None, 1)
    make_jobs(make_user(), 1)

    assert len(client.get(JOBS).json()["results"]) == 2


def test_a_foreign_row_does_not_exist(client):
    make_jobs(make_user(), 1)
    url = f"{JOBS}{Job.objects.get().pk}/"

    answers = [client.get(url), client.patch(url, {"title": "x"}), client.delete(url)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_shared_row_can_be_read_but_not_changed(client):
    make_jobs(None, 1)
    url = f"{JOBS}{Job.objects.get().pk}/"

    assert client.get(url).status_code == 200
    assert client.delete(url).status_code == 403
    assert Job.objects.exists()


def test_ones_own_row_can_be_changed(client, user):
    make_jobs(user, 1)
    job = Job.objects.get()

    response = client.patch(f"{JOBS}{job.pk}/", {"title": "renamed"})

    job.refresh_from_db()
    assert response.status_code == 200
    assert job.title == "renamed"
