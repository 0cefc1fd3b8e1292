"""The one helper that does things ahead."""

import threading
import time

import pytest

from pipeline.prefetch import prefetch


def test_results_come_in_the_order_of_the_items():
    slow_first = prefetch(lambda n: time.sleep(0.03 / (1 + n)) or n * n, range(9), threads=4, ahead=4)
    assert list(slow_first) == [n * n for n in range(9)]


def test_no_more_items_are_pulled_than_may_be_ahead():
    pulled = []
    results = prefetch(lambda n: n, (pulled.append(n) or n for n in range(9)), ahead=3)
    assert pulled == []
    assert next(results) == 0
    assert pulled == [0, 1, 2]
    assert next(results) == 1
    assert pulled == [0, 1, 2, 3]


def test_items_are_pulled_by_the_caller_and_worked_on_elsewhere():
    pulling = set()
    items = (pulling.add(threading.current_thread()) or n for n in range(4))
    working = set(prefetch(lambda n: threading.current_thread(), items, threads=2))
    assert pulling == {threading.current_thread()}
    assert not working & pulling


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError
    return number


def test_an_error_comes_in_the_place_of_its_result():
    results, got = prefetch(fail_at_three, range(9), ahead=6), []
    with pytest.raises(ZeroDivisionError):
        got.extend(results)
    assert [*got] == [0, 1, 2]


def test_what_is_not_begun_is_cancelled_when_it_is_closed():
    begun = []
    results = prefetch(lambda n: begun.append(n) or time.sleep(0.05), range(100), ahead=50)
    next(results)
    results.close()
    assert len(begun) <= 3


def test_nothing_gives_nothing():
    assert list(prefetch(abs, [])) == []
