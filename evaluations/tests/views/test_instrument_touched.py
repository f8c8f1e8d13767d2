import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from accounts.tests.make import make_user
from clusters.models import Instrument
from clusters.services.versions import new_version
from clusters.tests.make import make_instrument
from evaluations.enums import Stage
from evaluations.models import Evaluation
from evaluations.queries.touched import touched
from evaluations.tests.make import make_answer, make_cycle, make_evaluation
from regions.tests.make import make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_user(Role.NATIONAL_ADMIN))
    return client


def page(client: Client, instrument: Instrument, query: str = "", status: int = 200) -> str:
    response = client.get(reverse("evaluations:instrument_touched", args=[instrument.code]) + query)
    assert response.status_code == status
    return response.content.decode()


def corrected(evaluation: Evaluation) -> Instrument:
    """A correction that changes what 1.1 and 2.1 ask."""
    source = evaluation.cycle.instrument
    target = new_version(source, code="uji-b", edition="b", name="Uji b", by=make_user(Role.NATIONAL_ADMIN))
    target.questions.filter(code__in=("1.1", "2.1")).update(text="Lain?")
    return target


def test_an_instrument_shows_who_uses_it(admin: Client) -> None:
    evaluation = make_evaluation(stage=Stage.FIELD_VERIFICATION)
    make_answer(evaluation=evaluation, code="2.1")
    other = make_evaluation(region=make_region("64.72", name="Kota Lain"))
    shown = page(admin, evaluation.cycle.instrument)
    assert str(evaluation.cycle) in shown and "Verifikasi lapangan" in shown
    assert str(other.region) not in shown and "tetap memakai versi instrumen" in shown


def test_a_correction_shows_whom_it_touches_and_how_far(admin: Client) -> None:
    evaluation = make_evaluation()
    for code in ("1.1", "2.1", "3.1"):
        make_answer(evaluation=evaluation, code=code)
    correction = corrected(evaluation)
    [row] = touched(correction, make_user(Role.NATIONAL_ADMIN), corrected=True).evaluations
    assert (row, row.answered_count, row.touched_count) == (evaluation, 3, 2)
    assert str(evaluation.region) in page(admin, correction)
    assert "Belum ada siklus yang memakainya" in page(admin, correction, "?versi=ini")


def test_nobody_else_sees_it() -> None:
    evaluation, client = make_evaluation(), Client()
    client.force_login(make_user(Role.COORDINATOR, evaluation.region))
    page(client, evaluation.cycle.instrument, status=403)


def test_an_instrument_that_nobody_uses_says_so(admin: Client) -> None:
    assert "Belum ada siklus yang memakainya" in page(admin, make_instrument())
    cycle = make_cycle()
    assert "belum mempunyai peserta" in page(admin, cycle.instrument)


def test_the_queries_do_not_grow_with_the_evaluations(admin: Client) -> None:
    evaluation = make_evaluation()
    correction, counts = corrected(evaluation), []
    for more in ((), ("64.72",), ("64.74", "64.01")):
        for code in more:
            make_answer(evaluation=make_evaluation(region=make_region(code), cycle=evaluation.cycle))
        with CaptureQueriesContext(connection) as queries:
            page(admin, correction)
        counts.append(len(queries))
    assert counts[1] == counts[2]
