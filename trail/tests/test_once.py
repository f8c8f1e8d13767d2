import threading

import pytest
from django.db import connection

from accounts.tests.make import make_user
from trail.models import Once
from trail.services.once import once, outcome_of, unspent

pytestmark = pytest.mark.django_db


def test_the_second_send_gets_the_first_answer() -> None:
    user, runs = make_user(), []

    def act() -> str:
        runs.append(1)
        return f"hasil {len(runs)}"

    assert once(user, "k", act, purpose="uji") == ("hasil 1", True)
    assert once(user, "k", act, purpose="uji") == ("hasil 1", False)
    assert len(runs) == 1


def test_keys_belong_to_one_person() -> None:
    first, second = make_user(), make_user()
    assert once(first, "k", lambda: "a", purpose="uji") == ("a", True)
    assert once(second, "k", lambda: "b", purpose="uji") == ("b", True)


def test_a_key_of_one_form_means_nothing_to_another() -> None:
    user = make_user()
    assert once(user, "k", lambda: "task_force_review", purpose="stage_move") == ("task_force_review", True)
    assert outcome_of(user, "k", purpose="person_invite") is None
    assert once(user, "k", lambda: "7", purpose="person_invite") == ("7", True)
    assert outcome_of(user, "k", purpose="stage_move") == "task_force_review"
    assert outcome_of(user, "k", purpose="person_invite") == "7"


def test_a_key_of_any_length_fits_its_column() -> None:
    user = make_user()
    assert once(user, "k" * 5000, lambda: "a", purpose="uji") == ("a", True)
    assert once(user, "k" * 5000, lambda: "b", purpose="uji") == ("a", False)
    assert max(map(len, Once.objects.values_list("key", flat=True))) <= 64


def test_without_a_key_it_always_runs() -> None:
    user = make_user()
    assert [once(user, "", lambda: "a", purpose="uji")[1] for _ in range(2)] == [True, True]
    assert not Once.objects.exists()


def test_a_failure_leaves_the_key_free() -> None:
    user = make_user()

    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(user, "k", fail, purpose="uji")
    assert once(user, "k", lambda: "a", purpose="uji") == ("a", True)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once() -> None:
    user, runs, gate, answers = make_user(), [], threading.Barrier(2), []

    def act() -> str:
        runs.append(1)
        return "hasil"

    def send() -> None:
        gate.wait()
        try:
            answers.append(once(user, "k", act, purpose="uji"))
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answers) == [("hasil", False), ("hasil", True)]
    assert len(runs) == 1


def test_what_holds_no_more_is_done_anew_under_another_key_and_that_once_too() -> None:
    user, gone = make_user(), set[str]()

    def send(outcome: str) -> str:
        key, made = unspent(user, "k", purpose="uji", holds=lambda was: was not in gone)
        return made or once(user, key, lambda: outcome, purpose="uji")[0]

    assert (send("1"), send("2")) == ("1", "1")
    gone.add("1")
    assert (send("3"), send("4")) == ("3", "3") and Once.objects.count() == 2
