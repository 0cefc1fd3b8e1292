"""Who is answered, and what a browser may do with an answer."""

import base64

import pytest

from web.guard import HEADERS, Rules

TOKEN = "a-token-of-23-characters"


@pytest.mark.parametrize("path", ["/", "/api", "/static/page.css", "/nowhere", "/ready"])
def test_every_answer_says_what_a_browser_may_load(client, path):
    headers = client.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_an_error_says_it_too(client, monkeypatch, send, photo, pipeline):
    monkeypatch.setattr(pipeline, "stream", None)
    answer = send(client, ("a.jpg", photo))
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")


def test_pages_hold_no_script_and_no_style_of_their_own(client, send, photo):
    text = client.get("/").text + client.get("/api").text + send(client, ("a.jpg", photo), path="/photos").text
    assert "<style" not in text and " style=" not in text and " onclick=" not in text
    assert text.count("<script") == text.count('<script src="/static/') > 0


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example", "localhost.example", "127.0.0.1.example", "192.168.0.2", "", "["])
def test_other_names_are_not(client, host):
    assert client.get("/", headers={"host": host}).status_code == 421


def test_behind_a_proxy_any_name_is_answered(served):
    with served(Rules(local=False)) as client:
        assert client.get("/", headers={"host": "garments.example"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://localhost:81"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_send(client, send, photo, headers, status):
    assert send(client, ("a.jpg", photo), headers=headers).status_code == status


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN)])
def test_the_token_opens(served, given):
    with served(Rules(token=TOKEN)) as client:
        assert client.get("/", headers={"authorization": given}).status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", f"Bearer {TOKEN}x", basic("wrong"), "Basic !", "Basic \xff", TOKEN])
def test_nothing_else_does(served, given):
    with served(Rules(token=TOKEN)) as client:
        answer = client.get("/", headers={"authorization": given.encode("latin-1")})
        assert (answer.status_code, answer.headers["www-authenticate"][:5]) == (401, "Basic")
        assert client.get("/static/page.css").status_code == 401
        assert client.get("/ready").status_code in (200, 503)
