"""A Chinese reader gets Chinese errors, from engines and workers as well."""

import pytest
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.common import jobs
from apps.common.jobs.runner import run
from apps.strategies.authoring import Integer, Strategy
from apps.strategies.backtest.options import Options
from apps.strategies.tests.factories import make_series

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wei(client):
    person = User.objects.create_superuser("wei", password="x", language="zh-hans")
    client.force_login(person)
    return person


def test_a_parameter_out_of_bounds_is_refused_in_chinese(client, wei):
    asked = {"strategy": "ema_cross", "series": make_series().pk, "p-fast": "99"}

    answer = client.post(reverse("admin:strategies_backtest_add"), asked)

    assert "fast 的值 99 高于允许的最大值 50" in answer.content.decode()


def test_a_job_tells_its_error_in_the_language_of_whoever_asked(wei):
    """The worker itself runs in English."""
    jobs.register(jobs.Handler(kind="wrong", run=lambda job: Options(fee="high")))
    with translation.override("zh-hans"):
        job = jobs.enqueue(kind="wrong", title="a job", owner=wei, is_offered=False)

    with translation.override("en"):
        run(job.pk)

    job.refresh_from_db()
    assert job.error == "fee 的值 'high' 不是有限数值"


def test_a_contradiction_in_a_file_is_kept_in_english():
    """It is stored once for the readers of every language, as Python's errors are."""
    with translation.override("zh-hans"), pytest.raises(TypeError) as caught:

        class Contradicts(Strategy, abstract=True):
            fast = Integer(12, high=9)

    assert "is above the highest allowed value 9" in str(caught.value)
