"""Photos of many requests share batches; there is a bounded number of them, and a failure stays with its batch."""

import time
from concurrent.futures import ThreadPoolExecutor

from web.batcher import BATCH


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited 10 s"
        time.sleep(0.005)


def taken(client) -> int:
    """The photos that are in work."""
    words = client.get("/state").text.split()
    return int(words[0]) if words[0].isdigit() else 0


def test_photos_of_several_requests_share_batches(client, send, photo, pipeline):
    pipeline.go.clear()
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(send, client, (f"{n}.jpg", photo)) for n in range(20)]
        wait_until(lambda: taken(client) == 20)
        time.sleep(0.2)  # the last ones are decoded
        pipeline.go.set()
        names = [answer.result().json()[0]["photo"] for answer in answers]
    assert names == [f"{n}.jpg" for n in range(20)]
    assert sum(pipeline.batches) == 20
    assert max(pipeline.batches) == BATCH
    assert len(pipeline.batches) <= 5


def test_more_photos_than_places_are_told_to_come_again(served, send, photo, pipeline):
    pipeline.go.clear()
    with served(places=3) as client, ThreadPoolExecutor(3) as pool:
        first = pool.submit(send, client, ("a.jpg", photo), ("b.jpg", photo))
        wait_until(lambda: taken(client) == 2)
        full = send(client, ("c.jpg", photo), ("d.jpg", photo))
        pipeline.go.set()
        assert first.result().status_code == 200
        later = send(client, ("c.jpg", photo), ("d.jpg", photo))
    assert full.status_code == 429
    assert int(full.headers["retry-after"]) >= 1
    assert "try again in" in full.json()["detail"]
    assert later.status_code == 200


def test_places_are_free_again_after_requests_that_were_refused(served, send, photo):
    with served(places=1) as client:
        for _ in range(3):
            assert client.post("/api/photos", files={"other": b""}).status_code == 400
        assert send(client, ("a.jpg", photo)).status_code == 200


def test_a_failure_of_the_models_is_that_of_its_batch_alone(client, send, photo, pipeline, monkeypatch):
    def fail(groups):
        raise RuntimeError("in /home/somebody/models")

    monkeypatch.setattr(pipeline, "stream", fail)
    failed = send(client, ("a.jpg", photo))
    monkeypatch.undo()
    assert failed.status_code == 500
    assert "somebody" not in failed.text
    assert send(client, ("a.jpg", photo)).status_code == 200


def test_photos_wait_for_the_models(served, send, photo, pipeline):
    import threading

    loading = threading.Event()

    def load():
        loading.wait(30)
        return pipeline

    with served(load=load) as client, ThreadPoolExecutor(1) as pool:
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 503
        early = pool.submit(send, client, ("a.jpg", photo))
        wait_until(lambda: client.get("/state").text == "The models are loading.")
        loading.set()
        assert early.result().status_code == 200
        assert client.get("/ready").status_code == 200


def test_models_that_cannot_be_loaded_are_reported(served):
    def load():
        raise ValueError("changed since its export")

    failures = []
    with served(load=load, failed=failures.append) as client:
        wait_until(lambda: failures)
        assert client.get("/ready").status_code == 503
    assert [str(failure) for failure in failures] == ["changed since its export"]
